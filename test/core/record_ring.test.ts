/** The ring hands records over in order, and counts those that were overwritten. */
import { describe, expect, it } from 'vitest';
import { RecordRing } from '../../src/core/record_ring.js';

function push(ring: RecordRing, from: number, count: number): void {
  for (let i = 0; i < count; i++) ring.push(Float64Array.of(from + i, -(from + i)));
}

describe('the record ring', () => {
  it('gives each record once, oldest first, to the other end', () => {
    const writer = new RecordRing(2, 16);
    const reader = new RecordRing(2, 16, writer.buffer);
    const out = new Float64Array(64);
    expect(reader.drain(out)).toBe(0);
    push(writer, 0, 3);
    expect(reader.drain(out)).toBe(3);
    expect([...out.slice(0, 6)]).toEqual([0, -0, 1, -1, 2, -2]);
    push(writer, 3, 2);
    expect(reader.drain(out)).toBe(2);
    expect(out[0]).toBe(3);
    expect(reader.lost).toBe(0);
  });

  it('keeps for the next time what does not fit', () => {
    const ring = new RecordRing(2, 16);
    push(ring, 0, 5);
    const out = new Float64Array(4);
    expect(ring.drain(out)).toBe(2);
    expect(ring.drain(out)).toBe(2);
    expect(out[0]).toBe(2);
    expect(ring.drain(out)).toBe(1);
  });

  it('counts what a late reader has lost, and goes on with the newest', () => {
    const ring = new RecordRing(2, 16);
    push(ring, 0, 100);
    const out = new Float64Array(64);
    expect(ring.drain(out)).toBe(8);
    expect(ring.lost).toBe(92);
    expect(out[14]).toBe(99);
  });

  it('goes on behind what its reader passes over, which is not lost', () => {
    const ring = new RecordRing(2, 16);
    push(ring, 0, 12);
    ring.skip();
    const out = new Float64Array(64);
    expect(ring.drain(out)).toBe(0);
    push(ring, 12, 1);
    expect(ring.drain(out)).toBe(1);
    expect(out[0]).toBe(12);
    expect(ring.lost).toBe(0);
  });
});
