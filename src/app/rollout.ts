/** Rolls a policy out in a world of this process and reports successes and kinds of failure. */
import { loadRobot } from '../description/robot.js';
import { SafetyFilter } from '../safety/filter.js';
import { PolicyPilot } from '../simulation/policy_pilot.js';
import { rollOut } from '../simulation/rollout.js';
import { World } from '../simulation/world.js';
import type { RolloutCommandOptions } from './rollout_command.js';

export async function runRollout(options: RolloutCommandOptions): Promise<void> {
  const { description, limits, config } = loadRobot(options.robot);
  const world = await World.create({ robot: description, joints: config.joints });
  const policy = await PolicyPilot.open(options.package, world, {
    steps: options.steps,
    variant: options.variant,
  });
  const latency = options.latencyMs / 1000;
  const kinds = new Map<string, number>();
  let done = 0;
  const line = (text: string) => process.stdout.write(`${text}\n`);
  try {
    const reports = await rollOut({
      world,
      robot: description,
      policy,
      filter: new SafetyFilter(limits),
      episodes: options.episodes,
      seed: options.seed,
      record: options.record,
      expertShare: options.expertShare,
      disturbance: options.disturbance,
      replan: options.replan,
      latency: [latency * 0.75, latency * 1.25],
      timeout: options.timeout,
      onEpisode: (report) => {
        done++;
        kinds.set(report.kind, (kinds.get(report.kind) ?? 0) + 1);
        const tally = [...kinds].map(([kind, count]) => `${kind} ${count}`).join(', ');
        line(
          `episode ${done} (seed ${report.seed}): ${report.kind} after ` +
            `${report.seconds.toFixed(1)} s, lifts ${report.lifts}, last ${report.lastPhase}; ${tally}`,
        );
      },
    });
    const successes = reports.filter(({ success }) => success).length;
    const times = [...policy.inferenceTimes].sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? Number.NaN;
    line(
      JSON.stringify({
        episodes: reports.length,
        successes,
        success_rate: successes / Math.max(1, reports.length),
        kinds: Object.fromEntries(kinds),
        chunk_ms: median * 1000,
      }),
    );
  } finally {
    await policy.close();
    world.dispose();
  }
}
