// The console, at `/console`.
import '../shared/base.css';
import './console.css';
import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import { startClock } from './clock';
import { Shell } from './Shell';
import { begin, server } from './state';
import { Unlock } from './Unlock';

/** A key to try before anybody is asked for one; once it has opened the console it is not tried again. */
const offered = signal<string | undefined>(undefined);
effect(() => {
  if (server.value) offered.value = undefined;
});

function App() {
  return server.value ? <Shell /> : <Unlock offered={offered.value} />;
}

begin((key) => {
  offered.value = key;
});
startClock();

const root = document.getElementById('console');
if (root) {
  root.replaceChildren();
  render(<App />, root);
}
