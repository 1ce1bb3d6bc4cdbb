// One's own camera and microphone: what is chosen, what is on, and why something is not.
import { computed, signal } from '@preact/signals';
import { recall, remember } from '../../shared/storage';
import { type DeviceKind, type Fault, fault, faultOf } from './faults';

export interface Source {
  /** Whether it is to be on. */
  isOn: boolean;
  isStarting: boolean;
  track: MediaStreamTrack | undefined;
  fault: Fault | undefined;
}

export interface Devices {
  audioinput: MediaDeviceInfo[];
  videoinput: MediaDeviceInfo[];
  audiooutput: MediaDeviceInfo[];
}

const INPUT = { audio: 'audioinput', video: 'videoinput' } as const;
const WANTED = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },
} as const;

const wasOn = (kind: DeviceKind) => recall(`meet.${kind}.on`) !== 'no';
const idle = (kind: DeviceKind): Source => ({
  isOn: wasOn(kind),
  isStarting: false,
  track: undefined,
  fault: undefined,
});

export class OwnMedia {
  readonly audio = signal<Source>(idle('audio'));
  readonly video = signal<Source>(idle('video'));
  readonly devices = signal<Devices>({ audioinput: [], videoinput: [], audiooutput: [] });
  /** The device ids that were chosen; empty: the browser's choice. */
  readonly chosen = signal({
    audio: recall('meet.audio.device') ?? '',
    video: recall('meet.video.device') ?? '',
    speaker: recall('meet.speaker.device') ?? '',
  });
  /** What others are to see and hear. */
  readonly tracks = computed(() => ({ audio: live(this.audio.value), video: live(this.video.value) }));

  constructor() {
    const onChange = () => void this.#devicesChanged();
    navigator.mediaDevices?.addEventListener('devicechange', onChange);
  }

  /** Turns on what was on last time; asks for both at once, so that the browser asks once. */
  async start(): Promise<void> {
    await this.#listDevices();
    const wanted = (['audio', 'video'] as const).filter((kind) => this[kind].value.isOn && !this[kind].value.track);
    if (wanted.length === 2 && navigator.mediaDevices) {
      this.#set('audio', { isStarting: true });
      this.#set('video', { isStarting: true });
      try {
        const media = await navigator.mediaDevices.getUserMedia({
          audio: this.#ask('audio'),
          video: this.#ask('video'),
        });
        this.#take('audio', media.getAudioTracks()[0]);
        this.#take('video', media.getVideoTracks()[0]);
        return await this.#listDevices();
      } catch {
        // One of the two may be there all the same; and each has its own reason if not.
      }
    }
    for (const kind of wanted) await this.#open(kind);
  }

  async turn(kind: DeviceKind, isOn: boolean): Promise<void> {
    remember(`meet.${kind}.on`, isOn ? undefined : 'no');
    const { track, isStarting } = this[kind].value;
    if (!isOn) {
      // A microphone stays open, so that speaking goes on at once. A camera goes off, and its light with it.
      if (kind === 'video') track?.stop();
      if (track) track.enabled = false;
      this.#set(kind, { isOn, fault: undefined, track: kind === 'video' ? undefined : track });
      return;
    }
    const isThere = track?.readyState === 'live';
    // Before it is published again: the SDK tells others by this flag whether there is sound.
    if (isThere) track.enabled = true;
    this.#set(kind, { isOn });
    if (!isThere && !isStarting) await this.#open(kind);
  }

  /** It is known why it is off. */
  forgetFault(kind: DeviceKind): void {
    this.#set(kind, { fault: undefined });
  }

  async choose(kind: DeviceKind | 'speaker', deviceId: string): Promise<void> {
    this.chosen.value = { ...this.chosen.value, [kind]: deviceId };
    remember(`meet.${kind}.device`, deviceId || undefined);
    if (kind === 'speaker') return;
    if (this[kind].value.isOn) await this.#open(kind);
    else this.#drop(kind);
  }

  /** Lets go of both; they start again with `start`. */
  stop(): void {
    for (const kind of ['audio', 'video'] as const) this.#drop(kind);
  }

  async #open(kind: DeviceKind): Promise<void> {
    if (!navigator.mediaDevices) return this.#set(kind, { isOn: false, fault: fault(kind, 'insecure') });
    this.#set(kind, { isStarting: true, fault: undefined });
    // Some devices cannot be opened twice.
    this[kind].value.track?.stop();
    try {
      const media = await this.#get(kind);
      this.#take(kind, media.getTracks()[0]);
    } catch (error) {
      this.#set(kind, { isOn: false, isStarting: false, track: undefined, fault: faultOf(kind, error) });
    }
    await this.#listDevices();
  }

  async #get(kind: DeviceKind): Promise<MediaStream> {
    try {
      return await navigator.mediaDevices.getUserMedia({ [kind]: this.#ask(kind) });
    } catch (error) {
      if (!(error instanceof Error && error.name === 'OverconstrainedError')) throw error;
      return navigator.mediaDevices.getUserMedia({ [kind]: true });
    }
  }

  /** `ideal`, so that a device that is not there today does not keep everything else out. */
  #ask(kind: DeviceKind): MediaTrackConstraints {
    const deviceId = this.chosen.value[kind];
    return { ...WANTED[kind], ...(deviceId && { deviceId: { ideal: deviceId } }) };
  }

  #take(kind: DeviceKind, track: MediaStreamTrack | undefined): void {
    const { isOn, track: before } = this[kind].value;
    if (before !== track) before?.stop();
    if (track) {
      if (kind === 'video') track.contentHint = 'motion';
      track.enabled = isOn;
      track.onended = () => this[kind].value.track === track && this.#lost(kind);
      if (!isOn && kind === 'video') track.stop();
    }
    this.#set(kind, { isStarting: false, fault: undefined, track: isOn || kind === 'audio' ? track : undefined });
  }

  #lost(kind: DeviceKind): void {
    this.#set(kind, { isOn: false, track: undefined, fault: fault(kind, 'lost') });
  }

  #drop(kind: DeviceKind): void {
    this[kind].value.track?.stop();
    this.#set(kind, { track: undefined, isStarting: false });
  }

  #set(kind: DeviceKind, change: Partial<Source>): void {
    this[kind].value = { ...this[kind].value, ...change };
  }

  /** What was lost for want of a device comes back when there is one. */
  async #devicesChanged(): Promise<void> {
    await this.#listDevices();
    for (const kind of ['audio', 'video'] as const) {
      const { fault: why, track } = this[kind].value;
      const isMissing = why?.kind === 'none' || why?.kind === 'lost';
      if (isMissing && !track && this.devices.value[INPUT[kind]].length > 0) {
        this.#set(kind, { isOn: true });
        await this.#open(kind);
      }
    }
  }

  async #listDevices(): Promise<void> {
    const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    const of = (kind: MediaDeviceKind) => all.filter((device) => device.kind === kind && device.deviceId !== '');
    this.devices.value = {
      audioinput: of('audioinput'),
      videoinput: of('videoinput'),
      audiooutput: of('audiooutput'),
    };
  }
}

const live = ({ isOn, track }: Source) => (isOn && track?.readyState === 'live' ? track : undefined);
