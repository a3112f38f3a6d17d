/**
 * The test's own ROS node in a domain of its own, the processes under test beside it, and a record
 * of what these publish. Everything is waited for by condition; `close` leaves nothing behind.
 */
import { RosClock } from '../../src/ros/clock.js';
import { diagnosticValues } from '../../src/ros/diagnostics.js';
import type { DiagnosticStatus, JointState, JointTrajectory } from '../../src/ros/message_types.js';
import { RemoteNode } from '../../src/ros/remote_node.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { Child, ROOT, sinew } from './child.js';
import { type Domain, reserveDomain } from './domain.js';
import { ATTEMPT_S, until } from './until.js';

export const JOINTS = [
  'shoulder_pan',
  'shoulder_lift',
  'elbow_flex',
  'wrist_flex',
  'wrist_roll',
  'gripper',
];
export const SETUP = `${ROOT}/test/integration/setup.yaml`;
export const COMMAND_TOPIC = '/forward_position_controller/commands';
/** Of a reader that must miss nothing although its process may be held up for seconds. */
const EVERYTHING = { depth: 2000, reliable: true, latched: false };
const NEWEST = { depth: 2000, reliable: false, latched: false };

export type ProcessName = 'simulator' | 'policy' | 'controller';
export type Row = Record<string, string | number>;

export class Harness {
  readonly clock: RosClock;
  readonly children: Child[] = [];
  /** All that was heard, oldest first. */
  readonly commands: Float64Array[] = [];
  readonly chunks: JointTrajectory[] = [];
  readonly jointStates: JointState[] = [];
  /** ROS times (s) of the controller's ticks. */
  readonly ticks: number[] = [];
  readonly health = new Map<string, DiagnosticStatus>();
  readonly simulator: RemoteNode;
  readonly policy: RemoteNode;
  readonly controller: RemoteNode;

  private constructor(
    readonly node: RosNode,
    readonly domain: Domain,
  ) {
    this.clock = new RosClock(node);
    this.simulator = new RemoteNode(node, '/simulator');
    this.policy = new RemoteNode(node, '/policy');
    this.controller = new RemoteNode(node, '/controller');
    // Early: a server that has not yet found a client drops its answer.
    for (const { name } of [this.policy, this.controller]) {
      node.client(`${name}/change_state`, 'lifecycle_msgs/srv/ChangeState');
    }
    node.client('/controller/reset', 'std_srvs/srv/Trigger');
    node.client('/simulator/reset', 'std_srvs/srv/Trigger');
    const numbers = 'std_msgs/msg/Float64MultiArray';
    node.subscribe(COMMAND_TOPIC, numbers, EVERYTHING, ({ data }) => this.commands.push(data));
    node.subscribe('/controller/telemetry', numbers, EVERYTHING, ({ data }) => {
      for (let i = 0; i < data.length; i += 5) this.ticks.push(data[i] ?? Number.NaN);
    });
    const chunk = 'trajectory_msgs/msg/JointTrajectory';
    node.subscribe('/action_chunk', chunk, EVERYTHING, (message) => this.chunks.push(message));
    const state = 'sensor_msgs/msg/JointState';
    node.subscribe('/joint_states', state, NEWEST, (message) => this.jointStates.push(message));
    const diagnostics = 'diagnostic_msgs/msg/DiagnosticArray';
    node.subscribe('/diagnostics', diagnostics, EVERYTHING, ({ status }) => {
      for (const line of status) this.health.set(line.name, line);
    });
  }

  static async open(): Promise<Harness> {
    const domain = await reserveDomain();
    const node = await RosNode.create({
      name: `harness_${domain.id}`,
      domainId: domain.id,
      onError: () => {},
    });
    return new Harness(node, domain);
  }

  /** Starts one process of the test set-up, with `key=value` put over it. */
  launch(name: ProcessName, ...set: string[]): Child {
    const script = `${ROOT}/dist/app/${name}.js`;
    const overrides = set.flatMap((value) => ['--set', value]);
    return this.#add(new Child(name, [script, '--config', SETUP, ...overrides], this.env));
  }

  /** Runs `sinew` in this domain. */
  run(...args: string[]): Child {
    return this.#add(sinew(args, this.env));
  }

  get env(): Record<string, string> {
    return { ROS_DOMAIN_ID: String(this.domain.id) };
  }

  /** Position of a joint by the newest command or, before the first, the newest joint state. */
  commanded(joint: string): number {
    return this.commands.at(-1)?.[JOINTS.indexOf(joint)] ?? Number.NaN;
  }

  /** True when the last `count` commands are all the same. */
  resting(count = 30): boolean {
    const last = this.commands.slice(-count);
    return last.length === count && last.every((row) => row.every((q, j) => q === last[0]?.[j]));
  }

  /** Joint velocities (rad/s) of the newest joint state. */
  speed(): number {
    return Math.max(...[...(this.jointStates.at(-1)?.velocity ?? [Number.NaN])].map(Math.abs));
  }

  /** Waits until the node's lifecycle has reached a state. */
  reached(node: RemoteNode, ...goals: string[]): Promise<void> {
    const what = `${node.name} ${goals.join(' or ')}`;
    return this.until(
      async () => goals.includes(await node.state(ATTEMPT_S).catch(() => '')),
      what,
    );
  }

  /** Activates as soon as the node is ready to be. */
  async activate(node: RemoteNode): Promise<void> {
    await this.until(async () => {
      await node.change('activate', ATTEMPT_S).catch(() => {});
      return (await node.state(ATTEMPT_S).catch(() => '')) === 'active';
    }, `${node.name} active`);
  }

  /** Figures and message of a line of /diagnostics that was published after this call. */
  async diagnosis(name: string): Promise<Row> {
    this.health.delete(name);
    await this.until(() => this.health.has(name), `diagnostics of ${name}`);
    const status = this.health.get(name);
    return status === undefined ? {} : { message: status.message, ...diagnosticValues(status) };
  }

  /** Waits until a line of /diagnostics has a message or figure that matches. */
  async diagnosed(name: string, key: string, pattern: RegExp): Promise<void> {
    this.health.delete(name);
    const found = () => {
      const status = this.health.get(name);
      if (status === undefined) return false;
      return pattern.test(String({ message: status.message, ...diagnosticValues(status) }[key]));
    };
    await this.until(found, `"${name}" with ${key} ${pattern}`);
  }

  /** Resolves when those who command are gone and what they sent last has come. */
  async heardAll(): Promise<void> {
    await this.until(
      () => this.node.publisherCount(COMMAND_TOPIC) === 0,
      'the end of all commands',
    );
    let heard = -1;
    let quiet = 0;
    await this.until(() => {
      const now = this.commands.length + this.chunks.length;
      quiet = now === heard ? quiet + 1 : 0;
      heard = now;
      return quiet > 100;
    }, 'silence');
  }

  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    return until(condition, what, () => this.log);
  }

  /** What the processes and /diagnostics said last, for a test that failed. */
  get log(): string {
    const health = [...this.health.values()].map(({ name, message }) => `${name}: ${message}`);
    const lines = this.children.flatMap(({ name, lines, end }) => [
      ...lines.slice(-12).map((line) => `[${name}] ${line}`),
      ...(end === undefined ? [] : [`[${name}] ended: ${JSON.stringify(end)}`]),
    ]);
    return [...lines, ...health].join('\n');
  }

  /** Kills whatever still runs and leaves the graph. */
  async close(): Promise<void> {
    await Promise.all(this.children.map((child) => child.destroy()));
    await this.node.close();
    await this.domain.release();
  }

  #add(child: Child): Child {
    this.children.push(child);
    return child;
  }
}
