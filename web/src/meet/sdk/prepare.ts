// What has to be in place before the SDK makes its first connection.
import { install } from '../../shim/install';
import { installTaps } from './taps';

let isTapped = false;

/** Sends the SDK to the server that this page came from, with that server's ICE servers. */
export function prepareSdk(iceServers: RTCIceServer[]): void {
  install({ server: location.origin, iceServers });
  if (isTapped) return;
  isTapped = true;
  installTaps();
  // The SDK drops a promise that the error event of a socket rejects; what it means has been seen at the socket itself.
  window.addEventListener('unhandledrejection', (event) => {
    if (event.reason instanceof Event) event.preventDefault();
  });
}
