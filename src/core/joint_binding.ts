/** Binds joints by name, so that the order in which a message lists them never matters. */
import { SinewError } from './error.js';

/**
 * For each joint of `wanted`, its index in `given`.
 *
 * @param where what the names came from, for the error line
 * @throws SinewError when a wanted joint is missing or a name is listed twice; names that are not
 *   wanted are ignored.
 */
export function bindJoints(
  given: readonly string[],
  wanted: readonly string[],
  where: string,
): Int32Array {
  const index = new Map<string, number>();
  for (const [i, name] of given.entries()) {
    if (index.has(name)) {
      throw new SinewError(`joint "${name}" is listed twice`, {
        where,
        expected: 'each joint once',
      });
    }
    index.set(name, i);
  }
  const binding = new Int32Array(wanted.length);
  for (const [i, name] of wanted.entries()) {
    const found = index.get(name);
    if (found === undefined) {
      throw new SinewError(`joint "${name}" is missing`, {
        where,
        expected: `all of ${wanted.join(', ')} (given: ${given.join(', ') || 'none'})`,
      });
    }
    binding[i] = found;
  }
  return binding;
}
