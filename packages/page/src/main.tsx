import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './style/base.css';
import './style/fleet.css';
import './style/host.css';
import { App } from './App.tsx';
import { LiveContext, startLive } from './live/live.ts';

const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const live = startLive(`${scheme}://${location.host}/ws`);
const root = document.getElementById('page');
if (root) {
  render(
    <LiveContext.Provider value={live}>
      <App />
    </LiveContext.Provider>,
    root,
  );
}
