// Why a camera or microphone is not there, in words.

export type DeviceKind = 'audio' | 'video';

export type FaultKind = 'denied' | 'none' | 'busy' | 'insecure' | 'lost' | 'other';

export interface Fault {
  kind: FaultKind;
  title: string;
  text: string;
}

const THING: Record<DeviceKind, string> = { audio: 'microphone', video: 'camera' };

/** What an error of `getUserMedia` means for people. */
export function faultOf(kind: DeviceKind, error: unknown): Fault {
  const name = error instanceof Error || error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return fault(kind, 'denied');
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return fault(kind, 'none');
  if (name === 'NotReadableError' || name === 'AbortError') return fault(kind, 'busy');
  return fault(kind, 'other');
}

export function fault(kind: DeviceKind, what: FaultKind): Fault {
  const thing = THING[kind];
  switch (what) {
    case 'denied':
      return {
        kind: what,
        title: `The ${thing} is blocked`,
        text: `Allow this page to use it (the icon beside the address opens the permissions), then turn it on again.`,
      };
    case 'none':
      return { kind: what, title: `No ${thing} found`, text: `You can join without one, or plug one in now.` };
    case 'busy':
      return {
        kind: what,
        title: `The ${thing} is in use`,
        text: `Another program seems to have it. Close that one, then turn the ${thing} on again.`,
      };
    case 'insecure':
      return {
        kind: what,
        title: `No ${thing} on this page`,
        text: `Browsers give it only to pages with https or on this computer (localhost). You can join to watch, listen and write.`,
      };
    case 'lost':
      return { kind: what, title: `The ${thing} was unplugged`, text: `Choose another one, or plug it in again.` };
    case 'other':
      return { kind: what, title: `The ${thing} does not start`, text: `Try again, or choose another one.` };
  }
}
