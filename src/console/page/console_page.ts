/** The page's parts put together: made at the welcome, fed by the link, drawn every frame. */
import { MONITOR_FIELDS, type StateMessage, type Welcome } from '../protocol.js';
import type { Alarm } from './alarm.js';
import { ArmView, NEAR_M, TOUCHING_M } from './arm_view.js';
import { AuthorityHold, BEAT_MS } from './authority_hold.js';
import { CameraTiles } from './camera_tiles.js';
import { h, mark, place, say } from './dom.js';
import { EpisodePanel } from './episode_panel.js';
import { Gamepads } from './gamepad.js';
import { JogDrive } from './jog_drive.js';
import { JogPanel } from './jog_panel.js';
import { JointPlots } from './joint_plots.js';
import { HELP, Keyboard } from './keyboard.js';
import type { Link, LinkHandler } from './link.js';
import { notify } from './notices.js';
import { OperatePanel } from './operate_panel.js';
import { PolicyPanel } from './policy_panel.js';
import { RowRing } from './row_ring.js';
import { StopPanel } from './stop_panel.js';
import { toggleTheme } from './theme.js';
import { TimingPanel } from './timing_panel.js';
import { TopBar } from './top_bar.js';

/** Seconds of rows kept, and of the tool's trail in 3D. */
const KEPT_S = 10;
const TRAIL_S = 2.5;
const TRAIL_POINTS = 60;
/** Texts change at most this often, ms. */
const TEXT_MS = 100;
const SLOW_MS = 500;

type Handlers = Pick<LinkHandler, 'state' | 'health' | 'chunk' | 'camera' | 'monitor' | 'lost'>;

export class ConsolePage implements Handlers {
  readonly #welcome: Welcome;
  readonly #link: Link;
  readonly #alarm: Alarm;
  readonly #operates: boolean;
  readonly #ring: RowRing;
  readonly #hold: AuthorityHold;
  readonly #drive: JogDrive;
  readonly #keyboard: Keyboard;
  readonly #gamepads: Gamepads;
  readonly #topBar: TopBar;
  readonly #timing: TimingPanel;
  readonly #stopPanel: StopPanel;
  readonly #operate: OperatePanel;
  readonly #jog: JogPanel;
  readonly #policy: PolicyPanel;
  readonly #cameras: CameraTiles;
  readonly #plots: JointPlots;
  readonly #arm: ArmView | undefined;
  readonly #distances = h('ol', { 'aria-label': 'nearest distances' });
  #state: StateMessage | undefined;
  #drag = false;
  #dragAsked = false;
  #rowsShown = 0;
  #textAt = 0;
  #slowAt = 0;

  constructor(welcome: Welcome, link: Link, alarm: Alarm) {
    this.#welcome = welcome;
    this.#link = link;
    this.#alarm = alarm;
    this.#operates = welcome.role === 'operator';
    const { robot, reasons, tickRateHz } = welcome;
    const send = link.send.bind(link);
    const columns = 1 + robot.joints.length * MONITOR_FIELDS.length;
    this.#ring = new RowRing(columns, Math.ceil(KEPT_S * tickRateHz));
    this.#drive = new JogDrive(send);
    this.#hold = new AuthorityHold(send, (why) => this.#heldChanged(why));
    this.#topBar = new TopBar(
      welcome,
      () => this.#changeTheme(),
      () => showHelp(),
    );
    this.#timing = new TimingPanel();
    this.#stopPanel = new StopPanel(send, this.#operates);
    this.#operate = new OperatePanel(welcome, this.#hold, send);
    this.#jog = new JogPanel(welcome, this.#drive, () => this.#setFrame());
    const episode = new EpisodePanel(send, this.#operates);
    this.#policy = new PolicyPanel(welcome, send);
    this.#cameras = new CameraTiles(welcome.cameras);
    this.#plots = new JointPlots(this.#ring, robot.joints, reasons);
    this.#arm = this.#makeArm();
    const actions = {
      eStop: () => this.#stopPanel.engage(),
      take: () => this.#operate.takeAll(),
      letGo: () => this.#hold.letGo(),
      handBack: () => this.#operate.handBack(),
      gripper: () => robot.groups['gripper'] ?? [],
      choose: (joint: number) => this.#jog.choose(joint),
      toggleFrame: () => this.#jog.toggleFrame(),
      faster: (step: number) => this.#jog.faster(step),
      note: () => episode.write(),
      help: () => showHelp(),
      chosen: () => this.#jog.chosen,
    };
    this.#keyboard = new Keyboard(this.#drive, actions);
    this.#gamepads = new Gamepads(this.#drive, actions);
    // Whoever does not look does not hold: keys lifted elsewhere are not seen here.
    window.addEventListener('blur', () => this.#hold.letGo('the page lost the focus: let go'));
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#hold.letGo('the page was hidden: let go');
    });
    setInterval(() => this.#beat(), BEAT_MS);
    this.#heldChanged(undefined);
  }

