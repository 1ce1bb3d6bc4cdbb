import { Announcer } from '../shared/announce';
import { Button } from '../shared/Button';
import { Icon, type IconName } from '../shared/Icon';
import { href, type Route, roomsRoute, type View, webhooksRoute } from './route';
import { isKept, keep, lock, route } from './state';
import { Delivery } from './views/Delivery';
import { Nowhere } from './views/Nowhere';
import { Overview } from './views/Overview';
import { Room } from './views/Room';
import { Rooms } from './views/Rooms';
import { Session } from './views/Session';
import { SigningKeys } from './views/SigningKeys';
import { Token } from './views/Token';
import { Webhooks } from './views/Webhooks';

interface Entry {
  title: string;
  icon: IconName;
  to: Route;
  views: readonly View[];
}

const ENTRIES: readonly Entry[] = [
  { title: 'Overview', icon: 'grid', to: { view: 'overview' }, views: ['overview'] },
  { title: 'Rooms', icon: 'people', to: roomsRoute, views: ['rooms', 'room', 'session'] },
  { title: 'Webhooks', icon: 'send', to: webhooksRoute, views: ['webhooks', 'delivery'] },
  { title: 'Signing keys', icon: 'key', to: { view: 'keys' }, views: ['keys'] },
  { title: 'Token', icon: 'search', to: { view: 'token' }, views: ['token'] },
];

/** The console once it is open: where one can go, and where one is. */
export function Shell() {
  const now = route.value;
  return (
    <div class="shell">
      <Button class="skip" kind="primary" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </Button>
      <header class="top">
        <a class="brand" href={href({ view: 'overview' })}>
          <img src="/icon.svg" alt="" width={28} height={28} />
          Greenroom <span class="quiet">console</span>
        </a>
        <div class="key">
          <label class="check small">
            <input type="checkbox" checked={isKept.value} onChange={(event) => keep(event.currentTarget.checked)} />
            <span>
              Keep the key <span class="more">in this tab</span>
            </span>
          </label>
          <Button class="slim" icon="key" onClick={() => lock()}>
            Lock
          </Button>
        </div>
      </header>
      <nav class="places" aria-label="Console">
        <ul>
          {ENTRIES.map(({ title, icon, to, views }) => (
            <li key={title}>
              <a href={href(to)} aria-current={views.includes(now.view) ? 'page' : undefined}>
                <Icon name={icon} />
                {title}
              </a>
            </li>
          ))}
        </ul>
        <ul class="elsewhere">
          <li>
            <a href="/">
              <Icon name="camera" />
              Meet
            </a>
          </li>
          <li>
            <a href="/docs">
              <Icon name="info" />
              API
            </a>
          </li>
        </ul>
      </nav>
      <main id="main" tabIndex={-1} key={placeKey(now)}>
        <Place {...now} />
      </main>
      <Announcer />
    </div>
  );
}

/** Another page of a list or another filter is the same place: the focus stays. */
function placeKey(place: Route): string {
  switch (place.view) {
    case 'room':
      return place.room;
    case 'session':
      return place.session;
    case 'delivery':
      return place.delivery;
    default:
      return place.view;
  }
}

function Place(place: Route) {
  switch (place.view) {
    case 'overview':
      return <Overview />;
    case 'rooms':
      return <Rooms {...place} />;
    case 'room':
      return <Room {...place} />;
    case 'session':
      return <Session {...place} />;
    case 'webhooks':
      return <Webhooks {...place} />;
    case 'delivery':
      return <Delivery {...place} />;
    case 'keys':
      return <SigningKeys />;
    case 'token':
      return <Token />;
    case 'nowhere':
      return <Nowhere />;
  }
}
