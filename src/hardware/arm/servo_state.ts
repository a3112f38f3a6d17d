/** What a bus cycle finds out about each servo, decoded from one block of registers. */
import type { MotorCalibration } from '../calibration/joint_calibration.js';
import type { JointScale } from '../calibration/joint_scale.js';
import { decodeRegister } from '../registers/register.js';
import {
  faultsOf,
  registerOf,
  type ServoFault,
  type ServoModel,
} from '../registers/servo_model.js';

/** A block of registers that is read at once. */
export interface Block {
  readonly address: number;
  readonly length: number;
}

const FAST = ['present_position', 'present_velocity', 'present_load'] as const;
const SLOW = ['present_voltage', 'present_temperature', 'error_status'] as const;

/** Registers that each cycle reads: position, velocity and load. */
export function fastBlock(model: ServoModel): Block {
  return blockOf(model, FAST);
}

/** Registers that are read now and then: voltage, temperature and faults. */
export function slowBlock(model: ServoModel): Block {
  return blockOf(model, SLOW);
}

function blockOf(model: ServoModel, names: readonly string[]): Block {
  const registers = names.map((name) => registerOf(model, name));
  const address = Math.min(...registers.map((register) => register.address));
  const end = Math.max(...registers.map((register) => register.address + register.size));
  return { address, length: end - address };
}

/** The second servo of a joint, which follows the first. */
export interface Shadow {
  readonly id: number;
  readonly calibration: MotorCalibration;
}

export interface StateOptions {
  /** Share of its torque that the servo may use; all by default. */
  readonly share?: number | undefined;
  readonly shadow?: Shadow | undefined;
}

export class ServoState {
  /** rad. */
  position = Number.NaN;
  /** rad/s. */
  velocity = Number.NaN;
  /** Share of the stall torque, or A; see `ServoModel.loadKind`. */
  load = Number.NaN;
  /** V. */
  voltage = Number.NaN;
  /** °C. */
  temperature = Number.NaN;
  /** Cycles in a row without an answer. */
  missed = 0;
  /** The same of the second servo, which is asked less often. */
  shadowMissed = 0;
  /** Share of its torque that the servo may use. */
  readonly torqueLimit: number;
  readonly shadow: Shadow | undefined;

  readonly #fast: Block;
  /** Counts of whole turns that the servo shows beyond the turn of its calibration. */
  #turns = 0;
  #turnsKept = false;
  readonly #slow: Block;
  #faults: readonly ServoFault[] = [];
  #shadowFaults: readonly ServoFault[] = [];

  constructor(
    readonly joint: string,
    readonly id: number,
    readonly model: ServoModel,
    readonly scale: JointScale,
    { share = 1, shadow }: StateOptions = {},
  ) {
    this.#fast = fastBlock(model);
    this.#slow = slowBlock(model);
    this.torqueLimit = share;
    this.shadow = shadow;
  }

  /** Faults of the joint's servos. */
  get faults(): readonly ServoFault[] {
    return this.#shadowFaults.length === 0
      ? this.#faults
      : [...this.#faults, ...this.#shadowFaults];
  }

  /** The servos as a message names them. */
  get servos(): string {
    return this.shadow === undefined ? `servo ${this.id}` : `servo ${this.id} or ${this.shadow.id}`;
  }

  /**
   * The joint's effort by its load, N·m.
   *
   * @param most effort of the joint at full load, N·m, where the servo knows its load as a share
   */
  effort(most: number): number {
    const { loadKind, torquePerAmpere } = this.model;
    return this.load * (loadKind === 'fraction' ? most : torquePerAmpere);
  }

  takeFast(data: Uint8Array): void {
    const value = (name: (typeof FAST)[number]) => this.#value(name, this.#fast, data);
    const shown = value('present_position');
    if (!this.#turnsKept) this.#turns = this.scale.wholeTurns(shown);
    this.position = this.scale.toRadians(shown - this.#turns);
    this.velocity = this.scale.toVelocity(value('present_velocity'));
    this.load = this.scale.toLoad(value('present_load'));
  }

  /**
   * Takes the turn that the servo is in as the one of its calibration, until `freeTurn`: a joint at an
   * end of a whole turn would else be sent round by a count too many.
   *
   * @param shown its present position, counts
   */
  keepTurn(shown: number): void {
    this.#turns = this.scale.wholeTurns(shown);
    this.#turnsKept = true;
  }

  freeTurn(): void {
    this.#turnsKept = false;
  }

  /** The servo's own counts for a goal, rad, within the calibrated range. */
  goalCounts(radians: number): number {
    return this.scale.toCounts(radians) + this.#turns;
  }

  /** The servo's own counts nearest to those that it shows, within the calibrated range. */
  nearestGoal(shown: number): number {
    const { range_min, range_max } = this.scale.calibration;
    return Math.min(range_max, Math.max(range_min, shown - this.#turns)) + this.#turns;
  }

  takeSlow(data: Uint8Array): void {
    const value = (name: (typeof SLOW)[number]) => this.#value(name, this.#slow, data);
    this.voltage = value('present_voltage') * this.model.voltageUnit;
    this.temperature = value('present_temperature');
    this.#faults = faultsOf(this.model, value('error_status'));
  }

  takeShadow(data: Uint8Array): void {
    this.#shadowFaults = faultsOf(this.model, this.#value('error_status', this.#slow, data));
  }

  #value(name: string, block: Block, data: Uint8Array): number {
    const register = registerOf(this.model, name);
    return decodeRegister(register, data, register.address - block.address);
  }
}