  state(state: StateMessage): void {
    this.#state = state;
  }

  health: Handlers['health'] = (message) => {
    this.#topBar.health(message);
    this.#timing.health(message);
    this.#stopPanel.health(message);
    this.#policy.health(message);
  };

  chunk: Handlers['chunk'] = (message) => this.#arm?.setChunk(message);
  camera: Handlers['camera'] = (frame) => this.#cameras.take(frame);
  monitor: Handlers['monitor'] = (frame) => this.#ring.take(frame);

  lost(): void {
    this.#hold.lost();
    this.#keyboard.release();
    this.#drive.release();
  }

  /** Draws; called every frame with the time in ms. */
  frame(now: number): void {
    this.#gamepads.poll();
    this.#cameras.draw();
    this.#plots.drawNext(now);
    const state = this.#state;
    if (state !== undefined && now - this.#textAt > TEXT_MS) {
      this.#textAt = now;
      this.#tell(state);
    }
    if (this.#ring.taken !== this.#rowsShown) {
      this.#rowsShown = this.#ring.taken;
      this.#arm?.setJoints(this.#row(this.#ring.count - 1, 0));
    } else if (this.#ring.count === 0 && state?.joints) this.#arm?.setJoints(state.joints);
    if (state !== undefined && now - this.#slowAt > SLOW_MS) {
      this.#slowAt = now;
      this.#cameras.tell(state.ages);
    }
    this.#arm?.draw(now);
  }

  #tell(state: StateMessage): void {
    this.#topBar.state(state);
    this.#timing.state(state);
    this.#stopPanel.state(state, this.#operates);
    this.#operate.state(state, this.#welcome.operator);
    this.#jog.state(state);
    this.#arm?.setClearances(state.clearances);
    this.#arm?.age(state.time);
    this.#trails();
    state.clearances.slice(0, 3).forEach(({ name, distance }, i) => {
      const line = (this.#distances.children[i] ??
        this.#distances.appendChild(h('li', {}))) as HTMLElement;
      say(
        line,
        `${name.replaceAll('_link', '').replaceAll('_', ' ')} ${(distance * 1000).toFixed(0)} mm`,
      );
      mark(line, 'is', distance < TOUCHING_M ? 'bad' : distance < NEAR_M ? 'warn' : 'ok');
    });
    const { name: pad } = this.#gamepads;
    const note = pad && `gamepad: ${pad}; hold the left shoulder button to command`;
    this.#alarm.note = this.#welcome.why ?? note ?? '';
  }

  #trails(): void {
    const ring = this.#ring;
    if (ring.count === 0) return;
    let first = ring.count - 1;
    while (first > 0 && ring.time(first) > ring.newest - TRAIL_S) first--;
    const stride = Math.max(1, Math.floor((ring.count - first) / TRAIL_POINTS));
    const policy: number[][] = [];
    const commanded: number[][] = [];
    for (let row = first; row < ring.count; row += stride) {
      const asked = this.#row(row, 1);
      if (!asked.some(Number.isNaN)) policy.push(asked);
      const sent = this.#row(row, 3);
      if (!sent.some(Number.isNaN)) commanded.push(sent);
    }
    this.#arm?.setTrails(policy, commanded);
  }

