/**
 * The console itself: what is heard goes to the pages, what the pages send goes to the robot. It
 * decides nothing about safety: the controller arbitrates, and filters whatever comes.
 */
import type { Logger } from 'pino';
import { steadyNow } from '../core/clock.js';
import { errorLine } from '../core/error.js';
import type { CollisionModel } from '../description/collision_types.js';
import type { RosClock } from '../ros/clock.js';
import type { RosNode } from '../ros/ros_node.js';
import { REASONS } from '../safety/reasons.js';
import { ClearanceWatch } from './clearance_watch.js';
import { ConsoleServer, type ServerOptions } from './console_server.js';
import { faultLines } from './fault_lines.js';
import { Feed, type FeedOptions } from './feed.js';
import type { OperatorMessage } from './operator_message.js';
import { OperatorOutputs } from './operator_outputs.js';
import type { PageSession } from './page_session.js';
import type { Clearance, HealthLine, HealthMessage, PolicyChoice, Welcome } from './protocol.js';
import type { RobotModel } from './robot_model.js';
import { RobotServices } from './robot_services.js';

const STATE_MS = 50;
const HEALTH_MS = 500;
const POLICY_MS = 3000;
/** Distances are measured at every second state. */
const CLEARANCES = 5;
/** Level of a line whose node has not reported for some time. */
const STALE = 3;

export interface ConsoleOptions {
  readonly server: ServerOptions;
  readonly feed: FeedOptions;
  readonly robot: RobotModel;
  readonly collision: CollisionModel;
  readonly tickRate: number;
  readonly policies: readonly string[];
  readonly instructions: readonly string[];
}

export class OperatorConsole {
  readonly server: ConsoleServer;
  readonly #options: ConsoleOptions;
  readonly #clock: RosClock;
  readonly #log: Logger;
  readonly #feed: Feed;
  readonly #outputs: OperatorOutputs;
  readonly #services: RobotServices;
  readonly #clearances: ClearanceWatch;
  readonly #timers: NodeJS.Timeout[];
  #nearest: readonly Clearance[] = [];
  #policy: PolicyChoice = {};
  #askingPolicy = false;
  #n = 0;
  #pages = 0;

