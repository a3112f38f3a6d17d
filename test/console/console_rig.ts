/** The whole of a robot with a console for a test: simulator, policy, controller, teleop, page server. */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach } from 'vitest';
import type { Authority } from '../../src/console/protocol.js';
import { item } from '../../src/core/vector.js';
import { Child, ROOT } from '../integration/child.js';
import { shareUntilFailure } from '../integration/fresh.js';
import { Harness } from '../integration/harness.js';
import { until } from '../integration/until.js';
import { TestBrowser } from './browser.js';
import { CutLink } from './cut_link.js';

const SETUP = join(ROOT, 'test/console/setup.yaml');
/** As in setup.yaml. */
export const TOKEN = 'a-token-for-the-tests-of-the-console';

export type Role = 'simulator' | 'policy' | 'controller' | 'teleop' | 'console';

/** One tick of the controller, joint by joint in the robot's order. */
export interface MonitorRow {
  /** ROS time, s. */
  readonly time: number;
  readonly measured: readonly number[];
  readonly policy: readonly number[];
  readonly operator: readonly number[];
  readonly commanded: readonly number[];
  readonly reason: readonly number[];
}

export interface RigOptions {
  /** Set-up file, and `key=value` put over it. */
  readonly setup?: string;
  readonly set?: readonly string[];
  /** Whether policy and controller are activated. */
  readonly active?: boolean;
}

/** What an operator's hands do at a page. */
export interface Gesture {
  take(): Promise<void>;
  begin(): Promise<void>;
  end(): Promise<void>;
  /** Mode that `take` asks for; "operator" if absent. */
  readonly mode?: string;
}

/** Whether the page believes that it commands, or asks to. */
export async function holds(page: Page): Promise<boolean> {
  return (await page.locator('#take').getAttribute('aria-pressed')) === 'true';
}

const JOINTS = 6;
const FIELDS = 5;
const WIDTH = 1 + JOINTS * FIELDS;

export class ConsoleRig {
  readonly rows: MonitorRow[] = [];
  readonly authorities: Authority[] = [];
  readonly episodes: { event: string; note?: string }[] = [];
  readonly #parts = new Map<Role, Child>();
  #port = 0;

  private constructor(
    readonly harness: Harness,
    readonly wire: CutLink,
    readonly options: Required<Omit<RigOptions, 'active'>>,
  ) {
    const { node } = harness;
    const all = { depth: 1000, reliable: true, latched: false };
    const numbers = 'std_msgs/msg/Float64MultiArray';
    node.subscribe('/controller/monitor', numbers, all, ({ data }) => {
      for (let i = 0; i + WIDTH <= data.length; i += WIDTH) this.rows.push(rowAt(data, i));
    });
    node.subscribe('/controller/authority', 'std_msgs/msg/String', 'latched', ({ data }) => {
      this.authorities.push(JSON.parse(data));
    });
    node.subscribe('/episode/event', 'std_msgs/msg/String', 'reliable', ({ data }) => {
      this.episodes.push(JSON.parse(data));
    });
  }

  /** Starts everything and, unless told otherwise, the policy moving the arm. */
  static async open({ setup = SETUP, set = [], active = true }: RigOptions = {}) {
    const harness = await Harness.open();
    let rig: ConsoleRig | undefined;
    const wire = await CutLink.open(() => rig?.port ?? 0);
    rig = new ConsoleRig(harness, wire, { setup, set });
    try {
      for (const role of ['simulator', 'policy', 'controller', 'teleop'] as const) rig.start(role);
      rig.start('console');
      await rig.served();
      if (!active) return rig;
      await harness.activate(harness.policy);
      await harness.activate(harness.controller);
      await rig.moving();
      return rig;
    } catch (error) {
      await rig.close();
      throw error;
    }
  }