  /** One field of all joints in a row of the ring. */
  #row(row: number, field: number): number[] {
    return this.#welcome.robot.joints.map((_, joint) =>
      this.#ring.at(row, 1 + joint * MONITOR_FIELDS.length + field),
    );
  }

  #beat(): void {
    const authority = this.#state?.authority ?? null;
    const me = this.#welcome.operator;
    const silentMs = performance.now() - this.#link.heardAt;
    if (silentMs > 1000 * this.#welcome.linkTimeoutS) this.#hold.lost();
    this.#hold.tick(performance.now(), me, authority);
    const handle = this.#arm?.handle;
    const mine = this.#hold.held !== undefined && authority?.operator === me;
    this.#drive.tick(mine);
    if (mine && handle?.dragging && this.#dragAsked) {
      const { x, y, z } = handle.position;
      const { x: qx, y: qy, z: qz, w: qw } = handle.quaternion;
      this.#link.send({ type: 'pose_target', position: [x, y, z], orientation: [qx, qy, qz, qw] });
    }
    if (handle?.dragging !== true) this.#dragAsked = false;
  }

  #heldChanged(why: string | undefined): void {
    const held = this.#hold.held !== undefined;
    this.#operate.changed(why);
    this.#jog.allow(held);
    if (!held) this.#drive.release();
    if (this.#arm !== undefined) this.#arm.handle.shown = held && this.#drag;
    if (why !== undefined) notify('warn', why);
  }

  /** A button that shows the handle at the tool while this page commands. */
  #dragButton(): HTMLElement {
    const button = h('button', { type: 'button', id: 'drag', 'aria-pressed': 'false' }, 'Drag');
    button.addEventListener('click', () => {
      this.#drag = !this.#drag;
      button.setAttribute('aria-pressed', String(this.#drag));
      if (this.#arm === undefined) return;
      this.#arm.handle.shown = this.#drag && this.#hold.held !== undefined;
      this.#arm.touch();
    });
    return button;
  }

  #setFrame(): void {
    if (this.#arm !== undefined) this.#arm.handle.space = this.#drive.frame;
  }

  #changeTheme(): void {
    toggleTheme();
    this.#plots.recolour();
    this.#arm?.recolour();
  }

  /** undefined, with a word in its place, where the browser has no WebGL. */
  #makeArm(): ArmView | undefined {
    const host = place('arm');
    const keys = (
      [
        ['policy', 'coming chunk, policy'],
        ['commanded', 'commanded after the filter'],
        ['bad', 'near'],
      ] as const
    ).map(([name, text]) => {
      const line = h('i', {});
      line.style.color = `var(--${name})`;
      return h('span', {}, line, text);
    });
    host.replaceChildren(
      h('div', { class: 'overlay' }, h('div', { class: 'legend' }, ...keys), this.#distances),
    );
    try {
      const arm = new ArmView(host, this.#welcome.robot, () => {
        this.#dragAsked = true;
      });
      if (this.#operates) host.append(this.#dragButton());
      return arm;
    } catch (error) {
      host.append(h('p', { class: 'hint' }, `no 3D here: ${String(error)}`));
      return undefined;
    }
  }
}

function showHelp(): void {
  const dialog = place('help') as HTMLDialogElement;
  if (dialog.open) {
    dialog.close();
    return;
  }
  const rows = HELP.map(([keys, text]) =>
    h('tr', {}, h('td', {}, h('kbd', {}, keys)), h('td', {}, text)),
  );
  const close = h('button', { type: 'button', onclick: () => dialog.close() }, 'Close');
  dialog.replaceChildren(h('h2', {}, 'Keys'), h('table', {}, ...rows), close);
  dialog.showModal();
}
