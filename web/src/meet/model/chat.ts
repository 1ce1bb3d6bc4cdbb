// Messages of a call: the list, what is unread, and links in what people write.

/** The list's bound; what is older is gone. */
export const MOST_MESSAGES = 500;
/** Longer than this is cut, and the rest can be asked for. */
export const LONG_TEXT = 600;
/** The server takes 32 KiB of JSON for a message. */
export const LONGEST_TEXT = 6000;

export interface ChatMessage {
  id: number;
  from: string;
  isOwn: boolean;
  text: string;
  atMs: number;
}

export interface Chat {
  messages: readonly ChatMessage[];
  unread: number;
  isOpen: boolean;
}

export type ChatAction =
  | { type: 'came'; from: string; isOwn: boolean; text: string; atMs: number }
  | { type: 'opened' }
  | { type: 'closed' };

export const NO_CHAT: Chat = { messages: [], unread: 0, isOpen: false };

export function chatAfter(chat: Chat, action: ChatAction): Chat {
  if (action.type === 'opened') return { ...chat, isOpen: true, unread: 0 };
  if (action.type === 'closed') return { ...chat, isOpen: false };
  const { type: _, ...message } = action;
  const id = (chat.messages.at(-1)?.id ?? 0) + 1;
  const messages = [...chat.messages.slice(1 - MOST_MESSAGES), { ...message, id }];
  const unread = chat.isOpen || action.isOwn ? chat.unread : chat.unread + 1;
  return { ...chat, messages, unread };
}

/** What somebody sent, as text. Other applications may send something else than that. */
export function textOf(message: unknown): string {
  const payload = (message as { payload?: unknown } | null)?.payload;
  return typeof payload === 'string' ? payload.slice(0, 4 * LONGEST_TEXT) : '';
}

export type Part = { text: string; href?: string };

const ADDRESS = /https?:\/\/[^\s<>"']+/gi;

/** Splits a text into plain parts and addresses of the web. Nothing else becomes a link. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(ADDRESS)) {
    // What ends a sentence is no part of its last word.
    const address = match[0].replace(/[.,;:!?)\]}]+$/, '');
    const href = hrefOf(address);
    if (!href) continue;
    if (match.index > end) parts.push({ text: text.slice(end, match.index) });
    parts.push({ text: address, href });
    end = match.index + address.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

function hrefOf(address: string): string | undefined {
  try {
    const url = new URL(address);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** The beginning of a long text, cut between words where there are any. */
export function beginningOf(text: string): string {
  if (text.length <= LONG_TEXT) return text;
  const cut = text.slice(0, LONG_TEXT);
  const space = cut.lastIndexOf(' ');
  return space > LONG_TEXT / 2 ? cut.slice(0, space) : cut;
}
