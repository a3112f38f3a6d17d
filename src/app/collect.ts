/** Records demonstrations in a world of this process: no ROS, as fast as the computer goes. */
import { loadUrdf } from '../description/urdf_parser.js';
import { recordDemonstrations } from '../simulation/demonstration_session.js';
import { World } from '../simulation/world.js';
import type { CollectOptions } from './collect_command.js';

export async function runCollect(options: CollectOptions): Promise<void> {
  const robot = loadUrdf(options.urdf);
  const world = await World.create({ robot });
  let successes = 0;
  const line = (text: string) => process.stdout.write(`${text}\n`);
  try {
    await recordDemonstrations({
      world,
      robot,
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
