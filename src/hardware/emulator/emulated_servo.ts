/**
 * A servo as its registers show it: position control with a motion profile, limits, latched faults,
 * EEPROM that needs unlocking, the bus watchdog. Pure: time is told to it.
 */
import { decodeRegister, encodeRegister } from '../registers/register.js';
import { registerOf, type ServoFault, type ServoModel } from '../registers/servo_model.js';
import { FreeShaft, type ServoBody } from './servo_body.js';
import { wrap, wrapOffset } from './turns.js';

/** The protocol's words for a write that the servo refuses; 0 when it took it. */
export const Refusal = { none: 0, range: 4, access: 7 } as const;

const TURN = 2 * Math.PI;
const AMBIENT = 25;
/** Time constant of warming and cooling, s, and how much hotter full load makes it, K. */
const WARMING = { time: 120, rise: 40 };
/** Value of the bus watchdog once it has triggered. */
const WATCHDOG_TRIGGERED = 255;
/** No-load speed, rad/s, and acceleration, rad/s², where registers do not say less. */
const FASTEST = { velocity: 5, acceleration: 150 };
/** Calibrates the middle when written to torque_enable of a Feetech servo. */
const CENTRE_HERE = 128;
/** Dynamixel's mode of position control over many turns, and its farthest goal, counts. */
const EXTENDED_POSITION = 4;
const MOST_TURNS = 1_048_575;
/** In the other modes a Dynamixel ignores a larger homing offset, counts. */
const MOST_OFFSET = 1024;

export class EmulatedServo {
  readonly memory = new Uint8Array(256);
  /** V. */
  voltage: number;
  /** °C. */
  temperature = AMBIENT;

  readonly #saved = new Uint8Array(256);
  readonly #latched = new Set<ServoFault['name']>();
  #overloadedFor = 0;
  #silentFor = 0;
  /** Where the encoder began to count turns, counts: it knows its place within one only. */
  #countedFrom = 0;

  /** @param eeprom registers that hold something else than in a new servo */
  constructor(
    readonly model: ServoModel,
    id: number,
    public body: ServoBody = new FreeShaft(),
    eeprom: Readonly<Record<string, number>> = {},
  ) {
    const values = { ...model.factory, ...eeprom, id };
    for (const [name, value] of Object.entries(values)) this.#put(name, value);
    this.voltage = (this.get('min_voltage') + this.get('max_voltage')) * 0.5 * model.voltageUnit;
    this.#saved.set(this.memory);
    this.#wake();
  }

  get id(): number {
    return this.get('id');
  }

  /** Whether it obeys writes to that id: its own, or its secondary one. */
  obeys(id: number): boolean {
    return this.id === id || (this.#dynamixel && id < 253 && this.get('secondary_id') === id);
  }

  get torque(): boolean {
    return this.get('torque_enable') === 1;
  }

  /** Whether it answers writes, beside reads and pings. */
  get answersWrites(): boolean {
    return this.#dynamixel
      ? this.get('status_return_level') === 2
      : this.get('response_level') !== 0;
  }

  /** The error byte of its replies. */
  get errorByte(): number {
    const status = this.get('error_status');
    return this.#dynamixel ? (status === 0 ? 0 : 0x80) : status;
  }

  get(name: string): number {
    const register = registerOf(this.model, name);
    return decodeRegister(register, this.memory, register.address);
  }

  /** Puts a value into a register as the servo itself does, without asking for locks. */
  #put(name: string, value: number): void {
    const register = registerOf(this.model, name);
    this.memory.set(encodeRegister(register, value), register.address);
  }

  /**
   * A write from the bus.
   *
   * @returns the refusal, as Dynamixel's error number
   */
  write(address: number, data: Uint8Array): number {
    const end = address + data.length;
    const touched = Object.values(this.model.registers).filter(
      (register) => register.address < end && register.address + register.size > address,
    );
    if (this.#dynamixel) {
      const refusal = this.#refuses(touched, address, data);
      if (refusal !== Refusal.none) return refusal;
    }
    const before = this.torque;
    const mode = this.get('operating_mode');
    for (const register of touched) {
      if (!register.writable) continue;
      for (let i = register.address; i < register.address + register.size; i++) {
        if (i >= address && i < end) this.memory[i] = data[i - address] ?? 0;
      }
      const kept = register.eeprom && (this.#dynamixel || this.get('lock') === 0);
      if (kept)
        this.#saved.set(
          this.memory.subarray(register.address, register.address + register.size),
          register.address,
        );
    }
    this.#react(before);
    if (this.get('operating_mode') !== mode) this.#wake();
    return Refusal.none;
  }

