/**
 * Keeps a simulation in step with the steady clock: wakes when something is due, or when asked to
 * catch up (a command has come), and runs the steps that real time has passed.
 */
import { steadyNow } from '../core/clock.js';
import type { Simulation } from './simulation.js';

/** Further behind than this (s), the simulation lets the time go and starts to keep pace anew. */
const MAX_LAG = 0.1;

export class RealTimePacer {
  /** Times at which simulated time fell behind real time and was not caught up. */
  overruns = 0;

  readonly #simulation: Simulation;
  readonly #guard: (action: () => void) => void;
  /** Steady time of step 0 of the world. */
  #origin = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param guard runs the steps and takes care of what they throw */
  constructor(simulation: Simulation, guard: (action: () => void) => void) {
    this.#simulation = simulation;
    this.#guard = guard;
  }

  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** From now on the world's time `time` (s) corresponds to the present. */
  align(time: number): void {
    this.#origin = steadyNow() - time;
  }

  /** Goes on from the world's present time. */
  start(): void {
    this.stop();
    this.align(this.#simulation.world.time);
    this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Steady time (s) at which the world's time was, or will be, `time`. */
  steadyAt(time: number): number {
    return this.#origin + time;
  }

  /** Runs the steps that are due by now. */
  catchUp(): void {
    if (!this.running) return;
    const { world } = this.#simulation;
    const behind = steadyNow() - this.#origin - world.time;
    if (behind > MAX_LAG) {
      this.overruns++;
      this.#origin += behind - world.timestep;
    }
    const steps = Math.floor((steadyNow() - this.#origin) / world.timestep + 1e-6) - world.steps;
    if (steps > 0) this.#simulation.advance(steps);
  }

  #schedule(): void {
    const { world, nextDue } = this.#simulation;
    const wait = this.steadyAt(nextDue * world.timestep) - steadyNow();
    this.#timer = setTimeout(
      () => {
        this.#guard(() => this.catchUp());
        if (this.running) this.#schedule();
      },
      Math.max(0, Math.ceil(wait * 1000)),
    );
  }
}
