/** Records demonstrations in a world of this process: no ROS, as fast as the computer goes. */
import { loadRobot } from '../description/robot.js';
import { SafetyFilter } from '../safety/filter.js';
import { recordDemonstrations } from '../simulation/demonstration_session.js';
import { writeRandomViews } from '../simulation/random_views.js';
import { sceneSchema } from '../simulation/scene_config.js';
import { World } from '../simulation/world.js';
import type { CollectOptions } from './collect_command.js';

export async function runCollect(options: CollectOptions): Promise<void> {
  const { description: robot, limits, config } = loadRobot(options.robot);
  const line = (text: string) => process.stdout.write(`${text}\n`);
  if (options.views !== undefined) {
    await writeRandomViews({
      folder: options.out,
      robot,
      joints: config.joints,
      scene: sceneSchema.parse({}),
      frames: options.views,
      seed: options.seed,
      onProgress: (done) => line(`${done} of ${options.views} pictures`),
    });
    return;
  }
  const world = await World.create({ robot, joints: config.joints });
  let successes = 0;
  try {
    await recordDemonstrations({
      world,
      robot,
      filter: new SafetyFilter(limits),
      folder: options.out,
      episodes: options.episodes,
      seed: options.seed,
      disturbance: options.disturbance,
      onEpisode: (index, result, frames) => {
        if (result.success) successes++;
        const outcome = result.success ? `success after ${result.seconds.toFixed(1)} s` : 'failed';
        line(
          `episode ${index + 1} of ${options.episodes}: ${outcome}; ` +
            `${successes} successes, ${frames} frames`,
        );
      },
    });
  } finally {
    world.dispose();
  }
}
