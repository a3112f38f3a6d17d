/**
 * Joints of the simulated world as what emulated servos move: registers above, physics below. The
 * world's motor is the servo's own position loop; its target runs ahead along the servo's profile.
 */
import type { ServoState } from '../hardware/arm/servo_state.js';
import { shaftAngle } from '../hardware/emulator/calibrated_bus.js';
import type { EmulatedBus } from '../hardware/emulator/emulated_bus.js';
import { type Drive, FreeShaft, type ServoBody } from '../hardware/emulator/servo_body.js';
import type { World } from './world.js';

/** One joint as the shaft of its servo. */
export class JointShaft implements ServoBody {
  readonly #world: World;
  readonly #joint: number;
  /** rad of the shaft at joint position 0, and its turn for each rad of the joint: 1 or −1. */
  readonly #zero: number;
  readonly #sign: number;
  /** Where the profile stands; undefined with torque off. */
  #profile: FreeShaft | undefined;

  /** @throws RangeError when the world has no such joint */
  constructor(world: World, state: ServoState) {
    this.#world = world;
    this.#joint = world.jointNames.indexOf(state.joint);
    if (this.#joint < 0) throw new RangeError(`the world has no joint "${state.joint}"`);
    this.#zero = shaftAngle(state, 0);
    this.#sign = Math.sign(shaftAngle(state, 1) - this.#zero);
  }

  get position(): number {
    return this.#zero + this.#sign * (this.#world.positions[this.#joint] ?? Number.NaN);
  }

  get velocity(): number {
    return this.#sign * (this.#world.velocities[this.#joint] ?? Number.NaN);
  }

  get load(): number {
    const force = this.#world.efforts[this.#joint] ?? Number.NaN;
    return (this.#sign * force) / this.#world.strength(this.#joint);
  }

  /** Tells the motor what to do in the world's next step, which lasts `dt`. */
  advance(dt: number, drive: Drive): void {
    if (drive.goal === undefined) {
      this.#profile = undefined;
      this.#world.driveJoint(this.#joint, this.#world.positions[this.#joint] ?? 0, 0);
      return;
    }
    this.#profile ??= new FreeShaft(this.position);
    this.#profile.advance(dt, drive);
    const target = this.#sign * (this.#profile.position - this.#zero);
    this.#world.driveJoint(this.#joint, target, drive.effort);
  }
}

/** The servos of an arm in the world, all buses together. */
export class ServoShafts {
  constructor(readonly buses: readonly EmulatedBus[]) {}

  /** Lets the servos drive the world through its next step, which `step` takes. */
  step(dt: number, step: () => void): void {
    for (const { servos } of this.buses) for (const servo of servos) servo.drive(dt);
    step();
    this.settle(dt);
  }

  /** Brings the registers up to date after the world has changed. */
  settle(dt: number): void {
    for (const { servos } of this.buses) for (const servo of servos) servo.settle(dt);
  }

  /** Servos with torque on. */
  get torque(): number {
    return this.buses.flatMap(({ servos }) => servos).filter(({ torque }) => torque).length;
  }
}
