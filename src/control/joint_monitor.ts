/** The tick's view of the joint states: the newest one, its age, and whether the arm has jumped. */
import { at } from '../core/vector.js';
import type { FilterLimits } from '../safety/limits.js';
import { Watchdog } from '../safety/watchdog.js';
import { type ControlMemory, JOINT_STATE_HEAD } from './control_memory.js';

/** A joint may be measured this many times faster than its limit before that counts as a jump. */
const SPEED_MARGIN = 2;

export class JointMonitor {
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  /** N m; NaN where it is not measured. */
  readonly effort: Float64Array;
  readonly watchdog = new Watchdog(0.2);
  /** Whether the last `read` found a joint where it cannot have moved to. */
  jumped = false;
  readonly #memory: ControlMemory;
  readonly #limits: readonly FilterLimits[];
  readonly #jump: number;
  readonly #row: Float64Array;
  #generation = 0;
  #received = Number.NaN;

  /** @param jump rad that a joint may be off what its speed allows */
  constructor(memory: ControlMemory, limits: readonly FilterLimits[], jump: number) {
    this.#memory = memory;
    this.#limits = limits;
    this.#jump = jump;
    this.#row = new Float64Array(memory.jointState.length);
    this.position = new Float64Array(memory.joints).fill(Number.NaN);
    this.velocity = new Float64Array(memory.joints);
    this.effort = new Float64Array(memory.joints).fill(Number.NaN);
  }

  /** Time of arrival of the newest state; NaN before the first. */
  get received(): number {
    return this.#received;
  }

  /** Judges from the present state on: what came before an activation does not count. */
  restart(): void {
    this.jumped = false;
    this.watchdog.clear();
    this.watchdog.feed(this.#received);
  }

  /** Takes over the newest joint state, if there is a new one. */
  read(): void {
    this.jumped = false;
    if (this.#memory.jointState.generation === this.#generation) return;
    const generation = this.#memory.jointState.read(this.#row);
    if (generation < 0) return;
    this.#generation = generation;
    const received = at(this.#row, 1);
    const elapsed = Math.max(0, received - this.#received);
    const joints = this.#limits.length;
    for (let i = 0; i < joints; i++) {
      const position = at(this.#row, JOINT_STATE_HEAD + i);
      const speed = (this.#limits[i] as FilterLimits).velocity;
      const reach = SPEED_MARGIN * speed * elapsed + this.#jump;
      if (Math.abs(position - at(this.position, i)) > reach) this.jumped = true;
      this.position[i] = position;
      this.velocity[i] = at(this.#row, JOINT_STATE_HEAD + joints + i);
      this.effort[i] = at(this.#row, JOINT_STATE_HEAD + 2 * joints + i);
    }
    this.#received = received;
    this.watchdog.feed(received);
  }
}
