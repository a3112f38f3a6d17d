/** What the drivers need to know of a kind of servo. */
import type { WireProtocol } from '../protocol/packet.js';
import type { Register } from './register.js';

/** Registers that every servo here has, whatever its protocol. */
export type CommonRegister =
  | 'model_number'
  | 'firmware'
  | 'id'
  | 'baud_rate'
  | 'return_delay'
  | 'operating_mode'
  | 'homing_offset'
  | 'min_position'
  | 'max_position'
  | 'max_temperature'
  | 'max_voltage'
  | 'min_voltage'
  | 'torque_enable'
  | 'goal_position'
  | 'present_position'
  | 'present_velocity'
  | 'present_load'
  | 'present_voltage'
  | 'present_temperature'
  | 'error_status'
  | 'moving';

/** A fault that a servo reports of itself. */
export interface ServoFault {
  /** Bit of the error status register. */
  readonly bit: number;
  readonly name: 'voltage' | 'sensor' | 'overheat' | 'overcurrent' | 'shock' | 'overload';
  /** What happened, and what to do about it. */
  readonly text: string;
}

export interface ServoModel {
  /** As in LeRobot's settings: `sts3215`. */
  readonly name: string;
  /** Value of the register `model_number`. */
  readonly number: number;
  readonly protocol: WireProtocol;
  readonly registers: Readonly<Record<CommonRegister, Register>> &
    Readonly<Record<string, Register>>;
  /** Position counts of a turn. */
  readonly resolution: number;
  /** rad/s of one count of velocity. */
  readonly velocityUnit: number;
  /** Fraction of the stall torque (or A, where `present_load` is a current) of one count. */
  readonly loadUnit: number;
  readonly loadKind: 'fraction' | 'current';
  /** N·m for each A of load, where it is a current: stall torque over stall current; else 0. */
  readonly torquePerAmpere: number;
  /** The RAM register that bounds the motor's effort, and its value for all of it. */
  readonly fullEffort: { readonly register: string; readonly value: number };
  /** V of one count. */
  readonly voltageUnit: number;
  /** s of one count of `return_delay`. */
  readonly returnDelayUnit: number;
  /** Present position = turn of the shaft `+ sign · homing_offset`. */
  readonly homingSign: 1 | -1;
  /** Baud rate by value of `baud_rate`. */
  readonly baudRates: ReadonlyMap<number, number>;
  readonly factoryBaud: number;
  /** Value of `operating_mode` for position control. */
  readonly positionMode: number;
  /** Whether positions go on counting from turn to turn in that mode, else they begin anew. */
  readonly countsTurns: boolean;
  readonly faults: readonly ServoFault[];
  /** Values of a new servo, by register; 0 where absent. */
  readonly factory: Readonly<Record<string, number>>;
}

/**
 * The register of that name.
 *
 * @throws RangeError for a name that the model lacks: names come from the program, not from users
 */
export function registerOf(model: ServoModel, name: string): Register {
  const register = model.registers[name];
  if (register === undefined) throw new RangeError(`${model.name} has no register ${name}`);
  return register;
}

/** The faults of a value of `error_status`. */
export function faultsOf(model: ServoModel, status: number): ServoFault[] {
  return model.faults.filter(({ bit }) => (status >> bit) & 1);
}
