/**
 * ROS time of the simulated world. With simulated time it is the clock that the simulator publishes,
 * which goes on over resets; else the wall clock's reading of the instant that a step is due at.
 */
import { steadyNow } from '../core/clock.js';
import type { RosClock } from '../ros/clock.js';
import type { RealTimePacer } from '../simulation/real_time_pacer.js';

/** Simulated time starts here (s), because a stamp of 0 means "none" in ROS. */
const FIRST_SIM_TIME = 1;

export class SimulatorTime {
  readonly #clock: RosClock;
  readonly #simulated: boolean;
  /** ROS time at the world's time 0. */
  #base = FIRST_SIM_TIME;
  #last = Number.NEGATIVE_INFINITY;

  /** @param clock the wall clock */
  constructor(clock: RosClock, simulated: boolean) {
    this.#clock = clock;
    this.#simulated = simulated;
  }

  /**
   * The stamp of the world's time `time` (s), which is now.
   *
   * @param pacer what keeps pace with real time, if anything does
   */
  stamp(time: number, pacer?: RealTimePacer): number {
    if (!this.#simulated) {
      const wall = this.#clock.now();
      const base = pacer?.running ? wall + pacer.steadyAt(0) - steadyNow() : this.#base;
      this.#base = base;
    }
    this.#last = this.#base + time;
    return this.#last;
  }

  /** Before a span of steps that is not in real time: it begins at the present, or after the last. */
  beginSpan(time: number): void {
    if (!this.#simulated) this.#base = Math.max(this.#clock.now(), this.#last) - time;
  }

  /** The world's time goes back to 0. */
  restart(timestep: number): void {
    if (!this.#simulated) this.#base = this.#clock.now();
    else if (Number.isFinite(this.#last)) this.#base = this.#last + timestep;
  }
}
