import { describe, expect, it } from 'vitest';
import { loadUrdf } from '../../src/description/urdf_parser.js';
import { ExpertArm, headingOf, newPose, toWorld } from '../../src/simulation/expert_arm.js';
import { ExpertRules, type ExpertState, headingOfCube } from '../../src/simulation/expert_phase.js';
import { EXPERT_SETTINGS, gripperAtGap, movingFace } from '../../src/simulation/expert_settings.js';

const arm = new ExpertArm(loadUrdf('urdf/so101.urdf'));
const settings = EXPERT_SETTINGS;
const rules = new ExpertRules(arm, settings);
const LYING = settings.table + settings.cube / 2;
const TARGET = [0.2, -0.14] as const;
const STRADDLE = [
  settings.jaws.fixedFace + settings.clearance + settings.cube / 2,
  -0.0002,
  -0.0995,
];
const CLAMPED = [settings.jaws.fixedFace + settings.cube / 2, -0.0002, -0.0995];

/** The hand over (x, y) with its `point` at height z and the gripper at g. */
function hand(point: readonly number[], x: number, y: number, z: number, g: number): Float64Array {
  const q = new Float64Array(6);
  arm.reach({ position: [x, y, z], tilt: 0, roll: 0 }, point, q.subarray(0, 5));
  q[5] = g;
  return q;
}

function state(positions: Float64Array, x: number, y: number, z: number): ExpertState {
  // Square to the hand, as the hand was placed with its roll joint at 0.
  const pose = arm.forward(positions, newPose());
  const yaw = headingOf(pose);
  return {
    positions,
    velocities: new Float64Array(6),
    cube: Float64Array.of(x, y, z, Math.cos(yaw / 2), 0, 0, Math.sin(yaw / 2)),
    target: TARGET,
  };
}

describe('the expert’s phases', () => {
  it('reaches for a cube that is far away, with an open hand, above it', () => {
    const decision = rules.decide(state(hand(STRADDLE, 0.2, 0, 0.1, 0.6), 0.28, 0.05, LYING));
    expect(decision.phase).toBe('reach');
    expect(decision.gripper).toBe('open');
    expect(decision.hand?.position[2]).toBeCloseTo(LYING + settings.hover, 6);
  });

  it('rises before it moves sideways when the hand is low and away from the cube', () => {
    const decision = rules.decide(state(hand(STRADDLE, 0.2, 0, 0.02, 0.6), 0.28, 0.05, LYING));
    const [x, y, z] = decision.hand?.position ?? [0, 0, 0];
    expect(Math.hypot(x - 0.2, y)).toBeLessThan(0.005);
    expect(z).toBeGreaterThan(0.03);
  });

  it('goes down when the open hand is straight above the cube', () => {
    const decision = rules.decide(state(hand(STRADDLE, 0.24, 0.02, 0.05, 0.6), 0.24, 0.02, LYING));
    expect(decision.phase).toBe('descend');
    expect(decision.hand?.position[2]).toBeLessThan(0.03);
    expect(decision.gripper).toBe('open');
  });

  it('opens before it goes down over the cube', () => {
    const decision = rules.decide(state(hand(STRADDLE, 0.24, 0.02, 0.05, 0.15), 0.24, 0.02, LYING));
    expect(decision.gripper).toBe('open');
    expect(decision.hand?.position[2]).toBeGreaterThan(0.045);
  });

  it('closes when the cube is between the jaws', () => {
    const decision = rules.decide(state(hand(STRADDLE, 0.24, 0.02, LYING, 0.6), 0.24, 0.02, LYING));
    expect(decision.phase).toBe('close');
    expect(decision.gripper).toBe('close');
  });

  it('lifts a cube that it has clamped', () => {
    const q = hand(CLAMPED, 0.24, 0.02, LYING, rules.contact);
    const decision = rules.decide(state(q, 0.24, 0.02, LYING));
    expect(decision.phase).toBe('carry');
    expect(decision.gripper).toBe('close');
    expect(decision.hand?.position[2]).toBeGreaterThan(LYING + 0.02);
  });

  it('lowers above the target and lets go on the table only', () => {
    const high = hand(CLAMPED, TARGET[0], TARGET[1], LYING + 0.05, rules.contact);
    const above = rules.decide(state(high, TARGET[0], TARGET[1], LYING + 0.05));
    expect([above.phase, above.gripper]).toEqual(['lower', 'close']);
    const low = hand(CLAMPED, TARGET[0], TARGET[1], LYING + 0.001, rules.contact);
    const down = rules.decide(state(low, TARGET[0], TARGET[1], LYING + 0.001));
    expect([down.phase, down.gripper]).toEqual(['release', 'open']);
  });

  it('leaves a placed cube upwards, then goes home', () => {
    const near = hand(STRADDLE, TARGET[0], TARGET[1], LYING, 0.6);
    const leave = rules.decide(state(near, TARGET[0], TARGET[1], LYING));
    expect(leave.phase).toBe('clear');
    expect(leave.hand?.position[2]).toBeGreaterThan(LYING + 0.01);
    const away = hand(STRADDLE, TARGET[0], TARGET[1], 0.09, 0.6);
    expect(rules.decide(state(away, TARGET[0], TARGET[1], LYING)).phase).toBe('home');
  });

  it('fetches again a cube that fell beside the target', () => {
    const q = hand(STRADDLE, TARGET[0], TARGET[1], 0.09, 0.6);
    expect(rules.decide(state(q, TARGET[0] + 0.04, TARGET[1], LYING)).phase).toMatch(
      /reach|descend/,
    );
  });
});

