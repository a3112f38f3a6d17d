/**
 * For policies that give every action once (streaming diffusion): steps of a new chunk go behind
 * those that are waiting, and none that is waiting is changed.
 */
import { at } from '../../core/vector.js';
import type { Chunk } from './chunk.js';
import type { MergeRule } from './merge_rule.js';

export class AppendRule implements MergeRule {
  readonly seamless = true;

  merge(now: number, old: Chunk, incoming: Chunk): void {
    const { joints, times, positions } = incoming;
    // One that has passed stays, for the slope of the curve at the next.
    const first = Math.max(0, old.spanAt(now) - 1);
    const waiting = Math.min(old.count - first, times.length);
    // Steps nearer behind the last one than half a step of their own belong to its time.
    const gap = incoming.count > 1 ? (at(times, 1) - at(times, 0)) / 2 : 0;
    let next = 0;
    while (next < incoming.count && at(times, next) <= old.end + gap) next++;
    const added = Math.min(incoming.count - next, times.length - waiting);
    times.copyWithin(waiting, next, next + added);
    positions.copyWithin(waiting * joints, next * joints, (next + added) * joints);
    for (let i = 0; i < waiting; i++) times[i] = at(old.times, first + i);
    for (let k = 0; k < waiting * joints; k++) {
      positions[k] = at(old.positions, first * joints + k);
    }
    incoming.count = waiting + added;
  }
}
