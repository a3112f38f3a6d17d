/**
 * An arm of servos on one or more buses: one cycle reads all joints and writes all goals. It holds
 * where it is when commands stop, and when a joint has a fault; torque goes on only when asked to.
 */
import { errorLine, SinewError } from '../../core/error.js';
import type { BusSection, ServoSection } from '../config.js';
import type { JointRanges } from './calibrated_states.js';
import { ServoChain } from './servo_chain.js';
import type { ServoState } from './servo_state.js';

export interface ArmOptions {
  readonly section: ServoSection;
  /** Each bus with the path of its calibration. */
  readonly buses: readonly { readonly bus: BusSection; readonly file: string }[];
  readonly ranges: JointRanges;
  /** Order of all vectors. */
  readonly joints: readonly string[];
}

export class ServoArm {
  /** rad, in the order of `joints`; NaN until a joint was read. */
  readonly positions: Float64Array;
  /** rad/s. */
  readonly velocities: Float64Array;
  /** Share of the stall torque or A; see `ServoModel.loadKind`. */
  readonly loads: Float64Array;
  /** In the order of `joints`. */
  readonly states: readonly ServoState[];

  readonly #goals: Float64Array;
  readonly #chainGoals: readonly Float64Array[];
  readonly #slots: readonly (readonly number[])[];
  #torque = false;
  /** Whether the goals are those of a hold. */
  #holding = true;
  #commandedAt = Number.NEGATIVE_INFINITY;
  #fault = '';

  private constructor(
    readonly options: ArmOptions,
    readonly chains: readonly ServoChain[],
  ) {
    const { joints } = options;
    const all = chains.flatMap((chain) => chain.states);
    this.states = joints.map((joint) => {
      const state = all.find((candidate) => candidate.joint === joint);
      if (state === undefined) throw new SinewError(`no servo for joint "${joint}"`);
      return state;
    });
    this.#slots = chains.map((chain) => chain.states.map(({ joint }) => joints.indexOf(joint)));
    this.#chainGoals = chains.map((chain) => new Float64Array(chain.states.length));
    const vector = () => new Float64Array(joints.length).fill(Number.NaN);
    this.positions = vector();
    this.velocities = vector();
    this.loads = vector();
    this.#goals = vector();
  }

  /**
   * Opens all buses, finds all servos, and prepares them, with torque off.
   *
   * @throws SinewError naming the joint, servo or port
   */
  static async open(options: ArmOptions): Promise<ServoArm> {
    const chains: ServoChain[] = [];
    try {
      for (const { bus, file } of options.buses) {
        const chain = await ServoChain.open(bus, file, options.ranges);
        chains.push(chain);
        await chain.check();
        await chain.torqueOff();
        await chain.prepare();
      }
      const arm = new ServoArm(options, chains);
      await arm.cycle(Number.NEGATIVE_INFINITY);
      return arm;
    } catch (error) {
      await Promise.all(chains.map((chain) => chain.close()));
      throw error;
    }
  }

  get torque(): boolean {
    return this.#torque;
  }

  /** Why the arm holds and takes no command; empty when all is well. */
  get fault(): string {
    return this.#fault;
  }

  /** Whether every port is still there. */
  get connected(): boolean {
    return this.chains.every(({ bus }) => bus.isOpen);
  }

  /**
   * New goals, taken with the next cycle.
   *
   * @param goals rad, in the order of `joints`
   * @param now s, on the clock of `cycle`
   * @throws SinewError for another number of values, or one that is no number
   */
  command(goals: ArrayLike<number>, now: number): void {
    const { joints } = this.options;
    if (goals.length !== joints.length) {
      throw new SinewError(`${goals.length} values in a command`, {
        expected: `${joints.length}, one for each of ${joints.join(', ')}`,
      });
    }
    const odd = joints.findIndex((_, i) => !Number.isFinite(goals[i]));
    if (odd >= 0) throw new SinewError(`no number for joint "${joints[odd]}" in a command`);
    if (!this.#torque || this.#fault !== '') return;
    this.#goals.set(goals);
    this.#commandedAt = now;
    this.#holding = false;
  }

  /**
   * Reads all joints and, with torque on, writes all goals.
   *
   * @param now s, steady
   * @throws SinewError when a port is gone
   */
  async cycle(now: number): Promise<void> {
    await this.read();
    await this.write(now);
  }

  /** Reads all joints. @throws SinewError when a port is gone */
  async read(): Promise<void> {
    await Promise.all(this.chains.map((chain) => chain.read()));
    for (const [i, state] of this.states.entries()) {
      this.positions[i] = state.position;
      this.velocities[i] = state.velocity;
      this.loads[i] = state.load;
    }
  }

  /**
   * With torque on, writes all goals: those of the newest command, or of a hold.
   *
   * @param now s, on the clock of `command`
   * @throws SinewError when a port is gone
   */
  async write(now: number): Promise<void> {
    if (!this.#torque) return;
    this.#judge();
    if (now - this.#commandedAt > this.options.section.command_timeout_s) this.#holdHere();
    await this.#writeGoals();
  }

  /** Switches torque on, each joint where it is. @throws SinewError naming joint and fault */
  async torqueOn(): Promise<void> {
    this.#fault = '';
    try {
      for (const chain of this.chains) await chain.torqueOn();
    } catch (error) {
      await this.torqueOff().catch(() => undefined);
      throw error;
    }
    this.#goals.set(this.positions);
    this.#commandedAt = Number.NEGATIVE_INFINITY;
    this.#holding = true;
    this.#torque = true;
  }

  /** @throws SinewError when a servo did not confirm */
  async torqueOff(): Promise<void> {
    this.#torque = false;
    const results = await Promise.allSettled(this.chains.map((chain) => chain.torqueOff()));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) {
      throw new SinewError(`torque may still be on: ${errorLine(failed.reason)}`, {
        cure: 'cut the power of the arm',
      });
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.chains.map((chain) => chain.close()));
  }

  /** Latches the first fault of a joint; it ends with the next `torqueOn`. */
  #judge(): void {
    if (this.#fault !== '') return;
    const { lost_after } = this.options.section;
    for (const state of this.states) {
      const { joint, id, missed, shadow, shadowMissed } = state;
      const [first] = state.faults;
      if (first !== undefined) this.#fault = `joint ${joint} (${state.servos}): ${first.text}`;
      else if (missed >= lost_after) {
        this.#fault = `joint ${joint}: servo ${id} has not answered for ${missed} cycles`;
      } else if (shadow !== undefined && shadowMissed >= lost_after) {
        this.#fault = `joint ${joint}: servo ${shadow.id} has not answered ${shadowMissed} times`;
      }
      if (this.#fault === '') continue;
      this.#commandedAt = Number.NEGATIVE_INFINITY;
      return;
    }
  }

  /** Freezes the goals where the joints are; once, or gravity would pull the arm down by its error. */
  #holdHere(): void {
    if (this.#holding) return;
    this.#holding = true;
    for (const [i, position] of this.positions.entries()) {
      if (Number.isFinite(position)) this.#goals[i] = position;
    }
  }

  async #writeGoals(): Promise<void> {
    await Promise.all(
      this.chains.map((chain, c) => {
        const goals = this.#chainGoals[c];
        const slots = this.#slots[c];
        if (goals === undefined || slots === undefined) return undefined;
        for (const [i, slot] of slots.entries()) goals[i] = this.#goals[slot] ?? Number.NaN;
        return chain.write(goals);
      }),
    );
  }
}
