// Where in the console somebody is, and how that stands in the address: `#/rooms/<id>`, `#/webhooks?status=failed`.
import type { DeliveryStatus } from './resources';

export type Route =
  | { view: 'overview' }
  | { view: 'rooms'; page: number; search: string }
  | { view: 'room'; room: string; page: number }
  | { view: 'session'; session: string }
  | ({ view: 'webhooks'; page: number } & DeliveryFilter)
  | { view: 'delivery'; delivery: string }
  | { view: 'keys' }
  | { view: 'token' }
  | { view: 'nowhere' };

/** Which deliveries a list shows; what is empty does not matter. */
export interface DeliveryFilter {
  status: DeliveryStatus | '';
  type: string;
  /** The room's id. */
  room: string;
}

export type View = Route['view'];

const PAGE_MAX = 1_000_000;

/** Reads the part of an address after `#`; whatever is none of ours leads nowhere. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  const parameters = new URLSearchParams(query);
  const parts = path.split('/').filter((part) => part !== '');
  const [first, second] = parts.map(decode);
  if (parts.length > 2) return { view: 'nowhere' };
  switch (first) {
    case undefined:
      return { view: 'overview' };
    case 'rooms':
      return second
        ? { view: 'room', room: second, page: pageOf(parameters) }
        : { view: 'rooms', page: pageOf(parameters), search: parameters.get('search') ?? '' };
    case 'sessions':
      return second ? { view: 'session', session: second } : { view: 'nowhere' };
    case 'webhooks':
      return second
        ? { view: 'delivery', delivery: second }
        : { view: 'webhooks', page: pageOf(parameters), ...deliveryFilterOf(parameters) };
    case 'keys':
    case 'token':
      return second ? { view: 'nowhere' } : { view: first };
    default:
      return { view: 'nowhere' };
  }
}

/** The address of a place, for links. */
export function href(route: Route): string {
  switch (route.view) {
    case 'rooms':
      return `#/rooms${queryOf({ page: route.page, search: route.search })}`;
    case 'room':
      return `#/rooms/${encodeURIComponent(route.room)}${queryOf({ page: route.page })}`;
    case 'session':
      return `#/sessions/${encodeURIComponent(route.session)}`;
    case 'webhooks': {
      const { page, status, type, room } = route;
      return `#/webhooks${queryOf({ page, status, type, room })}`;
    }
    case 'delivery':
      return `#/webhooks/${encodeURIComponent(route.delivery)}`;
    case 'keys':
    case 'token':
      return `#/${route.view}`;
    case 'overview':
    case 'nowhere':
      return '#/';
  }
}

export const roomsRoute: Route = { view: 'rooms', page: 1, search: '' };
export const webhooksRoute = { view: 'webhooks', page: 1, status: '', type: '', room: '' } as const;
export const roomRoute = (room: string): Route => ({ view: 'room', room, page: 1 });

function queryOf({ page, ...others }: { page: number; [name: string]: string | number }): string {
  const parameters = new URLSearchParams();
  if (page > 1) parameters.set('page', String(page));
  for (const [name, value] of Object.entries(others)) if (value) parameters.set(name, String(value));
  const query = parameters.toString();
  return query && `?${query}`;
}

function pageOf(parameters: URLSearchParams): number {
  const text = parameters.get('page') ?? '';
  return /^[1-9]\d{0,6}$/.test(text) ? Math.min(Number(text), PAGE_MAX) : 1;
}

const STATUSES: readonly DeliveryStatus[] = ['pending', 'delivered', 'failed'];

function deliveryFilterOf(parameters: URLSearchParams): DeliveryFilter {
  const status = STATUSES.find((one) => one === parameters.get('status'));
  return { status: status ?? '', type: parameters.get('type') ?? '', room: parameters.get('room') ?? '' };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
