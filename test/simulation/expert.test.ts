import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadRobot } from '../../src/description/robot.js';
import { runEpisode } from '../../src/simulation/demonstration.js';
import { DemonstrationDriver, expertPilot } from '../../src/simulation/demonstration_driver.js';
import { expertFor } from '../../src/simulation/demonstration_session.js';
import { ARM_JOINTS, ExpertArm, newPose, toWorld } from '../../src/simulation/expert_arm.js';
import { World } from '../../src/simulation/world.js';

const robot = loadRobot('config/so101.yaml');
const arm = new ExpertArm(robot.description);
const STEP = 1 / 15;

/** Arm postures above the table, inside the joint limits. */
const posture = fc
  .tuple(
    fc.double({ min: -0.9, max: 0.9, noNaN: true }),
    fc.double({ min: -1.2, max: 0.4, noNaN: true }),
    fc.double({ min: -0.8, max: 1.2, noNaN: true }),
    fc.double({ min: 0.3, max: 1.5, noNaN: true }),
    fc.double({ min: -1, max: 1, noNaN: true }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map((q) => Float64Array.from(q));
const cubePlace = fc.record({
  x: fc.double({ min: 0.18, max: 0.3, noNaN: true }),
  y: fc.double({ min: -0.03, max: 0.09, noNaN: true }),
  yaw: fc.double({ min: -3, max: 3, noNaN: true }),
});

describe('the expert’s arm', () => {
  it('reaches every place of the cube’s region, square to the cube, inside the limits', () => {
    const point = [0.0145, 0, -0.0995];
    const q = new Float64Array(ARM_JOINTS);
    const pose = newPose();
    fc.assert(
      fc.property(cubePlace, fc.constantFrom(0, 0.045), ({ x, y, yaw }, height) => {
        const azimuth = Math.atan2(y - arm.pan[1], x - arm.pan[0]);
        const position = [x, y, 0.0101 + height] as const;
        const heading = azimuth + (yaw / 3) * (Math.PI / 4);
        const error = arm.reach({ position, tilt: height * 5, heading }, point, q);
        expect(error).toBeLessThan(1e-4);
        const [px, py, pz] = toWorld(arm.forward(q, pose), point);
        expect(Math.hypot(px - x, py - y, pz - position[2])).toBeLessThan(1e-3);
        for (let j = 0; j < ARM_JOINTS; j++) {
          expect(q[j]).toBeGreaterThan(arm.lower[j] ?? 0);
          expect(q[j]).toBeLessThan(arm.upper[j] ?? 0);
        }
      }),
    );
  });

  it('refuses a link that does not hang on five joints', () => {
    expect(() => new ExpertArm(robot.description, 'wrist_link')).toThrow(/4 joints.*expected 5/);
  });
});

describe('the expert', () => {
  it('gives chunks that begin where the arm is and respect speed and acceleration', async () => {
    const world = await World.create({ robot: robot.description });
    const expert = expertFor(world, robot.description);
    const { speed, acceleration, pull, lag } = expert.settings;
    fc.assert(
      fc.property(posture, cubePlace, (positions, { x, y, yaw }) => {
        const cube = Float64Array.of(x, y, 0.0101, Math.cos(yaw / 2), 0, 0, Math.sin(yaw / 2));
        const velocities = new Float64Array(6);
        const before = positions.slice();
        const { chunk } = expert.plan({ positions, velocities, cube, target: [0.2, -0.14] }, 16);
        expect([...positions]).toEqual([...before]);
        const width = ARM_JOINTS + 1;
        for (let j = 0; j < ARM_JOINTS; j++) {
          expect(chunk[j]).toBeCloseTo(positions[j] ?? 0, 9);
          let last = 0;
          for (let i = 1; i < 16; i++) {
            const v = ((chunk[i * width + j] ?? 0) - (chunk[(i - 1) * width + j] ?? 0)) / STEP;
            // Set-points lead by `lag`, so a change of speed shows once more, lag / STEP strong.
            const extra = i === 1 ? speed : 0;
            const change = acceleration * (STEP + 2 * lag) + extra + pull;
            expect(Math.abs(v)).toBeLessThan(speed * 1.05 + acceleration * lag);
            expect(Math.abs(v - last)).toBeLessThan(change);
            last = v;
          }
        }
      }),
      { numRuns: 60 },
    );
    world.dispose();
  });

  it('places the cube in all of 20 scenes, with late chunks and no look at pictures', async () => {
    const world = await World.create({ robot: robot.description });
    const expert = expertFor(world, robot.description);
    const failed: number[] = [];
    for (let seed = 1_000; seed < 1_020; seed++) {
      world.reset(seed);
      const driver = new DemonstrationDriver({
        expert,
        pilot: expertPilot(
          () => 2,
          () => 0.06,
        ),
        pictures: false,
        stepTime: STEP,
      });
      const { success } = await runEpisode(world, driver, {
        stepTime: STEP,
        controlTime: 0.01,
        timeout: 10,
        afterSuccess: 0,
      });
      if (!success) failed.push(seed);
    }
    expect(failed).toEqual([]);
    world.dispose();
  }, 240_000);
});
