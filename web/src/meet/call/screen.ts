// One's own shared screen. It outlives connections: after a break it is shared again without a new question.
import { computed, signal } from '@preact/signals';
import type { OwnTracks } from '../sdk/publisher';

export const canShareScreen = (): boolean => typeof navigator.mediaDevices?.getDisplayMedia === 'function';

export class SharedScreen {
  readonly #media = signal<MediaStream | undefined>(undefined);
  readonly #onFault: (text: string) => void;
  readonly isOn = computed(() => this.#media.value !== undefined);
  readonly tracks = computed<OwnTracks | undefined>(() => {
    const media = this.#media.value;
    return media && { audio: media.getAudioTracks()[0], video: media.getVideoTracks()[0] };
  });

  constructor(onFault: (text: string) => void) {
    this.#onFault = onFault;
  }

  async start(): Promise<void> {
    if (this.#media.value) return;
    try {
      const media = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 15 } }, audio: true });
      const [video] = media.getVideoTracks();
      if (!video) return;
      // Sharp text matters more than smooth movement.
      video.contentHint = 'detail';
      video.addEventListener('ended', () => this.stop());
      this.#media.value = media;
    } catch (error) {
      const wasCancelled = error instanceof Error && error.name === 'NotAllowedError';
      if (!wasCancelled) this.#onFault('The screen cannot be shared: the browser gave no picture of it.');
    }
  }

  stop(): void {
    for (const track of this.#media.value?.getTracks() ?? []) track.stop();
    this.#media.value = undefined;
  }
}
