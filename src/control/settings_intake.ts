/** Hands settings that have changed to those whom they concern, between two ticks. */
import type { SafetyFilter } from '../safety/filter.js';
import type { BarrierSettings } from '../safety/options.js';
import type { ControlMemory } from './control_memory.js';
import type { Executor } from './executors/executor.js';
import type { JointMonitor } from './joint_monitor.js';
import type { LoopOptions } from './loop_core.js';
import { boundBarrier, type LoopSettings } from './loop_settings.js';

export class SettingsIntake {
  readonly settings: LoopSettings = {
    blendS: 0.15,
    cubic: 1,
    jointStateTimeoutS: 0.2,
    chunkTimeoutS: 2,
  };
  readonly #memory: ControlMemory;
  readonly #options: LoopOptions;
  readonly #barrier: BarrierSettings = { gain: 0, selfMargin: 0, sceneMargin: 0 };
  #generation = 0;

  constructor(memory: ControlMemory, options: LoopOptions) {
    this.#memory = memory;
    this.#options = options;
  }

  take(filter: SafetyFilter, executor: Executor, joints: JointMonitor): void {
    const { generation } = this.#memory.settings;
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.#memory.readSettings(this.settings);
    executor.blend = this.settings.blendS;
    executor.interpolation = this.settings.cubic === 0 ? 'linear' : 'cubic';
    joints.watchdog.timeout = this.settings.jointStateTimeoutS;
    this.#limitTools(filter);
  }

  /** The settings of the Cartesian limits, inside their declared bounds. */
  #limitTools(filter: SafetyFilter): void {
    const { filter: options, barrierBounds, manualToolSpeed } = this.#options;
    const cartesian = options?.cartesian;
    if (cartesian === undefined) return;
    if (barrierBounds !== undefined) {
      boundBarrier(this.settings, cartesian.barrier, barrierBounds, this.#barrier);
      filter.barrier = this.#barrier;
    }
    const manual = isOn(this.settings.manual) ? manualToolSpeed : undefined;
    filter.toolSpeed = Math.min(cartesian.toolSpeed, manual ?? Number.POSITIVE_INFINITY);
  }
}

/** Whether a setting that is 0 for off is on; one that was left out is not. */
function isOn(setting: number | undefined): boolean {
  return setting !== undefined && setting !== 0 && !Number.isNaN(setting);
}
