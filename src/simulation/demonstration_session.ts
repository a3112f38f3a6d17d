/**
 * A session of demonstrations: the expert drives from random beginnings, pushed about now and then,
 * and every observation is recorded with what the expert would do from there.
 */
import { SinewError } from '../core/error.js';
import type { RobotDescription } from '../description/robot_description.js';
import type { SafetyFilter } from '../safety/filter.js';
import { EPISODE_TIMING, type EpisodeResult, runEpisode } from './demonstration.js';
import { RandomPushes } from './demonstration_disturbance.js';
import { DemonstrationDriver, expertPilot, PREDICTION_HORIZON } from './demonstration_driver.js';
import { type DemonstrationLayout, DemonstrationWriter } from './demonstration_file.js';
import { Expert } from './expert.js';
import { ARM_JOINTS, ExpertArm, newPose, toWorld } from './expert_arm.js';
import { SeededRandom } from './random.js';
import { cubeOnTable } from './scene_random.js';
import type { World } from './world.js';

export interface DemonstrationOptions {
  readonly folder: string;
  readonly world: World;
  readonly robot: RobotDescription;
  readonly episodes: number;
  /** Seed of the first episode; the next ones count up. */
  readonly seed: number;
  /** Strength of disturbances; 0 is none, 1 is usual. */
  readonly disturbance: number;
  /** Between the expert and the servos, as at run time. */
  readonly filter?: SafetyFilter;
  readonly onEpisode?: (index: number, result: EpisodeResult, frames: number) => void;
}

/** Share of the episodes that begin away from home, that begin with the cube outside its region … */
const FAR_START = 0.35;
const WIDE_CUBE = 0.25;
const WIDE_MARGIN = 0.02;
/** … in which the cube jumps to another place, and that go on until the arm is home again. */
const CUBE_JUMP = 0.1;
const UNTIL_HOME = 0.3;

/**
 * The expert for a world: its table, its cube and its home.
 *
 * @throws SinewError when the world's joints are not the arm's, base outwards, and the gripper
 */
export function expertFor(world: World, robot: RobotDescription): Expert {
  const { cube, table, home, gripper_joint } = world.scene;
  const arm = new ExpertArm(robot);
  const wanted = [...arm.names, gripper_joint].join(', ');
  const given = world.jointNames.join(', ');
  if (given !== wanted) {
    throw new SinewError(`the world's joints are ${given}`, {
      expected: wanted,
      where: robot.file,
    });
  }
  return new Expert({
    arm,
    home: world.jointNames.map((name) => home[name] ?? 0),
    stepTime: EPISODE_TIMING.stepTime,
    settings: { cube: cube.size, table: table.height },
  });
}

export function layoutOf(world: World): DemonstrationLayout {
  const [camera] = world.scene.cameras;
  return {
    cameras: world.scene.cameras.map(({ name }) => name),
    height: camera?.height ?? 0,
    width: camera?.width ?? 0,
    joints: [...world.jointNames],
    rate_hz: 1 / EPISODE_TIMING.stepTime,
    prediction_horizon: PREDICTION_HORIZON,
  };
}

/** Records into `folder`; equal seeds give equal recordings. */
export async function recordDemonstrations(options: DemonstrationOptions): Promise<void> {
  const { world, robot } = options;
  const expert = expertFor(world, robot);
  const writer = new DemonstrationWriter(options.folder, layoutOf(world));
  try {
    for (let i = 0; i < options.episodes; i++) {
      const seed = options.seed + i;
      const random = new SeededRandom(seed, 'demonstration');
      world.reset(seed);
      beginSomewhere(world, expert.arm, random);
      const strength = options.disturbance * random.uniform(0, 1.5);
      const replan = () => 1 + Math.floor(random.next() * 3);
      const latency = () => random.uniform(0, 0.1);
      const driver = new DemonstrationDriver({
        expert,
        writer,
        pilot: expertPilot(replan, latency),
        pictures: false,
        stepTime: EPISODE_TIMING.stepTime,
        disturbance: new RandomPushes(random, EPISODE_TIMING.timeout, 1.5, strength),
        meddle: cubeJump(random),
        ...(options.filter === undefined ? {} : { filter: options.filter }),
      });
      const afterSuccess = random.next() < UNTIL_HOME ? 2.5 : EPISODE_TIMING.afterSuccess;
      const result = await runEpisode(world, driver, { ...EPISODE_TIMING, afterSuccess });
      writer.endEpisode(seed, result.success);
      options.onEpisode?.(i, result, writer.frames);
    }
  } finally {
    writer.close();
  }
}

/** Moves arm and cube to a random beginning; the cube as the seed put it, or a bit outside. */
export function beginSomewhere(world: World, arm: ExpertArm, random: SeededRandom): void {
  if (random.next() < WIDE_CUBE) placeCube(world, random, WIDE_MARGIN);
  const home = Float64Array.from(world.positions);
  const far = random.next() < FAR_START;
  const spread = far ? [0.7, 0.5, 0.6, 0.5, 0.8, 0.4] : [0.08, 0.08, 0.08, 0.08, 0.08, 0.08];
  const pose = newPose();
  for (let tries = 0; tries < 50; tries++) {
    const q = home.map((value, j) => value + random.uniform(-1, 1) * (spread[j] ?? 0));
    for (let j = 0; j < ARM_JOINTS; j++) {
      q[j] = Math.max((arm.lower[j] ?? 0) + 0.05, Math.min((arm.upper[j] ?? 0) - 0.05, q[j] ?? 0));
    }
    q[ARM_JOINTS] = Math.max(0, q[ARM_JOINTS] ?? 0);
    const [x, y, z] = toWorld(arm.forward(q, pose), [0, 0, -0.1]);
    if (z < 0.06 || Math.hypot(x, y) < 0.15 || z > 0.3) continue;
    world.setPositions(q);
    return;
  }
}

function placeCube(world: World, random: SeededRandom, margin: number): void {
  const { region } = world.scene.cube;
  const x = random.uniform(region.x[0] - margin, region.x[1] + margin);
  const y = random.uniform(region.y[0] - margin, region.y[1] + margin);
  world.setCubePose(cubeOnTable(world.scene, x, y, random.uniform(-Math.PI, Math.PI)));
}

/** In some episodes the cube is elsewhere all at once, at a moment when nothing touches it. */
function cubeJump(random: SeededRandom): (world: World, index: number) => void {
  const at = random.next() < CUBE_JUMP ? 5 + Math.floor(random.next() * 25) : -1;
  let done = false;
  return (world, index) => {
    if (done || at < 0 || index < at || world.graspState().touched || world.success()) return;
    done = true;
    placeCube(world, random, 0);
  };
}
