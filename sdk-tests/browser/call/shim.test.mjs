// The SDK as it is published, sent to the program by the program's own script, in a browser without any rule: who is
// called, who is asked for addresses, and that nobody else is.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, describe, test } from 'node:test';
import { output } from '../../lib/paths.mjs';
import { setStage } from './stage.mjs';

/** Names in `.invalid` lead nowhere by definition. */
const STUN = 'stun.greenroom.invalid';

/** What is looked into here is who is called, so that pictures may take their time on a busy machine. */
const MEDIA_WITHIN_MS = 60_000;

const netLog = (name) => output('net-logs', `${name}.json`);
const logTo = (name) => [`--log-net-log=${netLog(name)}`, '--net-log-capture-mode=Default'];

/** All names that the browser looked up, media included; known once it has ended. */
function namesLookedUp(name) {
  const text = readFileSync(netLog(name), 'utf8');
  return new Set([...text.matchAll(/"(?:host|hostname|qname)":"(?:\w+:\/\/)?([\w.-]+?)\.?["/:]/g)].map(([, host]) => host));
}

/** Keeps what reaches the browser's own constructor, whatever stands in front of it. */
function recordConnections() {
  const Native = window.RTCPeerConnection;
  window.configurations = [];
  window.RTCPeerConnection = class extends Native {
    constructor(configuration) {
      super(configuration);
      window.configurations.push(this.getConfiguration().iceServers);
    }
  };
}

/** Every address that a page asks for, WebSockets included. */
function watchAddresses(page) {
  const addresses = [];
  page.on('request', (request) => addresses.push(request.url()));
  page.on('websocket', (socket) => addresses.push(socket.url()));
  return addresses;
}

const iceServers = (actor) => actor.page.evaluate(() => window.configurations);

/** The kinds of candidates that the SDK told the server: `host`, `srflx`, `relay`. */
function candidateKinds(actor) {
  const candidates = actor.socket.sent.map(({ frame }) => frame.candidate?.candidate).filter(Boolean);
  return new Set(candidates.map((text) => / typ (\w+)/.exec(text)[1]));
}

for (const [scheme, door] of [['http', 'ws'], ['https', 'wss']]) {
  describe(`a page and a server by ${scheme}`, () => {
    const name = `call-shim-${scheme}`;
    const stage = setStage(name, {}, (server) => ({
      shim: `<script src="${server[scheme]}/shim.js" crossorigin></script>`,
      secure: scheme === 'https',
      args: logTo(name),
    }));
    afterEach(() => stage.clear());

    test('two people see and hear each other, and nobody else is asked for anything', async () => {
      const room = await stage.makeRoom();
      const people = [await stage.enter('alice'), await stage.enter('bob')];
      const [alice, bob] = people;
      const addresses = people.map(({ page }) => watchAddresses(page));
      for (const { page } of people) {
        await page.addInitScript(recordConnections);
        await page.reload();
      }
      await alice.join(room, { messages: true });
      await bob.join(room, { messages: true });
      await alice.publish();
      await bob.publish();
      await alice.subscribe(bob);
      await bob.subscribe(alice);
      await alice.sees(bob, { within: MEDIA_WITHIN_MS });
      await bob.sees(alice, { within: MEDIA_WITHIN_MS });
      await alice.hearsWithin(MEDIA_WITHIN_MS, bob);
      await bob.hearsWithin(MEDIA_WITHIN_MS, alice);

      const server = new URL(stage.server[scheme]);
      for (const [at, actor] of people.entries()) {
        const page = new URL(actor.page.url());
        const sockets = addresses[at].filter((url) => url.startsWith('ws'));
        assert.deepEqual(sockets, [`${door}://${server.host}/${room}/janus`]);
        const hosts = new Set(addresses[at].map((url) => new URL(url).host));
        assert.deepEqual(hosts, new Set([page.host, server.host]));
        assert.equal(await actor.page.evaluate(() => isSecureContext), true);
        // Messages, the mix, one's own stream, the other's.
        assert.deepEqual(await iceServers(actor), [[], [], [], []]);
        assert.deepEqual(candidateKinds(actor), new Set(['host']));
      }
    });

    test('taken out, it is gone; and it can be loaded as a module', async () => {
      const { page } = await stage.enter('alice');
      const redirected = () => page.evaluate(() => new WebSocket('wss://video.telnyx.com/a/janus', 'janus-protocol').url);
      const home = stage.server[scheme].replace('http', 'ws');
      assert.equal(await redirected(), `${home}/a/janus`);
      await page.evaluate(() => greenroomShim.uninstall());
      assert.equal(await page.evaluate(() => WebSocket.prototype.constructor === WebSocket), true);
      await page.evaluate(async (url) => {
        const { install } = await import(url);
        install();
      }, `${stage.server[scheme]}/shim.mjs`);
      assert.equal(await redirected(), `${home}/a/janus`);
    });

    test('ICE servers that are named are those that are asked', async () => {
      const room = await stage.makeRoom();
      const alice = await stage.enter('alice');
      await alice.page.addInitScript(recordConnections);
      await alice.page.reload();
      const stun = [{ urls: `stun:${STUN}:3478` }];
      const server = stage.server[scheme];
      await alice.page.evaluate((options) => greenroomShim.install(options), { server, iceServers: stun });
      await alice.join(room);
      await alice.hears();
      assert.deepEqual(
        (await iceServers(alice)).map(([{ urls }]) => [urls].flat()),
        [[stun[0].urls]],
      );
    });

    after(() => {
      // The stage has closed the browser by now, which ends the log.
      const names = namesLookedUp(name);
      assert.ok(names.has(STUN), 'the log shows who is looked up for media');
      const strangers = [...names].filter((host) => /telnyx|stun\.l\.google/.test(host));
      assert.deepEqual(strangers, []);
    });
  });
}
