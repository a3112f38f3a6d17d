/**
 * The loop in lock-step: no thread and no clock. Each message on the tick topic, [time, stamp of the
 * chunk that must have come or −1], runs one tick of fixed length as soon as its inputs are there,
 * and is answered on the done topic:
 * [time, 1 when a command was published for it]. So a simulation gives the same result at any speed.
 */
import { type ControlMemory, Request } from '../control/control_memory.js';
import { LoopCore, type LoopOptions } from '../control/loop_core.js';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';
import type { ControllerInputs } from './controller_inputs.js';
import { type ControlLoop, ended } from './controller_loop.js';

/** Stamps are doubles of whole nanoseconds: two of the same instant agree better than this, s. */
const SAME_TIME = 1e-6;
/** Ticks that the deceleration at deactivation may take. */
const MOST_STOP_TICKS = 2000;

export class LockstepLoop implements ControlLoop {
  readonly #memory: ControlMemory;
  readonly #core: LoopCore;
  readonly #inputs: ControllerInputs;
  readonly #period: number;
  readonly #done: Publisher<'std_msgs/msg/Float64MultiArray'>;
  readonly #onTick: (time: number) => boolean;
  #wanted: { time: number; chunk: number } | undefined;
  #time = 0;

  /** @param onTick called after each tick with its time, publishes its command; false: none */
  constructor(
    node: RosNode,
    config: Config,
    memory: ControlMemory,
    options: LoopOptions,
    inputs: ControllerInputs,
    onTick: (time: number) => boolean,
  ) {
    this.#memory = memory;
    this.#core = new LoopCore(memory, options);
    this.#inputs = inputs;
    this.#period = 1 / config.controller.rate_hz;
    this.#onTick = onTick;
    const type = 'std_msgs/msg/Float64MultiArray';
    this.#done = node.publisher(config.topics.lockstep_done, type, 'reliable');
    node.subscribe(config.topics.lockstep_tick, type, 'reliable', ({ data }) => {
      this.#wanted = { time: data[0] ?? Number.NaN, chunk: data[1] ?? -1 };
      this.#tryTick();
    });
    inputs.onInput = () => this.#tryTick();
  }

  /** Begins with the next tick, whose joint state is the first to count. */
  async activate(): Promise<void> {
    this.#memory.ask(Request.activate);
  }

  /** Decelerates in ticks that are not commanded: the simulation stands still meanwhile. */
  async deactivate(): Promise<void> {
    this.#memory.ask(Request.deactivate);
    this.#wanted = undefined;
    this.#inputs.dropHeld();
    for (let i = 0; i < MOST_STOP_TICKS; i++) {
      this.#core.tick(this.#time, this.#period, 0);
      if (ended(this.#memory)) break;
    }
    // Nobody was commanded by these: the next episode must not begin with the last of them.
    this.#memory.command.receive();
    this.#memory.decisions.skip();
  }

  async stop(): Promise<void> {
    this.#inputs.onInput = () => {};
  }

  #tryTick(): void {
    if (this.#wanted === undefined) return;
    const { time, chunk } = this.#wanted;
    if (!(this.#inputs.jointStateStamp >= time - SAME_TIME)) return;
    if (chunk >= 0 && !(this.#inputs.chunkStamp >= chunk - SAME_TIME)) return;
    this.#wanted = undefined;
    this.#time = time;
    this.#inputs.release(time);
    this.#core.tick(time, this.#period, 0);
    const data = Float64Array.of(time, this.#onTick(time) ? 1 : 0);
    this.#done.publish({ layout: { dim: [], data_offset: 0 }, data });
  }
}
