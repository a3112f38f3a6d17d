/**
 * Between the commands that arrive and the servos: follows the newest command by time, and when
 * commands stay away brings the set-points to rest at a limited deceleration and holds them there.
 * Pure: time comes in as a number.
 */
import { SinewError } from '../core/error.js';

export type WatchdogState = 'following' | 'stopping' | 'holding';

export interface WatchdogOptions {
  /** Silence after which the arm stops, s. */
  readonly timeout: number;
  /** Deceleration of the stop, rad/s². */
  readonly deceleration: number;
}

export class CommandWatchdog {
  readonly #joints: readonly string[];
  readonly #options: WatchdogOptions;
  readonly #setPoint: Float64Array;
  readonly #velocity: Float64Array;
  readonly #start: Float64Array;
  #positions: Float64Array = new Float64Array(0);
  #times: Float64Array = new Float64Array(0);
  #count = 0;
  /** When the newest command came; −∞ before the first. */
  #commandedAt = Number.NEGATIVE_INFINITY;
  #now = 0;
  #state: WatchdogState = 'holding';

  constructor(joints: readonly string[], options: WatchdogOptions) {
    this.#joints = joints;
    this.#options = options;
    this.#setPoint = new Float64Array(joints.length);
    this.#velocity = new Float64Array(joints.length);
    this.#start = new Float64Array(joints.length);
  }

  get state(): WatchdogState {
    return this.#state;
  }

  /** Seconds since the newest command; Infinity before the first. */
  get age(): number {
    return this.#now - this.#commandedAt;
  }

  /** Forgets all commands and holds at `q` (rad) from time `now` (s) on. */
  reset(q: ArrayLike<number>, now: number): void {
    this.#setPoint.set(q);
    this.#velocity.fill(0);
    this.#count = 0;
    this.#commandedAt = Number.NEGATIVE_INFINITY;
    this.#now = now;
    this.#state = 'holding';
  }

  /**
   * Takes a command that replaces the one before: positions to be passed at given times, the way to
   * the first beginning at the present set-point.
   *
   * @param positions rad, point by point, joint by joint
   * @param times s after `now`, increasing; points at or before 0 are taken at once
   * @throws SinewError when a position is not finite; the command before stays in force then
   */
  command(positions: Float64Array, times: Float64Array, count: number, now: number): void {
    const width = this.#joints.length;
    for (let i = 0; i < count * width; i++) {
      if (Number.isFinite(positions[i])) continue;
      throw new SinewError(
        `position of joint "${this.#joints[i % width]}" in a command is ${positions[i]}`,
        { where: 'simulator', expected: 'a finite number' },
      );
    }
    if (this.#positions.length < count * width) this.#positions = new Float64Array(count * width);
    if (this.#times.length < count) this.#times = new Float64Array(count);
    this.#positions.set(positions.subarray(0, count * width));
    this.#times.set(times.subarray(0, count));
    this.#count = count;
    this.#start.set(this.#setPoint);
    this.#commandedAt = now;
    this.#state = 'following';
  }

  /**
   * The set-points (rad) for time `now` (s), which must not go back between resets.
   *
   * @returns `out`
   */
  update(now: number, out: Float64Array): Float64Array {
    const elapsed = now - this.#now;
    this.#now = now;
    if (this.#state === 'following' && now - this.#commandedAt > this.#options.timeout) {
      this.#state = 'stopping';
    }
    if (this.#state === 'following') this.#follow(now - this.#commandedAt, elapsed);
    else if (this.#state === 'stopping') this.#brake(elapsed);
    out.set(this.#setPoint);
    return out;
  }

  #follow(since: number, elapsed: number): void {
    const width = this.#joints.length;
    const times = this.#times;
    let next = 0;
    while (next < this.#count && (times[next] as number) <= since) next++;
    const before = next === 0 ? 0 : Math.max(0, times[next - 1] as number);
    const part = next < this.#count ? (since - before) / ((times[next] as number) - before) : 0;
    for (let j = 0; j < width; j++) {
      const from =
        next === 0
          ? (this.#start[j] as number)
          : (this.#positions[(next - 1) * width + j] as number);
      const to = next < this.#count ? (this.#positions[next * width + j] as number) : from;
      const position = from + (to - from) * part;
      if (elapsed > 0) this.#velocity[j] = (position - (this.#setPoint[j] as number)) / elapsed;
      this.#setPoint[j] = position;
    }
  }

  #brake(elapsed: number): void {
    let moving = false;
    const most = this.#options.deceleration * elapsed;
    for (let j = 0; j < this.#joints.length; j++) {
      const velocity = this.#velocity[j] as number;
      const slower = Math.abs(velocity) <= most ? 0 : velocity - Math.sign(velocity) * most;
      // Mean of the two speeds: exact for a constant deceleration.
      this.#setPoint[j] = (this.#setPoint[j] as number) + ((velocity + slower) / 2) * elapsed;
      this.#velocity[j] = slower;
      if (slower !== 0) moving = true;
    }
    if (!moving) this.#state = 'holding';
  }
}
