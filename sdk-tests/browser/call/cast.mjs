// Runs inside the pages: one participant on the vendor's SDK. `installCast` is sent into a page as it stands.

export function installCast() {
  const EVENTS = [
    'connected',
    'disconnected',
    'participant_joined',
    'participant_leaving',
    'participant_left',
    'stream_published',
    'stream_unpublished',
    'track_enabled',
    'track_disabled',
    'track_censored',
    'track_uncensored',
    'audio_activity',
    'subscription_started',
    'subscription_reconfigured',
    'subscription_ended',
    'message_received',
  ];
  /** How many arguments an event has before the state. */
  const argumentsOf = (args) => args.slice(0, -1);

  let room;
  let mix;
  const streamsHeard = new Map();

  /** `initialize()` and `connect()`; what the application is told from then on is kept in `events`. */
  async function join(options) {
    room = await TelnyxVideo.initialize({ logLevel: 'ERROR', ...options });
    cast.events = [];
    mix = undefined;
    for (const event of EVENTS) room.on(event, (...args) => cast.events.push([event, ...argumentsOf(args)]));
    await room.connect();
    return room.getLocalParticipant().id;
  }

  const video = (track, simulcast) => (simulcast ? { track, options: { enableSimulcast: true } } : track);

  /** Tracks by what they are to be: `{ tone, hue, size, simulcast }`; what is left out is a missing track. */
  function tracks({ tone, hue, size, simulcast }) {
    return {
      audio: tone === undefined ? undefined : lab.tone(tone),
      video: hue === undefined ? undefined : video(lab.picture(hue, size), simulcast),
    };
  }

  const streamOf = (id, key) => room.getParticipantStream(id, key);
  function listenTo(id, key) {
    const name = `${id} ${key}`;
    if (!streamsHeard.has(name)) streamsHeard.set(name, lab.listen(streamOf(id, key).audioTrack));
    return streamsHeard.get(name);
  }
  const listen = () => (mix ??= lab.listen(room.getState().mixedAudioTrack));

  /** One kind of report of a stream's own statistics. */
  async function reports(id, key, side, kind, type) {
    const stats = await room.getWebRTCStatsForStream(id, key);
    return Object.values(stats[side][kind] ?? {}).filter((report) => report.type === type);
  }

  function state() {
    const { status, participants, streams, subscriptions } = room.getState();
    return {
      status,
      people: [...participants.values()].map(({ id, context, origin }) => ({ id, context, origin })),
      streams: [...streams.values()].map(({ participantId, key, isAudioEnabled, isVideoEnabled, isAudioCensored, isConfigured }) => ({
        participantId,
        key,
        isAudioEnabled,
        isVideoEnabled,
        isAudioCensored,
        isConfigured,
      })),
      subscriptions: [...subscriptions.values()].flatMap((byKey) => [...byKey.values()].map(({ key }) => key)),
    };
  }

  const cast = {
    events: [],
    join,
    state,
    reports,
    addStream: (key, wanted) => room.addStream(key, tracks(wanted)),
    updateStream: (key, wanted) => room.updateStream(key, tracks(wanted)),
    removeStream: (key) => room.removeStream(key),
    addSubscription: (id, key, config) => room.addSubscription(id, key, config),
    updateSubscription: (id, key, config) => room.updateSubscription(id, key, config),
    removeSubscription: (id, key) => room.removeSubscription(id, key),
    sendMessage: (message, recipients) => room.sendMessage(message, recipients),
    updateClientToken: (token) => room.updateClientToken(token),
    disconnect: () => room.disconnect(),
    watch: (id, key) => lab.watch(streamOf(id, key).videoTrack),
    /** How loud each of some tones is in the mix. */
    loudness: (tones) => tones.map(listen()),
    /** The same in the audio of somebody's stream. */
    streamLoudness: (id, key, tones) => tones.map(listenTo(id, key)),
  };
  window.cast = cast;
}
