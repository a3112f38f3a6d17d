/**
 * The controller's ear for operators and its word on who commands: heartbeats and commands into
 * shared memory, the state of authority out, on every change and five times a second.
 */
import { type AuthorityMode, MODES } from '../control/authority_mode.js';
import { type ControlMemory, Request, Status } from '../control/control_memory.js';
import { type JointGroup, jointGroups } from '../control/joint_groups.js';
import type { Phase } from '../control/mode.js';
import { OperatorDesk } from '../control/operator_desk.js';
import { AUTHORITY } from '../control/operator_memory.js';
import { steadyNow } from '../core/clock.js';
import { SinewError } from '../core/error.js';
import { RateLimiter } from '../core/rate_limiter.js';
import type { RosClock } from '../ros/clock.js';
import type { LifecycleState } from '../ros/lifecycle_table.js';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import { TrajectoryReader } from '../ros/trajectory_reader.js';
import { Fault } from '../safety/failsafe.js';
import { type AuthorityReport, authorityOfGroups, whyHolding } from './authority_report.js';
import type { Config } from './config.js';
import { phaseOf } from './controller_loop.js';

const REPORT_MS = 200;
/** How often a change is looked for, ms. */
const WATCH_MS = 20;
/** Heartbeats a second that are read; an operator sends tens. */
const HEARTBEATS = 500;

export class ControllerAuthority {
  readonly #memory: ControlMemory;
  readonly #desk: OperatorDesk;
  readonly #groups: readonly JointGroup[];
  readonly #publisher: Publisher<'std_msgs/msg/String'>;
  readonly #threshold: number | undefined;
  readonly #timers: NodeJS.Timeout[];
  readonly #limiters: readonly RateLimiter[];
  readonly #now: () => number;
  readonly #lifecycle: () => LifecycleState | undefined;
  readonly #row = new Float64Array(AUTHORITY.width);
  #score = Number.NaN;
  #said = '';

  /**
   * @param threshold of the gate's score; absent, nobody scores
   * @param lifecycle of the controller's node
   */
  constructor(
    node: RosNode,
    clock: RosClock,
    config: Config,
    memory: ControlMemory,
    threshold: number | undefined,
    lifecycle: () => LifecycleState,
  ) {
    const { controller, topics, robot, lockstep } = config;
    this.#memory = memory;
    this.#groups = jointGroups(robot);
    // In lock-step nothing is judged by when it arrived.
    this.#now = lockstep ? () => clock.now() : steadyNow;
    // Nor does the node follow its loop there.
    this.#lifecycle = lockstep ? () => undefined : lifecycle;
    this.#desk = new OperatorDesk(memory.operator, {
      groups: this.#groups,
      timeout: lockstep ? Number.POSITIVE_INFINITY : controller.operator.timeout_s,
      priorities: controller.operator.priorities,
    });
    this.#threshold = threshold;
    this.#publisher = node.publisher(topics.authority, 'std_msgs/msg/String', 'latched');

    const heartbeats = new RateLimiter(HEARTBEATS);
    const commands = new RateLimiter(controller.message_rate_hz);
    this.#limiters = [heartbeats, commands];
    const word = 'std_msgs/msg/String';
    node.subscribe(topics.operator_authority, word, 'reliable', ({ data }, at) => {
      if (!heartbeats.admit(at)) return;
      this.#desk.take(data, lockstep ? clock.now() : at);
      this.#tell(false);
    });
    const reader = new TrajectoryReader(robot.joints, 1, topics.operator_command);
    const trajectory = 'trajectory_msgs/msg/JointTrajectory';
    node.subscribeRaw(topics.operator_command, trajectory, 'command', (bytes, at) => {
      if (!commands.admit(at)) return;
      reader.read(bytes);
      const holder = this.#desk.holder?.id;
      if (reader.count !== 1 || holder === undefined || reader.frame !== holder) return;
      const { positions, velocities } = reader;
      memory.operator.setCommand(lockstep ? clock.now() : at, positions, velocities);
    });
    if (this.#threshold !== undefined) {
      const numbers = 'std_msgs/msg/Float64MultiArray';
      node.subscribe(topics.uncertainty, numbers, 'reliable', ({ data }) => {
        const [stamp = Number.NaN, score = Number.NaN] = data;
        if (Number.isNaN(stamp)) throw new SinewError('no stamp', { where: topics.uncertainty });
        this.#score = score;
        memory.operator.setScore(lockstep ? stamp : clock.toSteady(stamp), score);
      });
    }
    node.service('~/resume', 'std_srvs/srv/Trigger', () => this.#resume());
    this.#timers = [
      setInterval(() => node.guard('authority', () => this.#watch()), WATCH_MS),
      setInterval(() => node.guard('authority', () => this.#tell(true)), REPORT_MS),
    ];
  }

  /** Messages that were dropped unread because too many came. */
  get dropped(): number {
    return this.#limiters.reduce((sum, { dropped }) => sum + dropped, 0);
  }

  /** Heartbeats that were old or came again. */
  get replayed(): number {
    return this.#desk.replayed;
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #resume() {
    const { holder } = this.#desk;
    if (holder?.deadman === true) {
      return { success: false, message: `${holder.id} holds the deadman; it may hand back` };
    }
    if (this.mode !== 'hold') return { success: false, message: `mode is ${this.mode}` };
    this.#memory.ask(Request.resume);
    return { success: true, message: 'handed back to the policy' };
  }

  get mode(): AuthorityMode {
    return MODES[Atomics.load(this.#memory.status, Status.mode)] ?? 'hold';
  }

  #watch(): void {
    this.#desk.watch(this.#now());
    this.#tell(false);
  }

  /** Publishes the state of authority; if it is as before, only when told to. */
  #tell(again: boolean): void {
    const text = JSON.stringify(this.#report());
    if (!again && text === this.#said) return;
    this.#said = text;
    this.#publisher.publish({ data: text });
  }

  #report(): AuthorityReport {
    const { status, operator } = this.#memory;
    operator.authority.read(this.#row);
    const faults = Atomics.load(status, Status.faults);
    const mode = this.mode;
    const holder = this.#desk.holder;
    return {
      phase: this.#phase(),
      mode,
      groups: authorityOfGroups(mode, this.#groups, this.#row[AUTHORITY.groups] ?? 0),
      operator: holder?.id ?? null,
      name: holder?.name ?? null,
      deadman: holder?.deadman ?? false,
      refused: this.#desk.refused(this.#now()),
      reason: whyHolding(mode, faults, holder?.name),
      gate: this.#gate(faults),
      epoch: Atomics.load(status, Status.epoch),
    };
  }

  /** The loop's; until the node is inactive as well, and can be activated, it is still stopping. */
  #phase(): Phase {
    const phase = phaseOf(this.#memory);
    const state = this.#lifecycle();
    const behind = state === 'active' || state === 'deactivating';
    return phase === 'inactive' && behind ? 'stopping' : phase;
  }

  #gate(faults: number): AuthorityReport['gate'] {
    if (this.#threshold === undefined) return null;
    const score = Number.isFinite(this.#score) ? this.#score : null;
    return { score, threshold: this.#threshold, asking: (faults & Fault.gateAsks) !== 0 };
  }
}