  private constructor(parts: {
    server: ConsoleServer;
    options: ConsoleOptions;
    node: RosNode;
    clock: RosClock;
    log: Logger;
  }) {
    const { server, options, node, clock, log } = parts;
    this.server = server;
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    const { topics } = options.feed;
    this.#outputs = new OperatorOutputs(node, clock, topics);
    this.#services = new RobotServices(node, topics.eStop);
    this.#clearances = new ClearanceWatch(options.collision);
    this.#feed = new Feed(node, options.feed, {
      frame: (bytes) => server.sendFrame(bytes),
      chunk: (message) => server.sendAll(message),
      authority: ({ phase }) => {
        if (phase === 'e_stop') this.#services.latched();
        this.#sendState();
      },
    });
    const every = (ms: number, action: () => void) =>
      setInterval(() => node.guard('console', () => this.#pages > 0 && action()), ms);
    this.#timers = [
      every(STATE_MS, () => this.#sendState()),
      every(HEALTH_MS, () => this.#sendHealth()),
      every(POLICY_MS, () => void this.#askPolicy()),
    ];
  }

  /** Serves the page and connects it with the robot. */
  static async open(
    node: RosNode,
    clock: RosClock,
    log: Logger,
    options: ConsoleOptions,
  ): Promise<OperatorConsole> {
    let opened: OperatorConsole | undefined;
    const server = await ConsoleServer.start(options.server, {
      welcome: (page) => welcome(page, options),
      operate: (page, message) => opened?.operate(page, message),
      pages: (count) => opened?.pages(count),
      left: (page) => opened?.left(page),
    });
    opened = new OperatorConsole({ server, options, node, clock, log });
    return opened;
  }

  /** Does what a page's message asks; it has passed the gate. */
  operate(page: PageSession, message: OperatorMessage): void {
    switch (message.type) {
      case 'name':
        page.name = message.name;
        return;
      case 'authority':
        this.#outputs.authority(page, message);
        return;
      case 'joint_jog':
        this.#outputs.jointJog(page, message);
        return;
      case 'joint_target':
        this.#outputs.jointTarget(page, message);
        return;
      case 'twist_jog':
        this.#outputs.twistJog(page, message);
        return;
      case 'pose_target':
        this.#outputs.poseTarget(page, message);
        return;
      case 'episode':
        this.#outputs.episode(page, message);
        page.notice('info', `episode: ${message.event}`, message.seq);
        return;
      case 'e_stop':
        this.#log.error(`e-stop from ${page.operator}`);
        this.#ask(page, message.seq, this.#services.eStop());
        return;
      case 'reset':
        this.#ask(page, message.seq, this.#services.reset());
        return;
      case 'resume':
        this.#ask(page, message.seq, this.#services.resume());
        return;
      case 'lifecycle':
        this.#ask(page, message.seq, this.#services.setActive(message.node, message.active));
        return;
      case 'policy': {
        const { package: folder, instruction } = message;
        const known = folder === undefined || this.#options.policies.includes(folder);
        if (!known) {
          page.notice('warn', `not one of the policies: ${folder}`, message.seq);
          return;
        }
        const choice = {
          ...(folder === undefined ? {} : { package: folder }),
          ...(instruction === undefined ? {} : { instruction }),
        };
        this.#ask(page, message.seq, this.#services.choose(choice));
      }
    }
  }

  /** Listens to the cameras while somebody looks. */
  pages(count: number): void {
    this.#pages = count;
    this.#feed.watchCameras(count > 0);
    if (count > 0) void this.#askPolicy();
  }

  left(page: PageSession): void {
    this.#outputs.forget(page);
    const refused = [...page.refused].map(([why, times]) => `${times} × ${why}`);
    if (refused.length > 0) this.#log.warn(`${page.operator} left; refused: ${refused.join(', ')}`);
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.server.stop();
  }

  /** For diagnostics. */
  get figures(): Record<string, number> {
    const { pages, skipped, refusedOrigins } = this.server;
    return { pages, frames_dropped: skipped, refused_origins: refusedOrigins };
  }

  #ask(page: PageSession, seq: number, answer: Promise<string>): void {
    answer.then(
      (text) => page.notice('info', text, seq),
      (error: unknown) => {
        this.#log.warn(errorLine(error));
        page.notice('error', errorLine(error), seq);
      },
    );
  }

  #sendState(): void {
    if (this.#pages === 0) return;
    const now = steadyNow();
    const position = this.#feed.position;
    this.#n++;
    if (position !== undefined && this.#n % 2 === 0) {
      this.#nearest = this.#clearances.nearest(position, CLEARANCES);
    }
    this.server.sendState({
      type: 'state',
      n: this.#n,
      time: this.#clock.now(),
      joints: position === undefined ? null : [...position],
      authority: this.#feed.authority ?? null,
      ages: this.#feed.ages(now),
      clearances: this.#nearest,
      pages: this.#pages,
    });
  }

  #sendHealth(): void {
    const now = steadyNow();
    const lines = this.#feed.lines(now);
    const value = (name: string, key: string) =>
      String(this.#feed.health.get(name)?.values[key] ?? '');
    const recorder = lines.find(({ name }) => name.startsWith('recorder:'));
    const message: HealthMessage = {
      type: 'health',
      lines,
      faults: faultLines(lines),
      ticks: this.#feed.statistics.figures(now),
      policy: this.#policy,
      recording: recordingState(recorder),
      lifecycle: {
        controller: value('controller: loop', 'lifecycle'),
        policy: value('policy: inference', 'state'),
      },
    };
    this.server.sendAll(message);
  }

  async #askPolicy(): Promise<void> {
    if (this.#askingPolicy) return;
    this.#askingPolicy = true;
    this.#policy = await this.#services.policy().catch(() => ({}));
    this.#askingPolicy = false;
  }
}

/** What a recorder says of itself; one that fell silent records nothing that could be relied on. */
function recordingState(recorder: HealthLine | undefined): HealthMessage['recording'] {
  if (recorder === undefined) return { state: 'no recorder', level: 0 };
  if (recorder.level === STALE) return { state: 'recorder lost', level: STALE };
  return { state: recorder.message, level: recorder.level };
}

function welcome(page: PageSession, options: ConsoleOptions): Welcome {
  const { robot, feed, server, tickRate, policies, instructions } = options;
  return {
    type: 'welcome',
    session: page.session,
    operator: page.operator,
    role: page.role,
    ...(page.why === undefined ? {} : { why: page.why }),
    robot,
    cameras: feed.cameras,
    reasons: REASONS,
    tickRateHz: tickRate,
    linkTimeoutS: server.linkTimeout,
    policies,
    instructions,
  };
}
