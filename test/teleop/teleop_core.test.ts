/** What operators send becomes a command of joints: jogs, targets, drags, a leader. */
import { beforeEach, describe, expect, it } from 'vitest';
import { loadRobot, robotKinematics } from '../../src/description/robot.js';
import { SOURCES } from '../../src/teleop/config.js';
import { TeleopCore } from '../../src/teleop/teleop_core.js';

const robot = loadRobot('config/so101.yaml');
const kinematics = robotKinematics(robot);
const N = robot.limits.length;
const H = 0.01;
let core: TeleopCore;
let now: number;
/** Follows the command, as the controller does while nothing is in its way. */
let arm: Float64Array;

beforeEach(() => {
  core = new TeleopCore({
    limits: robot.limits,
    tools: new Map([[robot.config.toolLink, kinematics]]),
    slowFrom: 40,
    haltAt: 80,
    jointSpeed: 0.8,
    linearSpeed: 0.1,
    angularSpeed: 1,
    acceleration: 5,
    timeout: 0.2,
    sources: SOURCES,
    leader: { operator: 'ann', slide: 0.4, motion: 0.25, release: 1 },
  });
  now = 10;
  arm = Float64Array.from(robot.home);
});

/** Runs for `seconds`, sending before every step. */
function run(seconds: number, send: () => void = () => {}, holder: string | null = 'ann') {
  let commands = 0;
  for (let i = 0; i < Math.round(seconds / H); i++) {
    now += H;
    core.commanded(arm);
    send();
    if (!core.step(now, H, holder ?? undefined)) continue;
    commands++;
    arm.set(core.position);
  }
  return commands;
}

const jog = (speed: number, operator = 'ann') => {
  const velocity = new Float64Array(N);
  velocity[0] = speed;
  return () => core.jointJog(operator, velocity, now);
};

function tool(): number[] {
  const pose = new Float64Array(16);
  kinematics.forward(arm, pose);
  return [pose[3] ?? 0, pose[7] ?? 0, pose[11] ?? 0];
}

