/** What the bridge tells of itself on /diagnostics. */
import { steadyNow } from '../core/clock.js';
import type { Health } from '../ros/diagnostics.js';
import type { Subscription } from '../ros/ros_node.js';
import type { GazeboWorld } from '../simulation/gazebo/gazebo_world.js';
import type { GazeboSimulation } from '../simulation/gazebo_world/gazebo_simulation.js';

export class GazeboHealth {
  readonly #world: GazeboWorld;
  readonly #simulation: GazeboSimulation;
  readonly #commands: Subscription;
  readonly #paused: () => boolean;
  #counted = { time: 0, pictures: 0, at: steadyNow() };

  constructor(
    world: GazeboWorld,
    simulation: GazeboSimulation,
    commands: Subscription,
    paused: () => boolean,
  ) {
    this.#world = world;
    this.#simulation = simulation;
    this.#commands = commands;
    this.#paused = paused;
  }

  /** Rates are those since the last call. */
  report(): Health[] {
    const { title, connected, counters } = this.#world;
    const { time, pictures, watchdog } = this.#simulation;
    const at = steadyNow();
    const before = this.#counted;
    const elapsed = at - before.at;
    this.#counted = { time, pictures, at };
    const doing = this.#paused() ? 'paused' : `commands: ${watchdog.state}`;
    return [
      {
        name: 'simulation',
        level: connected ? 'ok' : 'error',
        message: connected ? `${title}, ${doing}` : `${title} is gone`,
        values: {
          real_time_factor: Math.max(0, time - before.time) / elapsed,
          pictures_hz: (pictures - before.pictures) / elapsed,
          commands_received: this.#commands.received,
          commands_malformed: this.#commands.malformed,
          gazebo_received: counters.received,
          gazebo_lost: counters.lost,
          gazebo_malformed: counters.malformed,
          gazebo_other_partition: counters.otherPartition,
          gazebo_wrong_version: counters.wrongVersion,
        },
      },
    ];
  }
}
