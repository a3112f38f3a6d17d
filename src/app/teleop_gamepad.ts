/**
 * A gamepad at this computer as an operator: its left shoulder button is the deadman, sticks move the
 * tool, triggers the gripper, and one button is the e-stop. One that is unplugged lets go.
 */
import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import { errorLine } from '../core/error.js';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import type { GamepadConfig, TeleopConfig } from '../teleop/config.js';
import { Joystick } from '../teleop/joystick.js';
import type { TeleopCore } from '../teleop/teleop_core.js';
import type { Config } from './config.js';

const ID = 'gamepad';
const PERIOD_S = 0.05;
/** Between two looks for a gamepad that is not there, s. */
const RETRY_S = 1;

export class GamepadVoice {
  readonly #authority: Publisher<'std_msgs/msg/String'>;
  readonly #eStop: Publisher<'std_msgs/msg/Bool'>;
  readonly #settings: GamepadConfig;
  readonly #teleop: TeleopConfig;
  readonly #core: TeleopCore;
  readonly #log: Logger;
  readonly #joints: readonly string[];
  readonly #gripper: readonly string[];
  #joystick: Joystick | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #complained = false;
  #seq = Date.now();
  #spokeAt = Number.NEGATIVE_INFINITY;
  #held = false;
  #stopped = false;
  #backed = false;

  constructor(
    node: RosNode,
    config: Config,
    core: TeleopCore,
    log: Logger,
    parts: {
      readonly teleop: TeleopConfig;
      readonly gamepad: GamepadConfig;
    },
  ) {
    const { topics, robot } = config;
    this.#core = core;
    this.#log = log;
    this.#teleop = parts.teleop;
    this.#settings = parts.gamepad;
    this.#joints = robot.joints;
    this.#gripper = robot.groups['gripper'] ?? [];
    this.#authority = node.publisher(topics.operator_authority, 'std_msgs/msg/String', 'reliable');
    this.#eStop = node.publisher(topics.e_stop, 'std_msgs/msg/Bool', 'reliable');
  }

  get connected(): boolean {
    return this.#joystick !== undefined;
  }

  /** To be called in every tick of the teleop process, with the steady time in s. */
  step(now: number): void {
    const pad = this.#pad(now);
    const button = (number: number) => pad?.buttons[number] === 1;
    const { deadman, e_stop: eStop, hand_back: handBack } = this.#settings.buttons;
    const [stop, back] = [button(eStop), button(handBack)];
    if (stop && !this.#stopped) this.#eStop.publish({ data: true });
    if (back && !this.#backed && !button(deadman)) this.#beat(false, 'policy');
    this.#stopped = stop;
    this.#backed = back;
    this.#speak(button(deadman), now);
    if (pad !== undefined && this.#held) this.#move(pad, now);
  }

  close(): void {
    this.#joystick?.close();
  }

  #pad(now: number): Joystick | undefined {
    if (this.#joystick === undefined) this.#open(now);
    if (this.#joystick?.poll() === false) {
      this.#log.warn(`the gamepad at ${this.#settings.device} is gone`);
      this.#joystick.close();
      this.#joystick = undefined;
    }
    return this.#joystick;
  }

  #open(now: number): void {
    const { device } = this.#settings;
    if (now - this.#triedAt < RETRY_S || !existsSync(device)) return;
    this.#triedAt = now;
    try {
      this.#joystick = new Joystick(device);
      this.#complained = false;
      this.#log.info(`gamepad at ${device}`);
    } catch (error) {
      if (!this.#complained) this.#log.warn(`gamepad: ${errorLine(error)}`);
      this.#complained = true;
    }
  }

  #speak(held: boolean, now: number): void {
    const changed = held !== this.#held;
    this.#held = held;
    if (!changed && (!held || now - this.#spokeAt < PERIOD_S)) return;
    this.#spokeAt = now;
    this.#beat(held, held ? 'operator' : 'hold');
  }

  #beat(deadman: boolean, mode: string): void {
    const beat = { operator: ID, name: 'local gamepad', seq: this.#seq++, deadman, mode };
    this.#authority.publish({ data: JSON.stringify(beat) });
  }

  #move({ axes }: Joystick, now: number): void {
    const { axes: numbers, dead_zone: zone, speed, frame } = this.#settings;
    const stick = (number: number) => shaped(axes[number] ?? 0, zone) * speed;
    const { linear_speed_m_s: metres, angular_speed_rad_s: turns } = this.#teleop;
    const twist = [
      -stick(numbers.left_y) * metres,
      -stick(numbers.left_x) * metres,
      -stick(numbers.right_y) * metres,
      ...[0, 0, -stick(numbers.right_x) * turns],
    ];
    // A trigger at rest is at −1; before it has moved, the driver may say 0.
    const pull = (number: number) => Math.max(0, axes[number] ?? 0);
    const grip = pull(numbers.right_trigger) - pull(numbers.left_trigger);
    if (grip === 0) {
      this.#core.twistJog(ID, { frame, twist }, now);
      return;
    }
    const rate = grip * speed * this.#teleop.joint_speed_rad_s;
    const rates = this.#joints.map((joint) => (this.#gripper.includes(joint) ? rate : 0));
    this.#core.jointJog(ID, Float64Array.from(rates), now);
  }
}

/** A stick's travel without its dead zone, finer near the middle. */
function shaped(value: number, zone: number): number {
  const size = Math.abs(value);
  return size <= zone ? 0 : Math.sign(value) * ((size - zone) / (1 - zone)) ** 1.5;
}
