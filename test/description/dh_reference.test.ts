/** The UR5e and the FR3 of this repository against their makers' Denavit-Hartenberg tables. */
import { describe, expect, it } from 'vitest';
import { robotKinematics } from '../../src/description/robot.js';
import { identity } from '../../src/description/transform.js';
import { generator } from '../safety/attack.js';
import { loadProfile } from './profiles.js';

type Matrix = readonly number[];

/** One row of a table: lengths in m, angles in rad. */
interface Row {
  readonly a: number;
  readonly d: number;
  readonly alpha: number;
}

const row = (a: number, d: number, alpha: number): Row => ({ a, d, alpha });
const HALF = Math.PI / 2;

/** Universal Robots, "DH Parameters for calculations of kinematics and dynamics", UR5e. */
const UR5E = [
  ...[row(0, 0.1625, HALF), row(-0.425, 0, 0), row(-0.3922, 0, 0)],
  ...[row(0, 0.1333, HALF), row(0, 0.0997, -HALF), row(0, 0.0996, 0)],
];

/** Franka Robotics, interface specifications, "Denavit-Hartenberg parameters" (Craig's convention). */
const FR3 = [
  ...[row(0, 0.333, 0), row(0, 0, -HALF), row(0, 0.316, HALF), row(0.0825, 0, HALF)],
  ...[row(-0.0825, 0.384, -HALF), row(0, 0, HALF), row(0.088, 0, HALF)],
];

function times(a: Matrix, b: Matrix): Matrix {
  return Array.from({ length: 16 }, (_, i) => {
    const start = i - (i % 4);
    return [0, 1, 2, 3].reduce(
      (sum, k) => sum + (a[start + k] ?? 0) * (b[4 * k + (i % 4)] ?? 0),
      0,
    );
  });
}

const rotateX = (t: number): Matrix => {
  const [c, s] = [Math.cos(t), Math.sin(t)];
  return [1, 0, 0, 0, 0, c, -s, 0, 0, s, c, 0, 0, 0, 0, 1];
};
const rotateZ = (t: number): Matrix => {
  const [c, s] = [Math.cos(t), Math.sin(t)];
  return [c, -s, 0, 0, s, c, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
};
const move = (x: number, z: number): Matrix => [1, 0, 0, x, 0, 1, 0, 0, 0, 0, 1, z, 0, 0, 0, 1];

/** Denavit's and Hartenberg's own convention: Rz(q) Tz(d) Tx(a) Rx(alpha). */
function distal(table: readonly Row[], q: readonly number[], base: Matrix): Matrix {
  return table.reduce(
    (pose, { a, d, alpha }, i) =>
      times(times(times(pose, rotateZ(q[i] ?? 0)), move(a, d)), rotateX(alpha)),
    base,
  );
}

/** Craig's convention: Rx(alpha) Tx(a) Rz(q) Tz(d). */
function proximal(table: readonly Row[], q: readonly number[]): Matrix {
  return table.reduce(
    (pose, { a, d, alpha }, i) =>
      times(times(times(times(pose, rotateX(alpha)), move(a, 0)), rotateZ(q[i] ?? 0)), move(0, d)),
    move(0, 0),
  );
}

function worst(name: string, reference: (q: readonly number[]) => Matrix): number {
  const robot = loadProfile(name);
  const kinematics = robotKinematics(robot);
  const random = generator(4);
  const pose = identity();
  let difference = 0;
  for (let i = 0; i < 1000; i++) {
    const q = robot.limits.map(({ lower, upper }) => lower + random() * (upper - lower));
    kinematics.forward(q, pose);
    reference(q).forEach((value, k) => {
      difference = Math.max(difference, Math.abs(value - (pose[k] ?? NaN)));
    });
  }
  return difference;
}

describe('a robot description made from published tables', () => {
  it('puts the UR5e’s flange where its table does, to 1e-9, on 1000 poses', () => {
    // The table starts at the maker's base frame, half a turn from base_link.
    const base = rotateZ(Math.PI);
    expect(worst('ur5e', (q) => distal(UR5E, q, base))).toBeLessThan(1e-9);
  });

  it('puts the FR3’s tool centre where its table does, to 1e-9, on 1000 poses', () => {
    // Flange, then the hand: turned by -45 degrees, fingers 103.4 mm out.
    const tool = times(times(move(0, 0.107), rotateZ(-Math.PI / 4)), move(0, 0.1034));
    expect(worst('fr3', (q) => times(proximal(FR3, q), tool))).toBeLessThan(1e-9);
  });
});
