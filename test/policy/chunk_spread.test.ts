/** A policy that goes on with its plan contradicts itself little. */
import { describe, expect, it } from 'vitest';
import { ChunkSpread } from '../../src/policy/chunk_spread.js';

/** Chunk of two joints and 8 steps, 0.1 s apart, of a motion over time. */
function chunk(stamp: number, motion: (time: number) => number): number[] {
  return Array.from({ length: 8 }, (_, i) => {
    const q = motion(stamp + 0.1 * i);
    return [q, -q];
  }).flat();
}

const line = (time: number) => 0.5 * time;

describe('the spread of chunks', () => {
  it('is none where a chunk goes on with the one before, at any phase', () => {
    const spread = new ChunkSpread(2, 0.1);
    expect(spread.score(1, chunk(1, line))).toBeUndefined();
    expect(spread.score(1.25, chunk(1.25, line))).toBeCloseTo(0, 12);
    expect(spread.score(1.4, chunk(1.4, line))).toBeCloseTo(0, 12);
  });

  it('is the root mean square of what the chunks differ by', () => {
    const spread = new ChunkSpread(2, 0.1);
    spread.score(1, chunk(1, line));
    expect(
      spread.score(
        1.2,
        chunk(1.2, (time) => line(time) + 0.3),
      ),
    ).toBeCloseTo(0.3, 9);
  });

  it('is unknown for chunks without a time in common, and after it was begun anew', () => {
    const spread = new ChunkSpread(2, 0.1);
    spread.score(1, chunk(1, line));
    expect(spread.score(2, chunk(2, line))).toBeUndefined();
    spread.begin();
    expect(spread.score(2.1, chunk(2.1, line))).toBeUndefined();
  });
});
