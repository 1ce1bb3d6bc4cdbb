// The entry for `/shim.js`, a classic script:
//
//   <script src="https://video.example.com/shim.js"></script>
//   <script src=".../shim.js" data-server="https://..." data-ice-servers='[{"urls": "turn:..."}]'></script>
//
// The server is by default the one that the script came from.
import { install } from './install';

const script = document.currentScript;

function settings() {
  if (!(script instanceof HTMLScriptElement)) return {};
  const { server, iceServers } = script.dataset;
  // What is written into the page itself (no `src`) came from nowhere: then it is the page's own site.
  const home = script.src ? new URL('.', script.src) : undefined;
  return { server: server || home, iceServers: iceServers ? parse(iceServers) : undefined };
}

function parse(text: string): RTCIceServer[] {
  try {
    return JSON.parse(text) as RTCIceServer[];
  } catch {
    throw new TypeError(
      `Greenroom shim: data-ice-servers has to be a JSON list, such as [{"urls": "turn:turn.example.com"}], and not ${text}`,
    );
  }
}

const uninstall = install(settings());

/** For scripts that want to change the settings later, or to take the shim out. */
Object.assign(globalThis, { greenroomShim: { install, uninstall } });
