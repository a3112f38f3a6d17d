/** The controller's health as it stands on /diagnostics: loop, inputs, safety. */

import { type ControlMemory, Status } from '../control/control_memory.js';
import { VERDICTS } from '../control/executors/executor.js';
import { steadyNow } from '../core/clock.js';
import type { Histogram } from '../core/histogram.js';
import type { DiagnosticLevel, Health } from '../ros/diagnostics.js';
import { Action, FAILSAFE, worstAction } from '../safety/failsafe.js';
import type { ControllerAuthority } from './controller_authority.js';
import type { ControllerInputs } from './controller_inputs.js';
import { faultLine, phaseOf } from './controller_loop.js';
import type { ControllerTelemetry } from './controller_telemetry.js';
import type { SafetyReport } from './safety_report.js';

/** Milliseconds of an age that may be unknown: −1 then. */
function ageMs(seconds: number): number {
  return Number.isFinite(seconds) ? seconds * 1e3 : -1;
}

function quantilesMs(name: string, histogram: Histogram): Record<string, number> {
  if (histogram.count === 0) return {};
  return {
    [`${name}_p50_ms`]: histogram.quantile(0.5) * 1e3,
    [`${name}_p99_ms`]: histogram.quantile(0.99) * 1e3,
    [`${name}_p999_ms`]: histogram.quantile(0.999) * 1e3,
    [`${name}_max_ms`]: histogram.max * 1e3,
  };
}

/** The pair that is nearest now, where the filter looks at one: far apart, it need not. */
function nearest({ report, clearances }: HealthSources): Record<string, string | number> {
  const pair = clearances[report.nearest];
  return pair === undefined ? {} : { nearest_pair: pair, nearest_m: report.clearance };
}

export interface HealthSources {
  readonly memory: ControlMemory;
  readonly inputs: ControllerInputs;
  readonly telemetry: ControllerTelemetry;
  readonly report: SafetyReport;
  readonly authority: ControllerAuthority;
  /** Names of what the filter keeps apart; see SafeCommand.nearest. */
  readonly clearances: readonly string[];
  readonly manual: () => boolean;
  /** SHA-256 of the safety configuration in effect. */
  readonly digest: () => string;
  /** Why the node cannot be activated now; undefined when it can. */
  readonly obstacle: () => string | undefined;
  readonly lifecycle: () => string;
  readonly fifo: () => string;
}

export function controllerHealth(sources: HealthSources): Health[] {
  const { memory, inputs, telemetry, report, authority } = sources;
  const { status } = memory;
  const phase = phaseOf(memory);
  const faults = Atomics.load(status, Status.faults);
  const action = worstAction(faults);
  const obstacle = sources.obstacle();
  const { period, lateness, observationToCommand } = telemetry;
  const level: DiagnosticLevel =
    action >= Action.stop || (phase === 'inactive' && obstacle !== undefined)
      ? 'error'
      : action > Action.none
        ? 'warn'
        : 'ok';
  const now = steadyNow();
  const loop: Health = {
    name: 'loop',
    level: 'ok',
    message: `${phase}, ${period.count} ticks in the last second`,
    values: {
      mode: phase,
      authority: authority.mode,
      lifecycle: sources.lifecycle(),
      fifo: sources.fifo(),
      ...(period.count === 0
        ? {}
        : { period_mean_ms: period.mean * 1e3, period_sigma_ms: period.sigma * 1e3 }),
      ticks: Atomics.load(status, Status.ticks),
      overruns: Atomics.load(status, Status.overruns),
      records_lost: telemetry.lost,
      ...quantilesMs('lateness', lateness),
      ...quantilesMs('observation_to_command', observationToCommand),
    },
  };
  period.clear();
  const streams: Health = {
    name: 'inputs',
    level: obstacle === undefined ? 'ok' : 'warn',
    message: obstacle ?? (inputs.jointStateFault || inputs.chunkFault || 'all there'),
    values: {
      joint_state_age_ms: ageMs(inputs.jointStates.age(now)),
      chunk_age_ms: ageMs(now - inputs.chunkStamp),
      joint_state_fault: inputs.jointStateFault,
      chunk_fault: inputs.chunkFault,
      messages_dropped: inputs.dropped + authority.dropped,
      heartbeats_replayed: authority.replayed,
      ...Object.fromEntries(
        VERDICTS.map((verdict, i) => [
          `chunks ${verdict}`,
          Atomics.load(status, Status.chunks + i),
        ]),
      ),
    },
  };
  const safety: Health = {
    name: 'safety',
    level,
    message: faultLine(memory) || 'no fault',
    values: {
      faults: FAILSAFE.filter((_, i) => (faults & (1 << i)) !== 0)
        .map(({ name }) => name)
        .join(' '),
      manual: sources.manual(),
      limited_joints: report.takeCounts(),
      limited_ticks: telemetry.limitedTicks,
      limit_violations: telemetry.violations,
      ...report.last,
      ...nearest(sources),
      ...(Number.isNaN(report.energy) ? {} : { energy_j: report.energy }),
      ...(inputs.safety.score === undefined ? {} : { risk_score: inputs.safety.score }),
      sha256: sources.digest(),
    },
  };
  return [loop, streams, safety];
}
