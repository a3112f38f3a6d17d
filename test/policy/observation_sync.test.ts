// The synchroniser: which frames and joint states make an observation, and why there is none.
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ObservationBlock } from '../../src/policy/observation_block.js';
import { ObservationSync, type SyncOptions } from '../../src/policy/observation_sync.js';
import type { PolicyPackageJson } from '../../src/policy/package_schema.js';

const SIZE = { height: 2, width: 2 };
const FRONT = 'observation.images.front';
const WRIST = 'observation.images.wrist';
const STATE = 'observation.state';

function image(camera: string): PolicyPackageJson['observation'][string] {
  return {
    type: 'image',
    camera,
    encoding: 'rgb8',
    source: SIZE,
    crop: null,
    resize: null,
    layout: 'chw',
    scale: 1,
    normalization: 'identity',
  };
}

const spec: Pick<PolicyPackageJson, 'observation' | 'horizon' | 'rate_hz'> = {
  rate_hz: 15,
  horizon: { observation: 2, prediction: 4, execution: 2 },
  observation: {
    [STATE]: { type: 'state', joints: ['b', 'a'], unit: 'rad', normalization: 'identity' },
    [FRONT]: image('front'),
    [WRIST]: image('wrist'),
  },
};
const options: SyncOptions = {
  ageBudget: 0.2,
  skewBudget: 0.01,
  futureTolerance: 0.05,
  historyTolerance: 1 / 30,
  jointHold: 0.01,
  freezeBudget: Number.POSITIVE_INFINITY,
};
const FRAME = 1 / 30;

let sync: ObservationSync;
let block: ObservationBlock;
beforeEach(() => {
  sync = new ObservationSync(spec, options);
  block = new ObservationBlock(spec);
});

/** A picture whose bytes all are `value`. */
function picture(value: number, change: Partial<{ width: number; encoding: string }> = {}) {
  return { ...SIZE, encoding: 'rgb8', step: 6, data: new Uint8Array(12).fill(value), ...change };
}

function pushFrames(stamp: number, value: number, skew = 0): void {
  sync.pushImage(FRONT, stamp, stamp, picture(value));
  sync.pushImage(WRIST, stamp + skew, stamp + skew, picture(value + 100));
}

/** Joint b at `stamp`, joint a at −`stamp`, so that interpolation shows. */
function pushJoints(stamp: number): void {
  sync.pushJoints(stamp, stamp, Float64Array.of(stamp, -stamp));
}

/** `count` frames at 30 Hz and joint states at 100 Hz, from `start`; gives the last frame's stamp. */
function stream(start: number, count: number): number {
  for (let t = 0; t <= count * FRAME + 0.01; t += 0.01) pushJoints(start + t);
  for (let k = 0; k < count; k++) pushFrames(start + k * FRAME, k);
  return start + (count - 1) * FRAME;
}

const kinds = (now: number) => sync.faults(now).map(({ stream: name, kind }) => [name, kind]);

describe('an observation', () => {
  it('has the newest frames, those one policy step before, and joints at their stamps', () => {
    const last = stream(10, 6);
    expect(sync.take(0, 'newest', last, block)).toEqual({ stamp: last, usable: true });
    expect(block.image(FRONT, 1)[0]).toBe(5);
    expect(block.image(WRIST, 1)[0]).toBe(105);
    expect(block.image(FRONT, 0)[0]).toBe(3);
    expect(block.stamp(WRIST, 0)).toBeCloseTo(last - 2 * FRAME, 9);
    expect(block.state(STATE, 1)[0]).toBeCloseTo(last, 9);
    expect(block.state(STATE, 1)[1]).toBeCloseTo(-last, 9);
    expect(block.state(STATE, 0)[0]).toBeCloseTo(last - 2 * FRAME, 9);
  });

  it('is given once', () => {
    const last = stream(10, 6);
    sync.take(0, 'newest', last, block);
    expect(sync.take(last, 'newest', last, block)).toBeNull();
  });

  it('repeats the first frames where the history reaches back before them', () => {
    stream(10, 2);
    const taken = sync.take(0, 'newest', 10 + FRAME, block);
    expect(taken).toEqual({ stamp: 10 + FRAME, usable: true });
    expect(block.image(FRONT, 0)[0]).toBe(0);
    expect(block.stamp(FRONT, 0)).toBe(10);
  });

  it('takes the older frame pair while the other camera lags', () => {
    const last = stream(10, 6);
    sync.pushImage(FRONT, last + FRAME, last + FRAME, picture(77));
    pushJoints(last + FRAME);
    expect(sync.take(0, 'newest', last + FRAME, block)?.stamp).toBe(last);
  });

  it('never pairs frames further apart than the skew budget', () => {
    pushJoints(9.99);
    for (let k = 0; k < 6; k++) pushFrames(10 + k * FRAME, k, 0.0151);
    pushJoints(10.2);
    expect(sync.take(0, 'newest', 10.2, block)).toBeNull();
    expect(kinds(10.2)).toEqual([[FRONT, 'skew']]);
  });

  it('waits for the joint state after the frame when nothing may be held', () => {
    sync = new ObservationSync(spec, { ...options, jointHold: 0 });
    pushJoints(10);
    pushFrames(10.005, 1);
    expect(sync.take(0, 'oldest', 10.005, block)).toBeNull();
    pushJoints(10.01);
    expect(sync.take(0, 'oldest', 10.01, block)).toEqual({ stamp: 10.005, usable: true });
    expect(block.state(STATE, 1)[0]).toBeCloseTo(10.005, 9);
  });

  it('comes in turn for lock-step, none left out', () => {
    const last = stream(10, 6);
    const stamps: number[] = [];
    for (let after = 0; ; ) {
      const taken = sync.take(after, 'oldest', last, block);
      if (taken === null) break;
      stamps.push(taken.stamp);
      after = taken.stamp;
    }
    expect(stamps).toEqual(Array.from({ length: 6 }, (_, k) => 10 + k * FRAME));
  });

  it('is not made with a hole in the history', () => {
    stream(10, 40);
    const later = 10 + 40 * FRAME + 0.3;
    for (const t of [later - 0.01, later + 0.01]) pushJoints(t);
    pushFrames(later, 1);
    expect(sync.take(0, 'newest', later, block)).toBeNull();
    expect(kinds(later)).toEqual([[FRONT, 'history']]);
    expect(sync.take(later - 0.1, 'oldest', later, block)).toEqual({ stamp: later, usable: false });
  });

  it('holds only what was pushed since a reset', () => {
    const last = stream(10, 6);
    const { epoch } = sync;
    sync.reset();
    expect(sync.epoch).not.toBe(epoch);
    expect(sync.take(0, 'newest', last, block)).toBeNull();
    stream(11, 1);
    sync.take(0, 'newest', 11, block);
    expect(block.stamp(FRONT, 0)).toBe(11);
  });

  it('lies within the budgets whatever the stamps are', () => {
    const stamps = fc.array(fc.double({ min: 0, max: 0.5, noNaN: true }), { maxLength: 25 });
    fc.assert(
      fc.property(stamps, stamps, stamps, (front, wrist, joints) => {
        sync = new ObservationSync(spec, options);
        for (const t of joints.sort((a, b) => a - b)) pushJoints(t);
        for (const t of front.sort((a, b) => a - b)) sync.pushImage(FRONT, t, t, picture(1));
        for (const t of wrist.sort((a, b) => a - b)) sync.pushImage(WRIST, t, t, picture(2));
        const taken = sync.take(-1, 'newest', 0.5, block);
        expect(taken !== null).toBe(sync.faults(0.5).length === 0);
        if (taken === null) return;
        expect(0.5 - taken.stamp).toBeLessThanOrEqual(options.ageBudget);
        for (const step of [0, 1]) {
          const skew = block.stamp(FRONT, step) - block.stamp(WRIST, step);
          expect(Math.abs(skew)).toBeLessThanOrEqual(options.skewBudget);
          // Joint positions were pushed equal to their stamps.
          const [b = Number.NaN] = block.state(STATE, step);
          expect(Math.abs(b - block.stamp(FRONT, step))).toBeLessThanOrEqual(0.0101);
        }
      }),
    );
  });
});