  start(role: Role): Child {
    const script = join(ROOT, 'dist/app', `${role}.js`);
    const { setup, set } = this.options;
    const over = [...set, ...(role === 'console' ? this.#wired() : [])];
    const given = over.flatMap((value) => ['--set', value]);
    const child = new Child(role, [script, '--config', setup, ...given], this.harness.env);
    this.harness.children.push(child);
    this.#parts.set(role, child);
    return child;
  }

  part(role: Role): Child {
    const child = this.#parts.get(role);
    if (child === undefined) throw new Error(`${role} has not been started`);
    return child;
  }

  /** Waits until the console says where it serves. */
  async served(): Promise<void> {
    const console = this.part('console');
    await this.until(() => console.said(/operator page: /), 'the link of the operator page');
    const line = console.lines.find((text) => text.includes('operator page: ')) ?? '';
    this.#port = Number(/:(\d+)\//.exec(line)?.[1]);
  }

  get port(): number {
    return this.#port;
  }

  /** The operator's link, straight or by the wire that can be cut. */
  link(by: 'straight' | 'wire' = 'straight', token: string | undefined = TOKEN): string {
    const port = by === 'wire' ? this.wire.port : this.#port;
    return `http://127.0.0.1:${port}/${token === undefined ? '' : `#token=${token}`}`;
  }

  get authority(): Authority {
    const newest = this.authorities.at(-1);
    if (newest === undefined) throw new Error('no word on authority yet');
    return newest;
  }

  /** Waits until the controller's word on authority fits. */
  granted(fits: (authority: Authority) => boolean, what: string): Promise<void> {
    return this.until(() => this.authorities.length > 0 && fits(this.authority), what);
  }

  /** Whether a page commands in this mode, by the controller's word. */
  #commanded(mode: string): boolean {
    return this.authority.mode === mode && this.authority.deadman === true;
  }

  /**
   * Takes over by a gesture on the page. A machine so busy that the page saw too little of the arm, or
   * was not heard in time, is told to let go; then the gesture is made again, as a person would.
   */
  async takeOver(page: Page, gesture: () => Promise<void>, mode = 'operator'): Promise<void> {
    await this.until(async () => {
      if (this.#commanded(mode)) return true;
      if (!(await holds(page))) await gesture();
      return false;
    }, 'takeover');
  }

  /**
   * Takes over and keeps something pressed until `done`. What the page commands may end meanwhile, as
   * for `takeOver`: then it is let go, and all of it is done again.
   */
  async keepUp(page: Page, gesture: Gesture, done: () => boolean, what: string): Promise<void> {
    const { take, begin, end, mode = 'operator' } = gesture;
    let begun = false;
    await this.until(async () => {
      if (begun && done()) return true;
      if (begun && this.#commanded(mode) && (await holds(page))) return false;
      if (begun) await end();
      await this.takeOver(page, take, mode);
      await begin();
      begun = true;
      return false;
    }, what);
    await end();
  }

  /** Waits until the policy moves the arm, from now on. */
  async moving(): Promise<void> {
    const from = this.rows.length;
    const moves = () => {
      // The loop's first ticks have no command yet: NaN, from which no other differs.
      const rows = this.rows
        .slice(from)
        .filter(({ commanded }) => commanded.every(Number.isFinite));
      const [first] = rows;
      return (
        first !== undefined &&
        rows.some(({ commanded }) =>
          commanded.some((q, j) => Math.abs(q - item(first.commanded, j)) > 0.02),
        )
      );
    };
    await this.until(moves, 'motion');
  }

  /** Waits for ticks that are recorded after this call. */
  async ticks(count: number): Promise<MonitorRow[]> {
    const from = this.rows.length;
    await this.until(() => this.rows.length >= from + count, `${count} ticks`);
    return this.rows.slice(from);
  }

  /** Waits until the command has stood for 30 ticks, all of them after this call. */
  async rest(): Promise<void> {
    // Rows are told late: those on the way may be of a policy that stood before it was taken over.
    const from = Date.now() / 1e3;
    await this.until(() => {
      const [first, ...others] = this.rows.slice(-30);
      if (first === undefined || first.time < from || others.length < 29) return false;
      return others.every(({ commanded }) => commanded.every((q, j) => q === first.commanded[j]));
    }, 'rest');
  }

  /** The newest command, rad. */
  get commanded(): readonly number[] {
    return this.rows.at(-1)?.commanded ?? [];
  }

  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    return until(condition, what, () => this.log);
  }

  /** What was heard and said last, for a test that failed. */
  get log(): string {
    const { harness, rows } = this;
    const last = rows.at(-1);
    return [
      harness.log,
      `ticks heard: ${rows.length}, by telemetry ${harness.ticks.length}, chunks ${harness.chunks.length}, commands ${harness.commands.length}`,
      `last tick: ${JSON.stringify(last)}`,
      `authority: ${JSON.stringify(this.authorities.at(-1))}`,
    ].join('\n');
  }

  /** Ends an e-stop, by services, and has the policy move the arm again. */
  async restore(): Promise<void> {
    const { node, controller } = this.harness;
    const trigger = 'std_srvs/srv/Trigger';
    await this.until(async () => {
      await node
        .client('/controller/reset', trigger)
        .call({}, 3)
        .catch(() => {});
      await node
        .client('/controller/resume', trigger)
        .call({}, 3)
        .catch(() => {});
      await controller.bringTo('active', 3).catch(() => {});
      const { phase, mode } = this.authority;
      return phase === 'active' && mode === 'policy';
    }, 'the policy in command again');
    await this.moving();
  }

  async close(): Promise<void> {
    await this.wire.close();
    await this.harness.close();
  }

  /** Names that the console is reached by through the wire. */
  #wired(): string[] {
    return [`console.allowed_hosts=["127.0.0.1:${this.wire.port}"]`];
  }
}

function rowAt(data: Float64Array, from: number): MonitorRow {
  const field = (k: number) =>
    Array.from({ length: JOINTS }, (_, j) => data[from + 1 + j * FIELDS + k] ?? Number.NaN);
  return {
    time: data[from] ?? Number.NaN,
    measured: field(0),
    policy: field(1),
    operator: field(2),
    commanded: field(3),
    reason: field(4),
  };
}

/**
 * A rig and a browser that the tests of a file share; after each, only the first page is left, and the
 * rig as it was.
 *
 * @param take is given both; after a test that failed, new ones
 */
export function shareConsole(
  take: (both: { readonly rig: ConsoleRig; readonly browser: TestBrowser }) => void,
): void {
  let rig: ConsoleRig | undefined;
  let browser: TestBrowser | undefined;
  shareUntilFailure(
    async () => {
      [rig, browser] = [undefined, undefined];
      rig = await ConsoleRig.open();
      browser = await TestBrowser.open();
      take({ rig, browser });
    },
    async () => {
      await browser?.close();
      await rig?.close();
    },
  );
  afterEach(async () => {
    for (const page of browser?.context.pages().slice(1) ?? []) await page.close();
    await rig?.restore();
  });
}
