// How loud a microphone is.

const QUIETEST_DB = -60;

/** Loudness of samples from -1 to 1 as a number from 0 (silence, or nearly) to 1 (as loud as it gets). */
export function levelOf(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < samples.length; index++) sum += (samples[index] ?? 0) ** 2;
  if (sum === 0) return 0;
  const decibels = 10 * Math.log10(sum / samples.length);
  return Math.min(1, Math.max(0, 1 - decibels / QUIETEST_DB));
}

/** Calls `show` about 15 times a second with the loudness of a track, until the function that it returns is called. */
export function watchLevel(track: MediaStreamTrack, show: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) }).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  void context.resume().catch(() => {});
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    show(levelOf(samples));
  }, 66);
  return () => {
    clearInterval(timer);
    void context.close().catch(() => {});
  };
}

/** Plays a short sound on the speaker of that id. Rejects if the browser will not. */
export async function playTestSound(deviceId: string): Promise<void> {
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const volume = new GainNode(context, { gain: 0 });
  const tone = new OscillatorNode(context, { frequency: 523 });
  tone.connect(volume).connect(destination);
  const now = context.currentTime;
  volume.gain.linearRampToValueAtTime(0.2, now + 0.05);
  volume.gain.setValueAtTime(0.2, now + 0.3);
  volume.gain.linearRampToValueAtTime(0, now + 0.6);
  tone.frequency.setValueAtTime(659, now + 0.2);
  const element = new Audio();
  element.srcObject = destination.stream;
  if (deviceId) await element.setSinkId(deviceId);
  tone.start();
  tone.stop(now + 0.7);
  await element.play();
  await new Promise((resolve) => tone.addEventListener('ended', resolve, { once: true }));
  await context.close();
}

/** Whether this browser lets a page choose where sound comes out. */
export const canChooseSpeaker = (): boolean =>
  typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;
