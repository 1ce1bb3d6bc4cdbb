// What this page uses of the vendor's browser SDK. The SDK's own declarations name modules that its package has not.

export interface SdkParticipant {
  readonly id: string;
  /** Whatever the participant's application says of it. */
  readonly context?: string;
  /** Stream ids by key. */
  readonly streams: Readonly<Record<string, string>>;
  readonly origin: 'local' | 'remote' | 'telephony_engine';
}

export interface SdkStream {
  readonly id: string;
  readonly key: string;
  readonly participantId: string;
  readonly isAudioEnabled: boolean;
  readonly isVideoEnabled: boolean;
  /** Silenced by an operator. */
  readonly isAudioCensored: boolean;
  readonly audioTrack?: MediaStreamTrack;
  readonly videoTrack?: MediaStreamTrack;
}

export interface SdkSubscription {
  readonly participantId: string;
  readonly key: string;
  readonly audio: boolean;
  readonly video: boolean;
}

export interface SdkState {
  readonly status: 'initialized' | 'connecting' | 'connected' | 'disconnected';
  readonly localParticipantId: string;
  readonly participants: ReadonlyMap<string, SdkParticipant>;
  readonly streams: ReadonlyMap<string, SdkStream>;
  readonly subscriptions: ReadonlyMap<string, ReadonlyMap<string, SdkSubscription>>;
  readonly mixedAudioTrack?: MediaStreamTrack;
}

export interface SdkTracks {
  audio?: MediaStreamTrack | undefined;
  video?: MediaStreamTrack | { track: MediaStreamTrack | undefined; options: { enableSimulcast: boolean } } | undefined;
}

interface SdkEvents {
  state_changed: (state: SdkState) => void;
  participant_joined: (id: string) => void;
  participant_leaving: (id: string, reason: 'kicked' | null) => void;
  track_censored: (id: string, key: string, kind: 'audio' | 'video') => void;
  track_uncensored: (id: string, key: string, kind: 'audio' | 'video') => void;
  audio_activity: (id: string, key: string | null) => void;
  message_received: (id: string, message: unknown) => void;
}

/** Reports of `getStats()` by their ids. */
type Reports = Record<string, Record<string, unknown>>;

export interface SdkStats {
  senders: { audio?: Reports; video?: Reports };
  receivers: { audio?: Reports; video?: Reports };
}

export interface SdkRoom {
  on<Event extends keyof SdkEvents>(event: Event, listener: SdkEvents[Event]): () => void;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  getState(): SdkState;
  updateClientToken(token: string): Promise<void>;
  addStream(key: string, tracks: SdkTracks): Promise<void>;
  updateStream(key: string, tracks: SdkTracks): Promise<void>;
  removeStream(key: string): Promise<void>;
  addSubscription(id: string, key: string, what: { audio: boolean; video: boolean }): Promise<void>;
  updateSubscription(id: string, key: string, what: { audio: boolean; video: boolean }): Promise<void>;
  getWebRTCStatsForStream(id: string, key: string): Promise<SdkStats>;
  sendMessage(message: { type: 'text'; payload: string }): Promise<void>;
}