describe('teleoperation', () => {
  it('jogs a joint with bounded acceleration, and comes to rest when the jog falls silent', () => {
    run(0.05, jog(0.5));
    expect(core.velocity[0]).toBeCloseTo(0.25, 2);
    run(0.5, jog(0.5));
    expect(core.velocity[0]).toBeCloseTo(0.5, 9);
    run(0.5);
    expect(core.velocity[0]).toBe(0);
    expect(run(0.5)).toBe(0);
  });

  it('keeps a jog that is too fast to the greatest speed', () => {
    run(1, jog(5));
    expect(core.velocity[0]).toBeCloseTo(0.8, 9);
  });

  it('answers the holder of authority alone', () => {
    expect(run(0.3, jog(0.5, 'bob'))).toBe(0);
    expect(run(0.3, jog(0.5), null)).toBe(0);
    expect(run(0.3, jog(0.5, ''))).toBe(30);
    expect(run(0.3, jog(0.5))).toBe(30);
  });

  it('does not run away from an arm that cannot follow', () => {
    const held = arm.slice();
    for (let i = 0; i < 300; i++) {
      now += H;
      core.commanded(held);
      jog(0.8)();
      core.step(now, H, 'ann');
    }
    expect(Math.abs((core.position[0] ?? 0) - (held[0] ?? 0))).toBeLessThanOrEqual(0.15 + 1e-12);
  });

  it('moves to a joint target and leaves the joints alone that it does not name', () => {
    const target = new Float64Array(N).fill(Number.NaN);
    target[2] = 0.9;
    const before = arm.slice();
    run(3, () => core.jointTarget('ann', target, now));
    expect(arm[2]).toBeCloseTo(0.9, 3);
    expect(arm[0]).toBe(before[0]);
  });

  it('jogs the tool in the axes of the base, and in its own', () => {
    const start = tool();
    const twist = [0, 0.05, 0, 0, 0, 0];
    run(1, () => core.twistJog('ann', { frame: 'base', twist }, now));
    const [x, y, z] = tool();
    expect((y ?? 0) - (start[1] ?? 0)).toBeCloseTo(0.05, 2);
    expect(x).toBeCloseTo(start[0] ?? 0, 2);
    expect(z).toBeCloseTo(start[2] ?? 0, 2);
    run(1);
    const pose = new Float64Array(16);
    kinematics.forward(arm, pose);
    const from = tool();
    run(1, () => core.twistJog('ann', { frame: 'tool', twist: [0, 0, 0.03, 0, 0, 0] }, now));
    const moved = tool().map((value, i) => value - (from[i] ?? 0));
    const along = [2, 6, 10].reduce((sum, k, i) => sum + (pose[k] ?? 0) * (moved[i] ?? 0), 0);
    expect(along).toBeCloseTo(0.03, 2);
  });

  it('drags the tool to where it is asked to be', () => {
    const pose = new Float64Array(16);
    kinematics.forward(arm, pose);
    pose[3] = (pose[3] ?? 0) + 0.03;
    pose[7] = (pose[7] ?? 0) - 0.04;
    run(4, () => core.poseTarget('ann', { pose }, now));
    const [x, y, z] = tool();
    expect(x).toBeCloseTo(pose[3] ?? 0, 2);
    expect(y).toBeCloseTo(pose[7] ?? 0, 2);
    expect(z).toBeCloseTo(pose[11] ?? 0, 2);
  });

  it('drags the tool there although the arm cannot turn it as asked', () => {
    const [x = 0, y = 0, z = 0] = tool();
    // Upside down, and sideways.
    const pose = Float64Array.of(0, 1, 0, x, 0, 0, 1, y + 0.05, 1, 0, 0, z, 0, 0, 0, 1);
    run(6, () => core.poseTarget('ann', { pose }, now));
    const away = Math.hypot(...tool().map((at, i) => at - ([x, y + 0.05, z][i] ?? 0)));
    expect(away).toBeLessThan(0.012);
  });

  it('lets the source of highest priority move the arm', () => {
    const target = Float64Array.from(arm);
    run(0.3, () => {
      jog(0.5)();
      core.jointTarget('ann', target, now);
    });
    expect(core.active).toBe('joint_target');
    expect(arm[0]).toBe(target[0]);
    run(0.5, jog(0.5));
    expect(core.active).toBe('joint_jog');
  });
});

describe('a leader arm', () => {
  const leader = Float64Array.from(robot.home, (q) => q + 0.4);
  const swing = (speed: number) => () => {
    leader[0] = (leader[0] ?? 0) + speed * H;
    core.leader?.hear(leader, now);
  };

  it('is grasped when it is moved, not by a knock, and let go when it rests', () => {
    run(0.5, swing(0));
    expect(core.leader?.grasped).toBe(false);
    run(0.03, swing(0.6));
    run(0.2, swing(0));
    expect(core.leader?.grasped).toBe(false);
    run(0.3, swing(0.6));
    expect(core.leader?.grasped).toBe(true);
    run(1.5, swing(0));
    expect(core.leader?.grasped).toBe(false);
  });

  it('leads the arm of nobody but its own operator', () => {
    run(0.5, swing(0.6), 'bob');
    expect(core.leader?.grasped).toBe(true);
    expect(core.active).toBeUndefined();
  });

  it('takes the arm over where it is, slides it to itself, and then leads it one to one', () => {
    run(0.3, swing(0.6), null);
    const before = arm.slice();
    run(H, swing(0.6));
    expect(core.active).toBe('leader');
    for (let j = 0; j < N; j++) {
      expect(Math.abs((arm[j] ?? 0) - (before[j] ?? 0))).toBeLessThan(0.02);
    }
    let sense = 1;
    for (let i = 0; i < 8; i++) {
      run(0.4, swing(0.5 * sense));
      sense = -sense;
    }
    for (let j = 0; j < N; j++) expect(arm[j]).toBeCloseTo(leader[j] ?? 0, 6);
  });
});
