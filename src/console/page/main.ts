/** Starts the page: opens the connection, builds the parts at the first welcome, draws every frame. */
import './theme.css';
import './layout.css';
import './parts.css';
import { Alarm } from './alarm.js';
import { ConsolePage } from './console_page.js';
import { Link } from './link.js';
import { notify } from './notices.js';
import { knownName } from './operator_name.js';
import { takeToken } from './session_token.js';
import { applyTheme } from './theme.js';

applyTheme();
const alarm = new Alarm();
const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
const started = performance.now();
let page: ConsolePage | undefined;
let state: Parameters<ConsolePage['state']>[0] | undefined;

const link = new Link(`${scheme}://${location.host}/live`, takeToken(), knownName, {
  welcome(message) {
    // A server that was started again may serve another robot: begin anew.
    if (page !== undefined) location.reload();
    else page = new ConsolePage(message, link, alarm);
  },
  state(message) {
    state = message;
    page?.state(message);
  },
  health: (message) => page?.health(message),
  chunk: (message) => page?.chunk(message),
  notice: ({ level, text }) => notify(level, text),
  camera: (frame) => page?.camera(frame),
  monitor: (frame) => page?.monitor(frame),
  lost: () => page?.lost(),
});

function frame(now: number): void {
  page?.frame(now);
  alarm.show(state, performance.now() - Math.max(link.heardAt, started));
  requestAnimationFrame(frame);
}
requestAnimationFrame(frame);
