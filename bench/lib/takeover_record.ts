/**
 * What is found in the ticks of the controller about takeovers and hand-backs: when the command first
 * differs from the policy's, and how much position, velocity and acceleration change in a tick.
 */
import type { FilterLimits } from '../../src/safety/limits.js';

export type Gesture = 'takeover' | 'handBack';

export interface Summary {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

interface Tick {
  readonly time: number;
  readonly policy: Float64Array;
  readonly command: Float64Array;
}

/** Numbers of a joint in a row of /controller/monitor, and of what is used of them. */
const WIDTH = 5;
const POLICY = 1;
const COMMANDED = 3;
/** The policy's own command differs from its curve by less than this, rad. */
const SAME = 1e-7;
/** Jumps are looked for this long after a gesture, s. */
const WINDOW = 0.5;
/** A tick counts for at most three periods; longer ones are not differentiated over. */
const LONGEST = 0.03;
/** Times of ticks are told in doubles since 1970, which have this spacing, s: so far is a period off. */
const TOLD = 2 ** -22;
/** So many commands in a row may be lost on the way to a robot that is held up. */
const LOST = 20;

export class TakeoverRecord {
  readonly #limits: readonly FilterLimits[];
  readonly #ticks: Tick[] = [];
  readonly #gestures: { readonly what: Gesture; readonly at: number }[] = [];
  /** Arrivals of commands by their values, ROS s. */
  readonly #arrivals = new Map<string, number[]>();

  constructor(limits: readonly FilterLimits[]) {
    this.#limits = limits;
  }

  get takeovers(): number {
    return this.#of('takeover').length;
  }

  get handBacks(): number {
    return this.#of('handBack').length;
  }

  /** @param at when the gesture was sent, ROS time in s */
  gesture(what: Gesture, at: number): void {
    this.#gestures.push({ what, at });
  }

  /** A command that came to the robot. */
  command(positions: Float64Array, at: number): void {
    const key = positions.join();
    this.#arrivals.set(key, [...(this.#arrivals.get(key) ?? []), at]);
  }

  /** Rows of /controller/monitor. */
  rows(data: Float64Array): void {
    const n = this.#limits.length;
    const width = 1 + WIDTH * n;
    const pick = (from: number, k: number) =>
      Float64Array.from({ length: n }, (_, j) => data[from + 1 + WIDTH * j + k] ?? Number.NaN);
    for (let i = 0; i + width <= data.length; i += width) {
      const time = data[i] ?? Number.NaN;
      this.#ticks.push({ time, policy: pick(i, POLICY), command: pick(i, COMMANDED) });
    }
  }

  /** From the gesture to the arrival of the first command that is not the policy's. */
  latency(): Summary {
    return summary(this.#changes().map(({ at, arrived }) => arrived - at));
  }

  /** From the gesture to the tick that made it. */
  decision(): Summary {
    return summary(this.#changes().map(({ at, tick }) => tick - at));
  }

  /** From a tick to the arrival of its command. */
  transport(): Summary {
    return summary(this.#changes().map(({ tick, arrived }) => arrived - tick));
  }

  /**
   * Largest change of position, velocity and acceleration in a tick after such gestures, as shares of
   * what velocity, acceleration and jerk limits allow in that tick: at least so much, however the
   * times of the ticks were rounded. (A velocity over two milliseconds has an error that, differentiated
   * twice more over as short a time, may be as large as the jerk.)
   */
  jumps(what: Gesture): readonly [number, number, number] {
    const worst: [number, number, number] = [0, 0, 0];
    for (const { at } of this.#of(what)) {
      const first = this.#ticks.findIndex(({ time }) => time > at);
      for (let i = first; i > 3 && i < this.#ticks.length; i++) {
        if ((this.#ticks[i]?.time ?? 0) > at + WINDOW) break;
        const shares = this.#shares(i);
        for (const k of [0, 1, 2] as const) worst[k] = Math.max(worst[k], shares[k] ?? 0);
      }
    }
    return worst;
  }

  #of(what: Gesture) {
    return this.#gestures.filter((gesture) => gesture.what === what);
  }

  #changes(): { at: number; tick: number; arrived: number }[] {
    return this.#of('takeover').flatMap(({ at }) => {
      const changed = this.#ticks.findIndex(({ time, policy, command }) => {
        if (time <= at) return false;
        return command.some((q, j) => !(Math.abs(q - (policy[j] ?? Number.NaN)) < SAME));
      });
      const tick = this.#ticks[changed]?.time ?? Number.NaN;
      const arrived = changed < 0 ? undefined : this.#arrival(changed);
      return arrived === undefined ? [] : [{ at, tick, arrived }];
    });
  }

  /** When the command of a tick came, or of the next one that did: only the newest is kept. */
  #arrival(tick: number): number | undefined {
    const from = this.#ticks[tick]?.time ?? Number.NaN;
    for (const { command } of this.#ticks.slice(tick, tick + LOST)) {
      const times = this.#arrivals.get(command.join()) ?? [];
      const found = times.find((time) => time >= from && time < from + WINDOW);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #shares(i: number): number[] {
    const shares = [0, 0, 0];
    const h = (k: number) => (this.#ticks[k]?.time ?? 0) - (this.#ticks[k - 1]?.time ?? 0);
    if ([i, i - 1, i - 2].some((k) => !(h(k) > 1e-4 && h(k) <= LONGEST))) return shares;
    for (const [j, { velocity, acceleration, jerk }] of this.#limits.entries()) {
      const q = (k: number) => sure(this.#ticks[k]?.command[j] ?? Number.NaN);
      const v = (k: number) => slope(q(k), q(k - 1), h(k));
      const a = (k: number) => slope(v(k), v(k - 1), h(k));
      const found = [least(v(i)) / velocity, least(a(i)) / acceleration];
      found.push(least(slope(a(i), a(i - 1), h(i))) / jerk);
      for (const [k, share] of found.entries()) shares[k] = Math.max(shares[k] ?? 0, share);
    }
    return shares;
  }
}

/** A number, and how far it may be off. */
interface Bounded {
  readonly value: number;
  readonly error: number;
}

const sure = (value: number): Bounded => ({ value, error: 0 });
const least = ({ value, error }: Bounded) => Math.max(0, Math.abs(value) - error);

/** Change over a time h that is known to `TOLD`, to first order. */
function slope(to: Bounded, from: Bounded, h: number): Bounded {
  const value = (to.value - from.value) / h;
  return { value, error: (to.error + from.error + Math.abs(value) * TOLD) / h };
}

function summary(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (q: number) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
  return { p50: rank(0.5), p99: rank(0.99), max: rank(1) };
}