  /** As reboot or a power cut: RAM is lost, EEPROM stays, faults are cleared. */
  powerCycle(): void {
    this.memory.set(this.#saved);
    this.#latched.clear();
    this.#overloadedFor = 0;
    this.#wake();
  }

  /** Notes that a packet came over the bus: the watchdog starts again. */
  heard(): void {
    this.#silentFor = 0;
  }

  /** Makes the servo report a fault of itself, as if it had happened. */
  raise(fault: ServoFault['name']): void {
    this.#latched.add(fault);
    this.#protect();
    this.#show();
  }

  /** Lets `dt` seconds pass. */
  advance(dt: number): void {
    this.drive(dt);
    this.settle(dt);
  }

  /** The first half of `advance`: tells the body what the motor does in the next `dt` seconds. */
  drive(dt: number): void {
    const { resolution, velocityUnit } = this.model;
    this.#watch(dt);
    const goal = this.#clamp(this.get('goal_position'));
    const ahead = ((goal - this.#shown()) / resolution) * TURN;
    const limit = this.#velocityRegister();
    this.body.advance(dt, {
      goal: this.torque ? this.body.position + this.#direction * ahead : undefined,
      velocity: limit === 0 ? FASTEST.velocity : Math.min(FASTEST.velocity, limit * velocityUnit),
      acceleration: FASTEST.acceleration,
      effort: this.#effortShare(),
    });
  }

  /** The other half: what has become of the servo in these `dt` seconds, in its registers. */
  settle(dt: number): void {
    const target = AMBIENT + WARMING.rise * Math.abs(this.body.load);
    if (this.temperature <= AMBIENT + WARMING.rise) {
      this.temperature += ((target - this.temperature) * dt) / (WARMING.time + dt);
    }
    this.#judge(dt);
    this.#show();
  }

  get #dynamixel(): boolean {
    return this.model.protocol.name === 'dynamixel';
  }

  /** −1 for a Dynamixel whose drive mode makes counts run against its shaft. */
  get #direction(): 1 | -1 {
    return this.#dynamixel && (this.get('drive_mode') & 1) === 1 ? -1 : 1;
  }

  /** Share of the stall torque that its registers allow. */
  #effortShare(): number {
    return this.#dynamixel
      ? Math.min(1, Math.abs(this.get('goal_pwm')) / this.get('pwm_limit'))
      : Math.min(1, this.get('torque_limit') / 1000);
  }

