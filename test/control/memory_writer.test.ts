/** What main writes into shared memory: whole and finite, or not at all. */
import { describe, expect, it } from 'vitest';
import {
  CHUNK_HEAD,
  ControlMemory,
  MAX_WATCHES,
  Request,
  SENSOR,
} from '../../src/control/control_memory.js';
import { MemoryWriter } from '../../src/control/memory_writer.js';

function make() {
  const memory = new ControlMemory(2, 4);
  return { memory, writer: new MemoryWriter(memory) };
}

describe('the memory writer', () => {
  it('writes a joint state that is seen from the other thread', () => {
    const { memory, writer } = make();
    const other = ControlMemory.attach(memory.buffers);
    expect(writer.jointState(1, 2, Float64Array.of(3, 4), Float64Array.of(5, 6))).toBe(true);
    const row = new Float64Array(8);
    other.jointState.read(row);
    expect([...row]).toEqual([1, 2, 3, 4, 5, 6, Number.NaN, Number.NaN]);
    const effort = Float64Array.of(7, Number.NaN);
    writer.jointState(1, 2, Float64Array.of(3, 4), Float64Array.of(5, 6), effort);
    other.jointState.read(row);
    expect([...row]).toEqual([1, 2, 3, 4, 5, 6, 7, Number.NaN]);
    writer.jointState(1, 2, Float64Array.of(3, 4), Float64Array.of(5, 6));
    other.jointState.read(row);
    expect(row[6]).toBeNaN();
  });

  it('writes each sensor without touching the others', () => {
    const { memory, writer } = make();
    const row = new Float64Array(SENSOR.width);
    writer.risk(5, 0.25);
    writer.watch(MAX_WATCHES - 1, 6);
    writer.wrench(7, [1, 2, 3, 4, 5]);
    ControlMemory.attach(memory.buffers).sensors.read(row);
    const expected = new Float64Array(SENSOR.width).fill(Number.NaN);
    expected.set([7, 1, 2, 3, 4, 5], SENSOR.wrenchTime);
    expected.set([5, 0.25], SENSOR.riskTime);
    expected[SENSOR.watch + MAX_WATCHES - 1] = 6;
    expect(row).toEqual(expected);
    for (const index of [-1, MAX_WATCHES, Number.NaN]) {
      expect(() => writer.watch(index, 7)).toThrow(/no watched stream/);
    }
  });

  it('takes a joint state with NaN or infinity for none', () => {
    const { memory, writer } = make();
    const zero = new Float64Array(2);
    expect(writer.jointState(1, 2, Float64Array.of(3, Number.NaN), zero)).toBe(false);
    expect(writer.jointState(1, 2, zero, Float64Array.of(Infinity, 0))).toBe(false);
    expect(writer.jointState(Number.NaN, 2, zero, zero)).toBe(false);
    expect(memory.jointState.generation).toBe(0);
  });

  it('writes a chunk with absolute times', () => {
    const { memory, writer } = make();
    writer.chunk(10, 2, Float64Array.of(0, 0.5), Float64Array.of(1, 2, 3, 4));
    const row = new Float64Array(memory.chunk.length);
    memory.chunk.read(row);
    expect([...row.slice(0, CHUNK_HEAD + 2)]).toEqual([10, 2, 10, 10.5]);
    expect([...row.slice(CHUNK_HEAD + 4, CHUNK_HEAD + 8)]).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['empty', 10, 0, [0, 1], [1, 2, 3, 4], /0 points/],
    ['too long', 10, 5, [0, 1, 2, 3, 4], [], /5 points where 1 to 4/],
    ['short of times', 10, 2, [0], [1, 2, 3, 4], /fewer given/],
    ['short of positions', 10, 2, [0, 1], [1, 2, 3], /fewer given/],
    ['of no time', Number.NaN, 2, [0, 1], [1, 2, 3, 4], /time is not finite/],
    ['with a time NaN', 10, 2, [0, Number.NaN], [1, 2, 3, 4], /time is not finite/],
    ['with a position NaN', 10, 2, [0, 1], [1, 2, Number.NaN, 4], /position is not finite/],
    ['with an infinite position', 10, 2, [0, 1], [1, 2, 3, -Infinity], /position is not finite/],
    ['with times that stand still', 10, 2, [1, 1], [1, 2, 3, 4], /do not rise at point 1/],
  ])('refuses a chunk that is %s, whole, and tells the loop', (_, stamp, count, t, q, message) => {
    const { memory, writer } = make();
    const offer = () => writer.chunk(stamp, count, Float64Array.from(t), Float64Array.from(q));
    expect(offer).toThrow(message);
    expect(memory.chunk.generation).toBe(0);
    expect(memory.requests[Request.chunkRejected]).toBe(1);
  });
});
