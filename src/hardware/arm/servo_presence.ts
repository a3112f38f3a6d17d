/** Whether a servo is there; and if not, whether it is alone in that, which says what to look at. */
import { SinewError } from '../../core/error.js';
import type { ServoBus } from '../bus/servo_bus.js';

const ATTEMPTS = 3;

/**
 * @param ids of all servos that should be on the bus
 * @throws SinewError: two servos with that id, none at all at this speed, or this one missing
 */
export async function requireAnswer(
  bus: ServoBus,
  ids: readonly number[],
  id: number,
  joint: string,
): Promise<void> {
  const before = garbled(bus);
  if ((await bus.ping(id, ATTEMPTS)) !== undefined) return;
  const where = `${bus.path} at ${bus.baud} baud`;
  const collided = garbled(bus) > before;
  if (collided) {
    throw new SinewError(`servo ${id} of joint "${joint}" answers garbled`, {
      where,
      cure:
        'two servos have this id, most likely: connect one at a time and use sinew servo set-id; ' +
        'else check the cable',
    });
  }
  for (const other of ids) {
    if (other === id || (await bus.ping(other)) === undefined) continue;
    throw new SinewError(`servo ${id} of joint "${joint}" does not answer, servo ${other} does`, {
      where,
      cure: 'check its cable and id; sinew servo scan shows who answers',
    });
  }
  throw new SinewError('no servo answers', {
    where,
    expected: `servos ${ids.join(', ')}`,
    cure: 'check the power supply, and the speed: sinew servo scan finds at which they answer',
  });
}

/** Bytes and packets that were no answers. */
function garbled({ counts }: ServoBus): number {
  return counts.badChecksums + counts.strayBytes;
}
