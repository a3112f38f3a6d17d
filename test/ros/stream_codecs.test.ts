/** The readers and writers for streams, against the general codec. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SinewError } from '../../src/core/error.js';
import { decode, encode } from '../../src/ros/codec.js';
import { FloatArrayWriter } from '../../src/ros/float_array_writer.js';
import { ImageWriter } from '../../src/ros/image_writer.js';
import { JointStateReader } from '../../src/ros/joint_state_reader.js';
import { JointStateWriter } from '../../src/ros/joint_state_writer.js';
import type { JointState, JointTrajectory } from '../../src/ros/message_types.js';
import { stampOf } from '../../src/ros/stamp.js';
import { TrajectoryReader } from '../../src/ros/trajectory_reader.js';
import { TrajectoryWriter } from '../../src/ros/trajectory_writer.js';

const STATE = 'sensor_msgs/msg/JointState';
const TRAJECTORY = 'trajectory_msgs/msg/JointTrajectory';
const f64 = (...values: number[]) => Float64Array.from(values);
const stamp = { sec: 10, nanosec: 500_000_000 };
const joints = ['pan', 'lift', 'gripper'];

const state = (changes: Partial<JointState> = {}): Buffer =>
  encode(STATE, {
    header: { stamp, frame_id: 'base' },
    name: ['gripper', 'extra', 'pan', 'lift'],
    position: f64(3, 99, 1, 2),
    velocity: f64(30, 99, 10, 20),
    effort: f64(),
    ...changes,
  });

describe('JointStateReader', () => {
  it('puts the joints into their order, whatever the order in the message', () => {
    const reader = new JointStateReader(joints);
    reader.read(state());
    expect(reader.stamp).toBe(10.5);
    expect([...reader.position]).toEqual([1, 2, 3]);
    expect([...reader.velocity]).toEqual([10, 20, 30]);
    expect(reader.hasVelocity).toBe(true);
    expect(reader.hasEffort).toBe(false);
    expect([...reader.effort]).toEqual([0, 0, 0]);
  });

  it('follows when the order or the frame changes between messages', () => {
    const reader = new JointStateReader(joints);
    reader.read(state());
    reader.read(state({ name: ['pan', 'lift', 'gripper', 'x'], position: f64(1, 2, 3, 9) }));
    expect([...reader.position]).toEqual([1, 2, 3]);
    reader.read(state({ header: { stamp, frame_id: 'a longer frame' } }));
    expect([...reader.position]).toEqual([1, 2, 3]);
    reader.read(state({ name: ['gripper', 'extra', 'lift', 'pan'] }));
    expect([...reader.position]).toEqual([2, 1, 3]);
  });

  it('reads what the general codec reads, for any names and values', () => {
    const name = fc.string({ minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1, maxLength: 9 }),
        fc.array(fc.double(), { minLength: 9, maxLength: 9 }),
        fc.string(),
        (names, values, frame_id) => {
          const position = Float64Array.from(values.slice(0, names.length));
          const bytes = Buffer.from(
            encode(STATE, {
              header: { stamp, frame_id },
              name: names,
              position,
              velocity: f64(),
              effort: position,
            }),
          );
          const wanted = names.toReversed();
          const reader = new JointStateReader(wanted);
          for (let again = 0; again < 2; again++) {
            reader.read(bytes);
            expect([...reader.position]).toEqual([...position].toReversed());
            expect([...reader.effort]).toEqual([...position].toReversed());
          }
        },
      ),
    );
  });

  it.each([
    ['a joint is missing', state({ name: ['a', 'b', 'c', 'd'] }), /joint "pan" is missing/],
    ['a joint is listed twice', state({ name: ['pan', 'pan', 'lift', 'gripper'] }), /listed twice/],
    ['positions are too few', state({ position: f64(1, 2) }), /position has 2 values.*4 as names/],
    ['there are no positions', state({ position: f64() }), /no positions/],
  ])('refuses when %s', (_, bytes, line) => {
    const reader = new JointStateReader(joints, '/joint_states');
    expect(() => reader.read(Buffer.from(bytes))).toThrow(line);
    reader.read(state());
    expect([...reader.position]).toEqual([1, 2, 3]);
  });

  it('refuses a message that is cut off, also with known names', () => {
    const reader = new JointStateReader(joints);
    const whole = Buffer.from(state());
    reader.read(whole);
    for (let length = 0; length < whole.length; length++) {
      expect(() => reader.read(Buffer.from(whole.subarray(0, length)))).toThrow(SinewError);
    }
  });
});

describe('JointStateWriter', () => {
  it('writes what the general codec writes, message after message', () => {
    const writer = new JointStateWriter(joints, 'base');
    for (const sec of [1, 2]) {
      const values = f64(sec, 2, 3);
      const header = { stamp: { sec, nanosec: 7 }, frame_id: 'base' };
      const message = { header, name: joints, position: values, velocity: f64(), effort: values };
      const bytes = writer.write(header.stamp, values, f64(), values);
      expect(bytes.toString('hex')).toBe(encode(STATE, message).toString('hex'));
    }
  });
});

const trajectory = (changes: Partial<JointTrajectory> = {}): Buffer =>
  encode(TRAJECTORY, {
    header: { stamp, frame_id: '' },
    joint_names: ['gripper', 'pan', 'lift'],
    points: [0, 1, 2].map((i) => ({
      positions: f64(i + 0.3, i + 0.1, i + 0.2),
      velocities: f64(),
      accelerations: f64(7, 8, 9),
      effort: f64(),
      time_from_start: { sec: i, nanosec: 250_000_000 },
    })),
    ...changes,
  });
const point = (positions: Float64Array, sec = 0) => ({
  positions,
  velocities: f64(),
  accelerations: f64(),
  effort: f64(),
  time_from_start: { sec, nanosec: 0 },
});

describe('TrajectoryReader', () => {
  it('gives points by joint and time', () => {
    const reader = new TrajectoryReader(joints, 8);
    reader.read(trajectory());
    expect(reader.count).toBe(3);
    expect(reader.stamp).toBe(10.5);
    expect([...reader.positions.subarray(0, 9)]).toEqual([
      0.1, 0.2, 0.3, 1.1, 1.2, 1.3, 2.1, 2.2, 2.3,
    ]);
    expect([...reader.times.subarray(0, 3)]).toEqual([0.25, 1.25, 2.25]);
    expect(reader.hasVelocities).toBe(false);
  });

  it('reads what the writer writes', () => {
    const n = joints.length;
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 16 }),
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
          minLength: 16 * n,
          maxLength: 16 * n,
        }),
        fc.boolean(),
        (count, values, withVelocities) => {
          const positions = Float64Array.from(values);
          const velocities = positions.toReversed();
          const times = Float64Array.from({ length: 16 }, (_, i) => i / 15);
          const writer = new TrajectoryWriter(joints.toReversed());
          const bytes = writer.write(
            stamp,
            count,
            positions,
            times,
            withVelocities ? velocities : undefined,
          );
          const reader = new TrajectoryReader(joints, 16);
          reader.read(bytes);
          expect(reader.count).toBe(count);
          for (let i = 0; i < count; i++) {
            expect(reader.times[i]).toBeCloseTo(times[i] ?? 0, 8);
            for (let j = 0; j < n; j++) {
              expect(reader.positions[i * n + j]).toBe(positions[i * n + n - 1 - j]);
            }
          }
          expect(reader.hasVelocities).toBe(withVelocities && count > 0);
          expect(decode(TRAJECTORY, bytes).points.length).toBe(count);
        },
      ),
    );
  });

  it.each([
    ['a position is not finite', { points: [point(f64(1, Number.NaN, 3))] }, /positions.*is NaN/],
    ['a point has no positions', { points: [point(f64())] }, /point 0 has no positions/],
    ['a point has another length', { points: [point(f64(1, 2))] }, /has 2 values.*3 as names/],
    [
      'time does not go on',
      { points: [point(f64(1, 2, 3), 1), point(f64(1, 2, 3), 1)] },
      /time_from_start of point 1/,
    ],
    ['a joint is missing', { joint_names: ['gripper', 'pan', 'roll'] }, /"lift" is missing/],
    [
      'points are too many',
      { points: Array.from({ length: 9 }, (_, i) => point(f64(1, 2, 3), i)) },
      /9 elements.*at most 8/,
    ],
  ])('refuses when %s, and has no points then', (_, changes, line) => {
    const reader = new TrajectoryReader(joints, 8, '/action_chunk');
    reader.read(trajectory());
    expect(() => reader.read(Buffer.from(trajectory(changes)))).toThrow(line);
    expect(reader.count).toBe(0);
  });

  it('refuses a message that is cut off', () => {
    const reader = new TrajectoryReader(joints, 8);
    const whole = Buffer.from(trajectory());
    reader.read(whole);
    for (let length = 0; length < whole.length; length++) {
      expect(() => reader.read(Buffer.from(whole.subarray(0, length)))).toThrow(SinewError);
    }
  });
});

describe('FloatArrayWriter', () => {
  it('writes what the general codec writes, message after message', () => {
    const writer = new FloatArrayWriter(6);
    for (const first of [1, 2]) {
      const data = f64(first, 2, 3, 4, 5, 6);
      const message = { layout: { dim: [], data_offset: 0 }, data };
      const expected = encode('std_msgs/msg/Float64MultiArray', message).toString('hex');
      expect(writer.write(data).toString('hex')).toBe(expected);
    }
  });
});

describe('ImageWriter', () => {
  it('sends the pixels that were drawn into it', () => {
    const writer = new ImageWriter({ width: 3, height: 2, encoding: 'rgb8', frameId: 'wrist' });
    expect(writer.pixels.length).toBe(18);
    for (const value of [7, 8]) {
      writer.pixels.fill(value);
      const image = decode('sensor_msgs/msg/Image', writer.write(stampOf(value)));
      expect(image).toMatchObject({
        header: { stamp: { sec: value, nanosec: 0 }, frame_id: 'wrist' },
        height: 2,
        width: 3,
        encoding: 'rgb8',
        step: 9,
      });
      expect([...image.data]).toEqual(new Array(18).fill(value));
    }
  });

  it('refuses an encoding whose size it does not know', () => {
    const format = { width: 1, height: 1, encoding: 'jpeg', frameId: '' };
    expect(() => new ImageWriter(format)).toThrow(/"jpeg" is not known; expected rgb8/);
  });
});
