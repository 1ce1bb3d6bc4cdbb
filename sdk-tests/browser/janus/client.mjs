// Runs inside the pages: the Janus project's own JavaScript client, as an application would use it with Greenroom.
// `installClient` is sent into a page as it stands.

export function installClient() {
  let session;
  const { Janus, adapter } = JanusGateway;

  /**
   * All that an application has to add: the client token in each frame. `keys.token` can be replaced at any time,
   * and the next keepalive brings the new one.
   */
  function socketWithToken(keys) {
    return class extends WebSocket {
      send(text) {
        super.send(JSON.stringify({ ...JSON.parse(text), client_token: keys.token }));
      }
    };
  }

  async function open(server, keys) {
    const dependencies = Janus.useDefaultDependencies({ adapter, WebSocket: socketWithToken(keys) });
    await new Promise((callback) => Janus.init({ debug: ['error'], dependencies, callback }));
    await new Promise((success, error) => {
      session = new Janus({ server, iceServers: [], success, error, destroyed: () => {} });
    });
  }

  /** A handle on the video room; what is said to it waits in `inbox` until somebody asks for it. */
  async function attach(name) {
    const handle = { inbox: [], tracks: new Map(), streams: [], cleanups: 0 };
    handle.plugin = await new Promise((success, error) =>
      session.attach({
        plugin: 'janus.plugin.videoroom',
        success,
        error,
        onmessage: (data, jsep) => handle.inbox.push({ data, jsep }),
        onremotetrack: (track, mid, added) => {
          if (added) handle.tracks.set(mid, track);
          else handle.tracks.delete(mid);
        },
        oncleanup: () => (handle.cleanups += 1),
      }),
    );
    handles.set(name, handle);
  }

  const handles = new Map();

  const send = ({ plugin }, message, jsep) =>
    new Promise((success, error) => plugin.send({ message, jsep, success, error }));

  /** Takes the first message that has all of these members, values included, or waits for it. */
  async function take(name, expected) {
    const { inbox } = handles.get(name);
    const fits = ({ data }) =>
      Object.entries(expected).every(([key, value]) => (value === '*' ? key in data : data[key] === value));
    for (;;) {
      const at = inbox.findIndex(fits);
      if (at >= 0) return inbox.splice(at, 1)[0];
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }

  /** Sends a request and takes what answers it. */
  async function ask(name, request, expected, jsep) {
    const answer = await send(handles.get(name), request, jsep);
    // What is answered at once does not come as a message.
    if (answer?.videoroom) return answer;
    return (await take(name, expected)).data;
  }

  /** Sends a request that publishes a tone and a picture; with a `codec`, the picture in that and no other. */
  async function publish(name, request, expected, { tone, hue, codec }) {
    const { plugin } = handles.get(name);
    const tracks = [
      { type: 'audio', capture: lab.tone(tone), recv: false },
      { type: 'video', capture: lab.picture(hue), recv: false, codec },
    ];
    const offer = await new Promise((success, error) => plugin.createOffer({ tracks, success, error }));
    await send(handles.get(name), request, offer);
    const { data, jsep } = await take(name, expected);
    await new Promise((success, error) => plugin.handleRemoteJsep({ jsep, success, error }));
    return data;
  }

  /** Sends a request that brings an offer, answers it, and starts. */
  async function subscribe(name, request, expected, room) {
    const { plugin } = handles.get(name);
    await send(handles.get(name), request);
    const { data, jsep } = await take(name, expected);
    handles.get(name).streams = data.streams;
    const answer = await new Promise((success, error) => plugin.createAnswer({ jsep, success, error }));
    await send(handles.get(name), { request: 'start', room }, answer);
    await take(name, { started: 'ok' });
    return data;
  }

  /** A feed's track of one kind, once it is there. */
  function track(name, feed, kind) {
    const { streams, tracks } = handles.get(name);
    return tracks.get(streams.find(({ feed_id, type }) => feed_id === feed && type === kind)?.mid);
  }

  /** What the browser itself says of the video that a subscription decodes: the codec, and how many frames so far. */
  async function decoded(name) {
    const stats = [...(await handles.get(name).plugin.webrtcStuff.pc.getStats()).values()];
    const video = stats.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
    const codec = stats.find(({ id }) => id === video?.codecId);
    return { codec: codec?.mimeType.toLowerCase(), frames: video?.framesDecoded ?? 0 };
  }

  const listeners = new Map();

  window.client = {
    open,
    attach,
    ask,
    publish,
    subscribe,
    decoded,
    take: async (name, expected) => (await take(name, expected)).data,
    cleanups: (name) => handles.get(name).cleanups,
    detach: (name) => new Promise((success) => handles.get(name).plugin.detach({ success })),
    has: (name, feed, kind) => Boolean(track(name, feed, kind)),
    watch: (name, feed) => lab.watch(track(name, feed, 'video')),
    loudness: (name, feed, hertz) => {
      const sound = track(name, feed, 'audio');
      if (!listeners.has(sound)) listeners.set(sound, lab.listen(sound));
      return listeners.get(sound)(hertz);
    },
  };
}