  #velocityRegister(): number {
    return Math.abs(this.get(this.#dynamixel ? 'profile_velocity' : 'goal_velocity'));
  }

  #clamp(goal: number): number {
    if (this.#countsTurns) return Math.min(MOST_TURNS, Math.max(-MOST_TURNS, goal));
    const [min, max] = [this.get('min_position'), this.get('max_position')];
    // Both 0 means without limits (Feetech's multi-turn mode).
    return min === 0 && max === 0 ? goal : Math.min(max, Math.max(min, goal));
  }

  #refuses(
    touched: readonly { name: string; eeprom: boolean; writable: boolean }[],
    address: number,
    data: Uint8Array,
  ): number {
    if (touched.some(({ writable }) => !writable)) return Refusal.access;
    if (this.torque && touched.some(({ eeprom }) => eeprom)) return Refusal.access;
    const goal = registerOf(this.model, 'goal_position');
    if (touched.some(({ name }) => name === 'goal_position') && address <= goal.address) {
      if (this.get('bus_watchdog') === WATCHDOG_TRIGGERED) return Refusal.range;
      const value = decodeRegister(goal, data, goal.address - address);
      if (value !== this.#clamp(value)) return Refusal.range;
    }
    const torqueOn = touched.some(({ name }) => name === 'torque_enable') && data[0] === 1;
    return torqueOn && this.#latched.size > 0 ? Refusal.access : Refusal.none;
  }

  /** What a write sets going. */
  #react(torqueBefore: boolean): void {
    if (!this.#dynamixel && this.get('torque_enable') === CENTRE_HERE) {
      this.#put('torque_enable', torqueBefore ? 1 : 0);
      const raw = Math.round(wrap(this.#encoder(), this.model.resolution)) % this.model.resolution;
      this.#put('homing_offset', wrapOffset(raw - this.model.resolution / 2));
      this.#show();
    }
    if (this.torque && !torqueBefore) {
      // A Feetech servo forgets its faults when its torque is switched on again.
      if (!this.#dynamixel) this.#latched.clear();
      this.#overloadedFor = 0;
    }
    this.#show();
  }

  #watch(dt: number): void {
    if (!this.#dynamixel) return;
    const limit = this.get('bus_watchdog');
    if (limit === 0 || limit === WATCHDOG_TRIGGERED) return;
    this.#silentFor += dt;
    if (this.#silentFor < limit * 0.02) return;
    this.#put('bus_watchdog', WATCHDOG_TRIGGERED);
    this.#put('goal_position', this.get('present_position'));
  }

  /** Latches the faults that the state of the servo amounts to. */
  #judge(dt: number): void {
    const { voltageUnit } = this.model;
    const counts = this.voltage / voltageUnit;
    const live = counts < this.get('min_voltage') || counts > this.get('max_voltage');
    if (live) this.#latched.add('voltage');
    else if (!this.#dynamixel) this.#latched.delete('voltage');
    if (this.temperature > this.get('max_temperature')) this.#latched.add('overheat');
    const overloaded = this.torque && Math.abs(this.body.load) > 0.8;
    this.#overloadedFor = overloaded ? this.#overloadedFor + dt : 0;
    if (this.#overloadedFor > 2) this.#latched.add('overload');
    this.#protect();
  }

  /** A servo with a fault lets go; Dynamixel's `shutdown` leaves voltage out. */
  #protect(): void {
    const grave = [...this.#latched].some((name) => name !== 'voltage');
    if (grave && this.torque) this.#put('torque_enable', 0);
  }

  /** Counts of the bare encoder, not rounded, and not begun anew after a turn. */
  #encoder(): number {
    return ((this.#direction * this.body.position) / TURN) * this.model.resolution;
  }

  get #countsTurns(): boolean {
    return this.#dynamixel && this.get('operating_mode') === EXTENDED_POSITION;
  }

  /** As after power has come, or another mode: turns are counted from this one, nothing moves. */
  #wake(): void {
    const { resolution } = this.model;
    this.#countedFrom = Math.floor(this.#encoder() / resolution) * resolution;
    this.#show();
    this.#put('goal_position', this.get('present_position'));
  }

  /** The position that it controls: as the register shows it, but not rounded. */
  #shown(): number {
    const { resolution, homingSign } = this.model;
    const offset = homingSign * this.get('homing_offset');
    if (!this.#dynamixel) return wrap(this.#encoder() + offset, resolution);
    if (this.#countsTurns) return this.#encoder() - this.#countedFrom + offset;
    return wrap(this.#encoder(), resolution) + (Math.abs(offset) <= MOST_OFFSET ? offset : 0);
  }

  /** Brings the registers that show something up to date. */
  #show(): void {
    const { model, body } = this;
    const { resolution } = model;
    const shown = Math.round(this.#shown());
    this.#put('present_position', this.#dynamixel ? shown : shown % resolution);
    const clamped = (value: number, most: number) =>
      Math.round(Math.min(most, Math.max(-most, value)));
    this.#put(
      'present_velocity',
      clamped((this.#direction * body.velocity) / model.velocityUnit, 32_000),
    );
    const loadUnit = model.loadKind === 'current' ? model.loadUnit : 0.001;
    this.#put('present_load', clamped((this.#direction * body.load) / loadUnit, 1000));
    this.#put('present_voltage', Math.round(this.voltage / model.voltageUnit));
    this.#put('present_temperature', Math.round(this.temperature));
    this.#put('moving', Math.abs(body.velocity) > 0.02 ? 1 : 0);
    const status = model.faults
      .filter(({ name }) => this.#latched.has(name))
      .reduce((bits, { bit }) => bits | (1 << bit), 0);
    this.#put('error_status', status);
  }
}
