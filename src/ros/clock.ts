/**
 * ROS time: the system's wall clock, or simulated time from `/clock`. Stamps of messages are in it;
 * periods, deadlines and ages are not (they are on the steady clock of `core/clock.ts`).
 */
import { performance } from 'node:perf_hooks';
import { steadyNow } from '../core/clock.js';
import type { RosNode, Subscription } from './ros_node.js';
import { type Stamp, secondsOf, stampOf } from './stamp.js';

export interface RosClockOptions {
  /** Follow `/clock`. Default false. */
  readonly useSimTime?: boolean;
  /**
   * Told of a jump, seconds: simulated time that went back, or a wall clock that was set by more
   * than 0.1 s. What was stamped before it must not be compared with what comes after.
   */
  readonly onJump?: (deltaS: number) => void;
  /** Told once, when the first `/clock` has come; at once on the wall clock. */
  readonly onReady?: () => void;
}

/** A change of the wall clock against the steady clock that is reported as a jump, s. */
const WALL_JUMP_S = 0.1;
/** Two clocks read further apart than this are read again, so many times at most, s. */
const HELD_UP_S = 1e-4;
const MOST_READINGS = 5;

export class RosClock {
  readonly simulated: boolean;
  readonly #options: RosClockOptions;
  readonly #subscription: Subscription | undefined;
  #wallOffset = performance.timeOrigin * 1e-3;
  #simTime: Stamp = { sec: 0, nanosec: 0 };
  /** The two clocks at the last reading of both, s. */
  #ros = 0;
  #steady = 0;
  #ready: boolean;

  constructor(node: RosNode, options: RosClockOptions = {}) {
    this.#options = options;
    this.simulated = options.useSimTime ?? false;
    this.#ready = !this.simulated;
    if (this.simulated) {
      this.#subscription = node.subscribe('/clock', 'rosgraph_msgs/msg/Clock', 'latest', (m) =>
        this.#onClock(m.clock),
      );
    } else {
      options.onReady?.();
    }
  }

  /** False while simulated time is asked for and no `/clock` has come yet. */
  get ready(): boolean {
    return this.#ready;
  }

  /** ROS time in seconds; 0 while not `ready`. */
  now(): number {
    return this.simulated ? secondsOf(this.#simTime) : this.#wallNow();
  }

  /** ROS time as a stamp; simulated time is exactly what `/clock` said. */
  stamp(): Stamp {
    return this.simulated ? { ...this.#simTime } : stampOf(this.#wallNow());
  }

  /** The time on the steady clock at which ROS time was, or will be, `seconds`. */
  toSteady(seconds: number): number {
    this.#readBoth();
    return this.#steady + (seconds - this.#ros);
  }

  /** ROS time at the time `steady` of the steady clock, s. */
  toRos(steady: number): number {
    this.#readBoth();
    return this.#ros + (steady - this.#steady);
  }

  close(): void {
    this.#subscription?.close();
  }

  /** Reads both clocks, and anew when the thread was held up in between. */
  #readBoth(): void {
    for (let i = 0; i < MOST_READINGS; i++) {
      this.#steady = steadyNow();
      this.#ros = this.now();
      if (steadyNow() - this.#steady < HELD_UP_S) return;
    }
  }

  /**
   * Date.now() has whole milliseconds; performance.now() runs finer but does not follow the wall
   * clock. So the fine one is used and held to within a millisecond of the other.
   */
  #wallNow(): number {
    let fine = 0;
    let wall = 0;
    for (let i = 0; i < MOST_READINGS; i++) {
      fine = performance.now() * 1e-3 + this.#wallOffset;
      wall = Date.now() * 1e-3;
      if (performance.now() * 1e-3 + this.#wallOffset - fine < HELD_UP_S) break;
    }
    const correction = fine < wall ? wall - fine : fine >= wall + 1e-3 ? wall + 1e-3 - fine : 0;
    if (correction === 0) return fine;
    this.#wallOffset += correction;
    if (Math.abs(correction) > WALL_JUMP_S) this.#options.onJump?.(correction);
    return fine + correction;
  }

  #onClock(time: Stamp): void {
    const delta = secondsOf(time) - secondsOf(this.#simTime);
    this.#simTime = time;
    if (!this.#ready) {
      this.#ready = true;
      this.#options.onReady?.();
    } else if (delta < 0) {
      this.#options.onJump?.(delta);
    }
  }
}
