/**
 * How far the arm is from where the policy has been seen to succeed: the distance to the nearest of the
 * states that `sinew calibrate gate` recorded, each joint in units of its spread over all of them.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { errorLine, SinewError } from '../core/error.js';

/** At most so many are kept; evenly thinned beyond. */
const MOST = 2000;
/** A joint that hardly moves counts no finer than this, rad. */
const LEAST_SPREAD = 0.01;

const fileSchema = z.strictObject({
  format: z.literal('sinew.known_states'),
  version: z.literal(1),
  policy: z.string().describe('package that was seen to succeed'),
  joints: z.array(z.string()).min(1),
  /** rad, one row a state. */
  states: z.array(z.array(z.number())).min(2),
});

export type KnownStatesFile = z.output<typeof fileSchema>;

/** The file's content for states of good episodes, in the order of `joints`. */
export function knownStatesFile(
  policy: string,
  joints: readonly string[],
  states: readonly (readonly number[])[],
): KnownStatesFile {
  const stride = Math.ceil(states.length / MOST);
  const kept = states.filter((_, i) => i % stride === 0).map((row) => row.map(rounded));
  return { format: 'sinew.known_states', version: 1, policy, joints: [...joints], states: kept };
}

const rounded = (value: number): number => Math.round(value * 1e5) / 1e5;

export class KnownStates {
  /** In units of the spread, state by state. */
  readonly #states: Float64Array;
  readonly #scale: Float64Array;

  /** @param states rad, one row a state */
  constructor(states: readonly (readonly number[])[]) {
    const width = states[0]?.length ?? 0;
    this.#scale = Float64Array.from({ length: width }, (_, j) => {
      const column = states.map((row) => row[j] ?? Number.NaN);
      const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
      const square = column.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      return 1 / Math.max(LEAST_SPREAD, Math.sqrt(square / column.length));
    });
    this.#states = Float64Array.from(
      states.flatMap((row) => row.map((value, j) => value * (this.#scale[j] as number))),
    );
  }

  /**
   * @param joints of the policy's state, in its order
   * @throws SinewError naming the file when it cannot be used
   */
  static read(file: string, joints: readonly string[]): KnownStates {
    const parsed = (() => {
      try {
        return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
      } catch (error) {
        throw new SinewError(`cannot be used: ${errorLine(error).split('\n')[0]}`, {
          where: file,
          expected: 'states that `sinew calibrate gate` has recorded',
        });
      }
    })();
    const columns = joints.map((joint) => parsed.joints.indexOf(joint));
    if (columns.includes(-1) || parsed.states.some((row) => row.length < parsed.joints.length)) {
      throw new SinewError(`states of ${parsed.joints.join(', ')}`, {
        where: file,
        expected: `whole rows of ${joints.join(', ')}`,
      });
    }
    return new KnownStates(
      parsed.states.map((row) => columns.map((column) => row[column] as number)),
    );
  }

  /** Root mean square over the joints of the way to the nearest; NaN where `state` holds one. */
  distance(state: ArrayLike<number>): number {
    const width = this.#scale.length;
    let nearest = Number.POSITIVE_INFINITY;
    for (let at = 0; at < this.#states.length; at += width) {
      let sum = 0;
      for (let j = 0; j < width; j++) {
        const way =
          (state[j] as number) * (this.#scale[j] as number) - (this.#states[at + j] as number);
        sum += way * way;
      }
      // NaN is smaller than nothing, and must not count as near.
      if (Number.isNaN(sum)) return Number.NaN;
      nearest = Math.min(nearest, sum);
    }
    return Math.sqrt(nearest / width);
  }
}
