/** The closed forms of braking against braking done in small steps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generator } from './attack.js';
import { peakTravel, restTravel, stopping } from './travel.js';

const A = 5;
const J = 40;
const STEP = 2e-5;

interface State {
  p: number;
  v: number;
  a: number;
}

/** Moves on by `t` seconds at jerk `j`, exactly. */
function move({ p, v, a }: State, j: number, t: number): State {
  return {
    p: p + t * (v + t * (a / 2 + (j * t) / 6)),
    v: v + t * (a + (j * t) / 2),
    a: a + j * t,
  };
}

/** Farthest position on the way, braking as hard as jerk and acceleration let it. */
function farthest(v: number, a: number): number {
  let state = { p: 0, v, a };
  let most = 0;
  for (let i = 0; i < 200_000 && (state.v > 0 || state.a > 0); i++) {
    state = move(state, state.a > -A ? -J : 0, STEP);
    most = Math.max(most, state.p);
  }
  return most;
}

/** Where rest is reached, steering to it in small steps. */
function restingPlace(v: number, a: number): number {
  let state = { p: 0, v, a };
  for (let i = 0; i < 200_000; i++) {
    // The acceleration from which letting go ends at rest.
    const left = state.v + (state.a * Math.abs(state.a)) / (2 * J);
    if (Math.abs(state.v) < 1e-4 && Math.abs(state.a) < 2 * J * STEP) break;
    const full = state.a * Math.sign(left) <= -A;
    state = move(state, full ? 0 : -Math.sign(left) * J, STEP);
  }
  return state.p;
}

/** Speeds and accelerations of which all cases of the forms get some. */
function* states(): Generator<[number, number]> {
  const random = generator(7);
  for (let i = 0; i < 60; i++) {
    yield [(random() - 0.5) * (i % 2 === 0 ? 4 : 0.4), (random() - 0.5) * 2 * A];
  }
}

describe('braking', () => {
  it('goes as far as the hardest braking in small steps does, and never back', () => {
    for (const [v, a] of states()) {
      expect(peakTravel(v, a, A, J), `${v} ${a}`).toBeCloseTo(farthest(v, a), 3);
    }
  });

  it('comes to rest where steering to rest in small steps does', () => {
    for (const [v, a] of states()) {
      expect(restTravel(v, a, A, J), `${v} ${a}`).toBeCloseTo(restingPlace(v, a), 3);
    }
  });

  it('takes v² / 2A without a limit of jerk', () => {
    expect(peakTravel(2, -3, A, Infinity)).toBe(0.4);
    expect(peakTravel(-2, 3, A, Infinity)).toBe(0);
    expect(restTravel(2, 3, A, Infinity)).toBe(0.4);
    expect(restTravel(-2, 3, A, Infinity)).toBe(-0.4);
  });

  it('is odd on the way to rest', () => {
    const value = (most: number) => fc.double({ min: -most, max: most, noNaN: true });
    fc.assert(
      fc.property(value(3), value(A), (v, a) => {
        expect(restTravel(-v, -a, A, J)).toBeCloseTo(-restTravel(v, a, A, J), 12);
      }),
    );
  });
});

describe('the braking of one tick', () => {
  it.each([0.001, 0.01, 0.05])('lands at rest when let go of after %f s', (h) => {
    for (const v of [-3, -0.01, 0, 1e-6, 0.4, 2]) {
      const a = stopping(v, h, J);
      expect(v + a * h + (a * Math.abs(a)) / (2 * J)).toBeCloseTo(0, 12);
    }
  });

  it('takes all speed at once without a limit of jerk', () => {
    expect(stopping(2, 0.01, Infinity)).toBe(-200);
  });
});
