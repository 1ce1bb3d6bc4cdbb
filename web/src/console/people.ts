// Who is in a session, with how well their media runs: two answers of the API made into one list.
import type { Grade, Participant, Quality, Session } from './resources';
import { bitrateWords, numberWords, percentWords, personName } from './words';

export interface Person {
  id: string;
  name: string;
  joined_at: string;
  quality: Quality | undefined;
}

export interface Gone {
  id: string;
  name: string;
  joined_at: string;
  left_at: string;
  left_reason: string | null | undefined;
}

/** Those who are in, the longest first, and those who left, the latest first. */
export function peopleOf(
  session: Session,
  qualities: readonly Quality[] | undefined,
): { present: Person[]; gone: Gone[] } {
  const measured = new Map(qualities?.map((quality) => [quality.participant_id, quality]));
  const all = session.participants ?? [];
  const present = all.filter(({ left_at }) => left_at === null);
  const gone = all.filter((one): one is Participant & { left_at: string } => one.left_at !== null);
  return {
    present: present
      .map(({ id, context, joined_at }) => ({
        id,
        name: personName(context, id),
        joined_at,
        quality: measured.get(id),
      }))
      .sort(by(({ joined_at }) => joined_at)),
    gone: gone
      .map(({ id, context, joined_at, left_at, left_reason }) => ({
        id,
        name: personName(context, id),
        joined_at,
        left_at,
        left_reason,
      }))
      .sort(by(({ left_at }) => left_at))
      .reverse(),
  };
}

/** Times of the server's, all in the same form, sort as texts. */
const by =
  <T>(time: (one: T) => string) =>
  (a: T, b: T) =>
    time(a) < time(b) ? -1 : time(a) > time(b) ? 1 : 0;

const GRADES: Record<Grade, string> = { good: 'good', fair: 'fair', poor: 'poor', unknown: 'not measured' };
export const gradeWords = (grade: Grade) => GRADES[grade] ?? grade;

/** Whether nothing that somebody says reaches the others: absent if nobody says. */
export function isMuted(quality: Quality | undefined): boolean | undefined {
  if (!quality) return undefined;
  return quality.mixed_audio.muted ?? quality.published.some(({ audio, muted }) => audio && muted);
}

/** What comes from somebody, all streams and the voice for the mix. */
export const sentBps = ({ published, mixed_audio }: Quality) =>
  published.reduce((total, { bitrate_bps }) => total + bitrate_bps, mixed_audio.bitrate_in_bps);

export const receivedBps = ({ received, mixed_audio }: Quality) => received.bitrate_bps + mixed_audio.bitrate_out_bps;

/** One line for each stream that somebody publishes: `self: picture and sound, vp8, layers h 650 kbit/s`. */
export function streamLines({ published }: Quality): string[] {
  return published.map(({ key, audio, video, muted, codec, layers, packet_loss_percent }) => {
    const kinds = [video && 'picture', audio && (muted ? 'sound (muted)' : 'sound')].filter(Boolean).join(' and ');
    if (!kinds) return `${key}: nothing`;
    const active = layers.filter(({ active, rid }) => active && rid !== null);
    const shown = active.map(({ rid, bitrate_bps }) => `${rid} ${bitrateWords(bitrate_bps)}`).join(', ');
    const parts = [kinds, codec, shown && `layers ${shown}`, packet_loss_percent ? lossWords(packet_loss_percent) : ''];
    return `${key}: ${parts.filter(Boolean).join(', ')}`;
  });
}

/** What somebody is sent: `3 streams, room for 2.6 Mbit/s, 1 reduced`. */
export function receivedLine({ received }: Quality): string {
  const { streams, reduced, available_bps, packet_loss_percent } = received;
  const parts = [
    streams === 1 ? '1 stream' : `${streams} streams`,
    available_bps !== null && `room for ${bitrateWords(available_bps)}`,
    reduced ? `${reduced} reduced` : '',
    packet_loss_percent ? lossWords(packet_loss_percent) : '',
  ];
  return parts.filter(Boolean).join(', ');
}

/** What is lost of the mixed audio, which the grade counts too; nothing if nothing is. */
export const mixedLine = ({ mixed_audio: { packet_loss_percent } }: Quality): string =>
  packet_loss_percent ? `mixed audio: ${lossWords(packet_loss_percent)}` : '';

const lossWords = (percent: number) => `${percentWords(percent)} lost`;

export const rttWords = (rtt_ms: number | null | undefined) =>
  rtt_ms === null || rtt_ms === undefined ? '–' : `${numberWords(Math.round(rtt_ms))} ms`;
