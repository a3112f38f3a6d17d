/**
 * The services of a simulated robot, whichever engine moves it: reset, pause and step, with their
 * parameters. One call at a time: a reset in the middle of a step would mix two episodes.
 */
import type { Logger } from 'pino';
import { Parameters } from '../ros/parameters.js';
import type { RosNode } from '../ros/ros_node.js';
import type { SimulatorConfig } from '../simulation/config.js';
import type { Config } from './config.js';
import { LockstepGate } from './simulator_lockstep.js';

/** What reset and step answer. */
export interface SimulatorReport {
  /** ROS time, s. */
  readonly time: number;
  /** Stamp of the newest pictures since the reset, s; null before the first. */
  readonly frame: number | null;
  /** Whether the task is done. */
  readonly success: boolean;
}

/** What an engine can be asked for. */
export interface SimulatedWorld {
  /** ROS time of the present, s. */
  now(): number;
  /** Starts the scene of `seed`; runs on unless `paused`. */
  reset(seed: number, paused: boolean): Promise<void>;
  /** Stops, or goes on in real time. */
  pause(paused: boolean): Promise<void>;
  /** Runs so many physics steps, handing out all that is due; only while paused. */
  step(count: number): Promise<void>;
  report(): SimulatorReport;
}

export class SimulatorServices {
  readonly #world: SimulatedWorld;
  readonly #log: Logger;
  readonly #gate: LockstepGate | undefined;
  readonly #parameters;
  #paused: boolean;
  #open: (() => void) | undefined;
  /** What a call waits for: the one before it; the first one for {@link begin}. */
  #last: Promise<unknown> = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  constructor(
    node: RosNode,
    config: Config,
    settings: SimulatorConfig,
    world: SimulatedWorld,
    log: Logger,
  ) {
    this.#world = world;
    this.#log = log;
    this.#paused = settings.paused || config.lockstep;
    this.#gate = config.lockstep ? new LockstepGate(node, config) : undefined;
    this.#parameters = new Parameters(node, {
      seed: {
        type: 'int',
        default: settings.seed,
        min: 0,
        description: 'scene of the next reset',
      },
      step_count: {
        type: 'int',
        default: settings.step_count,
        min: 1,
        max: 100_000,
        description: 'physics steps of one call of the step service',
      },
      timestep_s: {
        type: 'double',
        default: settings.timestep_s,
        readOnly: true,
        description: 'one physics step, s',
      },
    });
    const refuse = (line: string) => ({ success: false, message: line });
    const trigger = 'std_srvs/srv/Trigger';
    node.service('~/reset', trigger, () => this.#inTurn(() => this.#reset()), refuse);
    node.service('~/step', trigger, () => this.#inTurn(() => this.#step()), refuse);
    node.service(
      '~/pause',
      'std_srvs/srv/SetBool',
      ({ data }) => this.#inTurn(() => this.#pause(data)),
      refuse,
    );
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Starts an episode; calls are answered after the first. */
  async begin(): Promise<void> {
    const open = this.#open;
    if (open === undefined) {
      await this.#inTurn(() => this.#reset());
      return;
    }
    this.#open = undefined;
    try {
      await this.#reset();
    } finally {
      open();
    }
  }

  /** A command has been taken at the present instant. */
  noteCommand(): void {
    this.#gate?.noteCommand();
  }

  async #reset() {
    await this.#world.reset(this.#parameters.get('seed'), this.#paused);
    return this.#answer();
  }

  async #pause(paused: boolean) {
    await this.#world.pause(paused);
    this.#paused = paused;
    return { success: true, message: paused ? 'paused' : 'running' };
  }

  async #step() {
    if (!this.#paused) {
      return { success: false, message: 'the simulator runs in real time; pause it to step' };
    }
    if ((await this.#gate?.pass(this.#world.now())) === false) {
      this.#log.warn('stepping without a command of this instant: the controller did not tick');
    }
    await this.#world.step(this.#parameters.get('step_count'));
    return this.#answer();
  }

  #answer() {
    return { success: true, message: JSON.stringify(this.#world.report()) };
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#last.then(action);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
