/**
 * A gamepad at this computer as an operator: its left shoulder button is the deadman, sticks move the
 * tool, triggers the gripper, and one button is the e-stop. One that is unplugged lets go.
 */
import type { Logger } from 'pino';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import type { GamepadConfig, PadButton, TeleopConfig } from '../teleop/config.js';
import { Gamepads, type PadAxis } from '../teleop/gamepad.js';
import type { TeleopCore } from '../teleop/teleop_core.js';
import type { Config } from './config.js';
import { OperatorHeartbeat } from './teleop_heartbeat.js';

const ID = 'gamepad';

export class GamepadVoice {
  readonly #heartbeat: OperatorHeartbeat;
  readonly #eStop: Publisher<'std_msgs/msg/Bool'>;
  readonly #settings: GamepadConfig;
  readonly #teleop: TeleopConfig;
  readonly #core: TeleopCore;
  readonly #log: Logger;
  readonly #joints: readonly string[];
  readonly #gripper: readonly string[];
  readonly #pads: Gamepads;
  #name: string | undefined;
  #unknown: string | undefined;
  /** Whether the deadman has been seen released since the pad is there: only then it counts. */
  #ready = false;

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
    this.#heartbeat = new OperatorHeartbeat(node, config, ID, 'local gamepad');
    this.#eStop = node.publisher(topics.e_stop, 'std_msgs/msg/Bool', 'reliable');
    this.#pads = new Gamepads(parts.gamepad.library);
  }

  /** Of the gamepad in use; undefined without one. */
  get name(): string | undefined {
    return this.#name;
  }

  /** To be called in every tick of the teleop process, with the steady time in s. */
  step(now: number): void {
    this.#pads.poll();
    this.#notice();
    const { deadman, e_stop: eStop, hand_back: handBack } = this.#settings.buttons;
    const held = this.#pads.held(deadman);
    this.#ready ||= this.#name !== undefined && !held;
    if (this.#pads.pressed(eStop)) this.#eStop.publish({ data: true });
    if (this.#pads.pressed(handBack) && !held) this.#heartbeat.handBack();
    const commands = held && this.#ready;
    this.#heartbeat.speak(commands, now);
    if (commands) this.#move(now);
  }

  close(): void {
    this.#pads.close();
  }

  #notice(): void {
    const { name, unknown } = this.#pads;
    if (name !== this.#name) {
      if (name === undefined) this.#log.warn(`the gamepad is gone: ${this.#name}`);
      else this.#log.info(`gamepad: ${name}`);
      this.#ready = false;
    }
    if (unknown !== undefined && unknown !== this.#unknown) {
      const cure = 'describe them in SDL_GAMECONTROLLERCONFIG';
      this.#log.warn(`the buttons of "${unknown}" are not known: ${cure}`);
    }
    this.#name = name;
    this.#unknown = unknown;
  }

  #move(now: number): void {
    const { dead_zone: zone, speed, frame } = this.#settings;
    const stick = (axis: PadAxis) => shaped(this.#pads.axis(axis), zone) * speed;
    const pair = (plus: PadButton, minus: PadButton) =>
      (Number(this.#pads.held(plus)) - Number(this.#pads.held(minus))) * speed;
    const { linear_speed_m_s: metres, angular_speed_rad_s: turns } = this.#teleop;
    const twist = [
      -stick('left_y') * metres,
      -stick('left_x') * metres,
      -stick('right_y') * metres,
      pair('dpad_right', 'dpad_left') * turns,
      pair('dpad_up', 'dpad_down') * turns,
      -stick('right_x') * turns,
    ];
    const grip = this.#pads.axis('right_trigger') - this.#pads.axis('left_trigger');
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
