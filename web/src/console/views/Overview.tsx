import { Notice } from '../../shared/Notice';
import { Chart } from '../charts/Chart';
import { get } from '../client';
import { now_ms } from '../clock';
import type { Figure } from '../metrics/figures';
import { type History, pointsOf } from '../metrics/history';
import { Badge } from '../parts/Badge';
import { Loaded } from '../parts/Loaded';
import { PageHead } from '../parts/PageHead';
import { Moment } from '../parts/Time';
import type { Server } from '../resources';
import { settingGroups } from '../settings';
import { useFigures } from '../useFigures';
import { usePoll } from '../usePoll';
import { bitrateWords, durationWords, numberWords, secsBetween, shareWords } from '../words';

const SERVER_EVERY_MS = 15_000;

/** The server, and what goes on in it now. */
export function Overview() {
  const server = usePoll((signal) => get<Server>('/server', signal), SERVER_EVERY_MS, []);
  const figures = useFigures();
  return (
    <>
      <PageHead title="Overview" />
      <Loaded polled={server}>{(server) => <About server={server} />}</Loaded>
      <section class="stack" aria-labelledby="now">
        <h2 id="now">Now</h2>
        <Loaded polled={figures}>
          {(history) => (history === 'elsewhere' ? <Elsewhere /> : <Live history={history} />)}
        </Loaded>
      </section>
      {server.data && <Settings server={server.data} />}
      <p class="small quiet">
        <a href="/">Meet</a>, <a href="/docs">the API's documentation</a>, <a href="/licenses.md">licences</a> of what
        these pages are made of
      </p>
    </>
  );
}

function About({ server }: { server: Server }) {
  const up = secsBetween(server.started_at, now_ms.value);
  return (
    <section class="card" aria-label="Server">
      <dl class="facts">
        <div>
          <dt>Version</dt>
          <dd>{server.version}</dd>
        </div>
        <div>
          <dt>Running for</dt>
          <dd>{up === undefined ? '–' : durationWords(up)}</dd>
        </div>
        <div>
          <dt>Since</dt>
          <dd>
            <Moment at={server.started_at} />
          </dd>
        </div>
        <div>
          <dt>Your key</dt>
          <dd>{server.operator ? <Badge tone="info">operator's account</Badge> : <Badge>another account</Badge>}</dd>
        </div>
      </dl>
    </section>
  );
}

function Elsewhere() {
  return (
    <Notice kind="info" title="The figures are at another address">
      <p>
        This server shows <code>/metrics</code> on an address of its own (the setting <code>metrics_listen</code>), or
        something before it keeps them from here. So there is nothing to draw on this page; whatever collects them from
        there has them.
      </p>
    </Notice>
  );
}

const count = (value: number | undefined) => numberWords(value);
const perSec = (value: number | undefined) => (value === undefined ? '–' : `${numberWords(value)}/s`);

function Live({ history }: { history: History }) {
  const line = (title: string, figure: Figure) => ({ title, points: pointsOf(history, figure) });
  return (
    <>
      <p class="quiet small">The whole server, all accounts, read every few seconds while you look at this page.</p>
      <div class="charts">
        <Chart title="Calls" lines={[line('Rooms in use', 'calls')]} words={count} least={5} />
        <Chart title="People" lines={[line('People', 'people'), line('Streams', 'streams')]} words={count} least={5} />
        <Chart
          title="Media"
          lines={[line('In', 'bps_in'), line('Out', 'bps_out')]}
          words={bitrateWords}
          least={1_000_000}
        />
        <Chart title="Tokens" lines={[line('Issued and refreshed', 'tokens_per_sec')]} words={perSec} least={1} />
        <Chart
          title="Load, of the busiest"
          lines={[line('Media thread', 'shard_busy'), line('Mixer', 'mixer_busy')]}
          words={shareWords}
          least={1}
          top={1}
        />
        <Chart
          title="Webhooks"
          lines={[line('Waiting', 'webhooks_pending'), line('Given up', 'webhooks_dead')]}
          words={count}
          least={5}
        />
      </div>
    </>
  );
}

function Settings({ server }: { server: Server }) {
  return (
    <section class="stack" aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <div class="groups">
        {settingGroups(server.settings).map(({ title, settings }) => (
          <section key={title} class="card" aria-label={`${title}, settings`}>
            <h3>{title}</h3>
            <dl class="rows">
              {settings.map(({ name, value }) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </section>
  );
}
