// Runs inside the pages: makes pictures and tones that can be told apart, and looks whether what arrives is really
// seen and heard. `installLab` is sent into a page as it stands, so it uses nothing from outside itself.

/** Tones with no harmonic in common, one for each person. */
export const TONES_HZ = [500, 740, 1130, 1610];

export function installLab() {
  const WIDTH = 320;
  const HEIGHT = 180;
  const PICTURE_MS = 66;
  let audio;
  const context = () => (audio ??= new AudioContext());

  /** A microphone track with one steady tone. */
  function tone(hertz) {
    const oscillator = new OscillatorNode(context(), { frequency: hertz });
    const destination = new MediaStreamAudioDestinationNode(context());
    oscillator.connect(new GainNode(context(), { gain: 0.3 })).connect(destination);
    oscillator.start();
    return destination.stream.getAudioTracks()[0];
  }

  /** A camera track: a bright field of one hue (0 to 359) with a bar moving over it. */
  function picture(hue, { width = WIDTH, height = HEIGHT } = {}) {
    const canvas = Object.assign(document.createElement('canvas'), { width, height });
    const paint = canvas.getContext('2d');
    let step = 0;
    const draw = () => {
      paint.fillStyle = `hsl(${hue} 90% 55%)`;
      paint.fillRect(0, 0, width, height);
      paint.fillStyle = 'white';
      paint.fillRect((step * 7) % width, 0, width / 16, height);
      step += 1;
    };
    draw();
    setInterval(draw, PICTURE_MS);
    return canvas.captureStream().getVideoTracks()[0];
  }

  /** Plays a track, and counts what is seen of it: `{ frames, brightness, hue, width, height }`, the last frame's. */
  function watch(track) {
    const video = Object.assign(document.createElement('video'), { muted: true, playsInline: true });
    const seen = { frames: 0, brightness: 0, hue: 0, width: 0, height: 0 };
    const canvas = new OffscreenCanvas(16, 9);
    const paint = canvas.getContext('2d', { willReadFrequently: true });
    const onFrame = () => {
      seen.frames += 1;
      paint.drawImage(video, 0, 0, 16, 9);
      Object.assign(seen, measure(paint.getImageData(0, 0, 16, 9).data));
      seen.width = video.videoWidth;
      seen.height = video.videoHeight;
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    video.srcObject = new MediaStream([track]);
    document.body.append(video);
    video.play().catch(() => {});
    return seen;
  }

  function measure(pixels) {
    const sums = [0, 0, 0];
    for (let at = 0; at < pixels.length; at += 1) if (at % 4 < 3) sums[at % 4] += pixels[at];
    const [red, green, blue] = sums.map((sum) => (sum * 4) / pixels.length);
    const [most, least] = [Math.max(red, green, blue), Math.min(red, green, blue)];
    const range = most - least || 1;
    const sector =
      most === red ? (green - blue) / range : most === green ? 2 + (blue - red) / range : 4 + (red - green) / range;
    return { brightness: (red + green + blue) / 3, hue: (sector * 60 + 360) % 360 };
  }

  /** Plays a track, and returns a function that tells how loud a tone is in it just now, in dB below full scale. */
  function listen(track) {
    const media = new MediaStream([track]);
    // Web Audio gets nothing from a remote track that no element plays.
    const player = Object.assign(new Audio(), { srcObject: media, muted: true });
    player.play().catch(() => {});
    const analyser = new AnalyserNode(context(), { fftSize: 8192, smoothingTimeConstant: 0.5 });
    new MediaStreamAudioSourceNode(context(), { mediaStream: media }).connect(analyser);
    const levels = new Float32Array(analyser.frequencyBinCount);
    const loudness = (hertz) => {
      analyser.getFloatFrequencyData(levels);
      const bin = Math.round((hertz * analyser.fftSize) / context().sampleRate);
      return Math.max(...levels.subarray(bin - 2, bin + 3), -200);
    };
    return Object.assign(loudness, { player });
  }

  window.lab = { tone, picture, watch, listen };
}