describe('a fault', () => {
  it('names every stream that never came', () => {
    expect(kinds(0)).toEqual([
      [FRONT, 'missing'],
      [WRIST, 'missing'],
      ['joint_states', 'missing'],
    ]);
  });

  it('names the camera that stopped, with its age', () => {
    const last = stream(10, 6);
    const later = last + 0.5;
    sync.pushImage(FRONT, later, later, picture(1));
    pushJoints(later);
    const [fault] = sync.faults(later);
    expect(fault).toMatchObject({ stream: WRIST, kind: 'stale' });
    expect(fault?.age).toBeCloseTo(0.5, 6);
    expect(sync.take(0, 'newest', later, block)).toBeNull();
  });

  it.each([
    ['size', { width: 3 }, /3x2.*2x2/],
    ['encoding', { encoding: 'bgr8' }, /bgr8.*rgb8/],
  ] as const)('tells another %s, and ends with the next right frame', (kind, change, text) => {
    const last = stream(10, 6);
    sync.pushImage(WRIST, last + 0.01, last + 0.01, picture(1, change));
    const [fault] = sync.faults(last + 0.01);
    expect(fault).toMatchObject({ stream: WRIST, kind });
    expect(fault?.detail).toMatch(text);
    pushFrames(last + FRAME, 1);
    expect(sync.faults(last + FRAME)).toEqual([]);
  });

  it('is given for a stamp in the future, which is not used', () => {
    const last = stream(10, 6);
    sync.pushImage(FRONT, last + 1, last, picture(200));
    expect(kinds(last)).toEqual([[FRONT, 'future']]);
    expect(sync.take(0, 'newest', last, block)?.stamp).toBe(last);
    expect(block.image(FRONT, 1)[0]).toBe(5);
  });

  it('is given for a joint position that is no number, which is not used', () => {
    const last = stream(10, 6);
    sync.pushJoints(last + 0.001, last + 0.001, Float64Array.of(Number.NaN, 0));
    expect(kinds(last + 0.001)).toEqual([['joint_states', 'not_finite']]);
    expect(sync.faults(last + 0.001)[0]?.detail).toContain('b');
    sync.take(0, 'newest', last, block);
    expect(block.state(STATE, 1).every(Number.isFinite)).toBe(true);
  });

  it('is given for a frozen camera only when asked for', () => {
    sync = new ObservationSync(spec, { ...options, freezeBudget: 0.1 });
    for (let k = 0; k < 6; k++) {
      const t = 10 + k * FRAME;
      pushJoints(t);
      sync.pushImage(FRONT, t, t, picture(k));
      sync.pushImage(WRIST, t, t, picture(9));
    }
    expect(kinds(10 + 5 * FRAME)).toEqual([[WRIST, 'frozen']]);
  });

  it('follows when time goes back: everything before is forgotten', () => {
    stream(100, 6);
    const { epoch } = sync;
    pushFrames(1, 1);
    expect(sync.epoch).not.toBe(epoch);
    expect(kinds(1)).toEqual([['joint_states', 'missing']]);
  });
});
