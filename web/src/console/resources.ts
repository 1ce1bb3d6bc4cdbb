// What the API answers, as far as the console shows it. Members that an older server does not send are optional.
export interface Room {
  id: string;
  unique_name: string | null;
  max_participants: number;
  enable_recording: boolean;
  active_session_id: string | null;
  webhook_event_url: string | null;
  webhook_event_failover_url: string;
  webhook_timeout_secs: number | null;
  created_at: string;
  updated_at: string;
}

export interface Participant {
  id: string;
  session_id: string;
  context: string | null;
  joined_at: string;
  updated_at: string;
  left_at: string | null;
  left_reason?: string | null;
}

export interface Session {
  id: string;
  room_id: string;
  active: boolean;
  created_at: string;
  updated_at: string;
  ended_at: string | null;
  ended_reason?: string | null;
  participants?: Participant[];
}

export type Grade = 'good' | 'fair' | 'poor' | 'unknown';

export interface Layer {
  rid: string | null;
  bitrate_bps: number;
  active: boolean;
}

export interface Published {
  key: string;
  audio: boolean;
  video: boolean;
  muted: boolean;
  codec?: string | null;
  bitrate_bps: number;
  packet_loss_percent: number | null;
  layers: Layer[];
}

export interface Quality {
  participant_id: string;
  context: string | null;
  quality: Grade;
  rtt_ms: number | null;
  published: Published[];
  received: {
    streams: number;
    /** Streams whose picture is lower than there is, or not sent, since the path would not carry more. */
    reduced?: number;
    bitrate_bps: number;
    available_bps: number | null;
    packet_loss_percent: number | null;
  };
  mixed_audio: {
    bitrate_in_bps: number;
    bitrate_out_bps: number;
    packet_loss_percent: number | null;
    muted?: boolean;
    talking: boolean;
  };
}

export interface Server {
  version: string;
  started_at: string;
  operator: boolean;
  settings: Record<string, unknown>;
}

export interface Check {
  name: string;
  title: string;
  outcome: 'passed' | 'failed' | 'skipped';
  detail: string | null;
}

export interface Explanation {
  valid: boolean;
  token_type: 'access' | 'refresh' | null;
  checks: Check[];
  header: Record<string, unknown> | null;
  claims: Record<string, unknown> | null;
}

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

export interface WebhookEvent {
  record_type: string;
  id: string;
  event_type: string;
  occurred_at: string;
  payload: Record<string, unknown>;
}

/** One URL that was tried. */
export interface Attempt {
  status: 'delivered' | 'failed';
  started_at: string;
  finished_at: string;
  http: { request: { url: string }; response?: { status: number } };
  attempt: number;
  failover: boolean;
  error: string | null;
}

export interface Delivery {
  id: string;
  status: DeliveryStatus;
  started_at: string | null;
  finished_at: string | null;
  webhook: WebhookEvent;
  /** The latest first; not in lists. */
  attempts?: Attempt[];
  room_id: string;
  failure_reason: string | null;
  attempts_count: number;
  next_attempt_at: string | null;
}

export interface WebhookKey {
  algorithm: string;
  public_key: string;
}

export type KeyState = 'next' | 'active' | 'retiring';

export interface SigningKey {
  id: string;
  algorithm: string;
  state: KeyState;
  active_since: string | null;
  retires_at: string | null;
}