describe('the heading of the cube', () => {
  it('is that of a level edge on whichever face it lies', () => {
    const yaw = 0.4;
    const turn = [Math.cos(yaw / 2), 0, 0, Math.sin(yaw / 2)] as const;
    const s = Math.SQRT1_2;
    for (const roll of [
      [1, 0, 0, 0],
      [s, s, 0, 0],
      [s, 0, s, 0],
      [0, 1, 0, 0],
      [s, 0, -s, 0],
    ]) {
      const [w, x, y, z] = product(turn, roll);
      const heading = headingOfCube(Float64Array.of(0, 0, 0, w, x, y, z));
      const quarters = (heading - yaw) / (Math.PI / 2);
      expect(quarters).toBeCloseTo(Math.round(quarters), 9);
    }
  });
});

/** Product of two quaternions w, x, y, z. */
function product(
  [aw = 1, ax = 0, ay = 0, az = 0]: readonly number[],
  [bw = 1, bx = 0, by = 0, bz = 0]: readonly number[],
): [number, number, number, number] {
  return [
    aw * bw - ax * bx - ay * by - az * bz,
    aw * bx + ax * bw + ay * bz - az * by,
    aw * by - ax * bz + ay * bw + az * bx,
    aw * bz + ax * by - ay * bx + az * bw,
  ];
}

describe('the jaws', () => {
  it('have the gripper position of a gap and the gap of a position agree', () => {
    for (const gap of [0, 0.01, 0.025, 0.05]) {
      const g = gripperAtGap(settings.jaws, gap);
      expect(movingFace(settings.jaws, g) - settings.jaws.fixedFace).toBeCloseTo(gap, 9);
    }
  });

  it('are 25 mm apart where the description says that the pads are parallel', () => {
    expect(gripperAtGap(settings.jaws, 0.025)).toBeCloseTo(0.1174, 3);
  });

  it('are where the description has the grasp link', () => {
    const q = hand(CLAMPED, 0.24, 0.02, 0.05, 0.1174);
    const pose = arm.forward(q, newPose());
    const [x, y, z] = toWorld(pose, [0.0045, -0.000218, -0.0995]);
    expect(Math.hypot(x - 0.24, y - 0.02, z - 0.05)).toBeLessThan(1e-3);
  });
});
