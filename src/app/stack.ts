/** The processes of a set-up as the supervisor starts them. */
import { fileURLToPath } from 'node:url';
import { type Config, rosEnvironment } from './config.js';
import { type ProcessSpec, Supervisor } from './supervisor.js';

/** A supervisor for the set-up's processes, not started yet. */
export function createStack(config: Config, set: readonly string[] = []): Supervisor {
  const { supervisor } = config;
  const args = ['--config', config.file, ...set.flatMap((override) => ['--set', override])];
  if (config.lockstep) args.push('--lockstep');
  // Nothing in lock-step may depend on how fast a process is, as scores would.
  const critic = config.critic !== undefined && !config.lockstep;
  const operated = {
    teleop: config.teleop !== undefined && !config.lockstep,
    console: config.console !== undefined && !config.lockstep,
  };
  const wanted: Partial<Record<string, boolean>> = { critic, ...operated };
  const processes = supervisor.processes.filter((name) => wanted[name] !== false);
  const specs = processes.map(
    (name): ProcessSpec => ({
      name,
      module: fileURLToPath(new URL(`./${name}.js`, import.meta.url)),
      args,
      env: rosEnvironment(config),
      nice: supervisor.nice[name] ?? 0,
    }),
  );
  return new Supervisor(specs, {
    limit: supervisor.restart_limit,
    windowS: supervisor.restart_window_s,
    delayS: supervisor.restart_delay_s,
    stopTimeoutS: supervisor.stop_timeout_s,
  });
}

/** Whether the set-up's robot is simulated, so that episodes can begin by themselves. */
export function isSimulated({ supervisor: { processes } }: Config): boolean {
  return processes.includes('simulator') || processes.includes('gazebo');
}
