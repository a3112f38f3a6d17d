/**
 * The controller's main thread over real ROS 2 with a loop that ticks only when the test says so:
 * what comes between two looks of the watch happens in a known order.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../src/app/config.js';
import { ControllerInputs, MAX_POINTS } from '../../src/app/controller_inputs.js';
import type { ControlLoop } from '../../src/app/controller_loop.js';
import { ControllerNode } from '../../src/app/controller_node.js';
import { assembleSafety, loopOptions } from '../../src/app/safety_setup.js';
import { ControlMemory, Request, Status } from '../../src/control/control_memory.js';
import { LoopCore } from '../../src/control/loop_core.js';
import { MemoryWriter } from '../../src/control/memory_writer.js';
import { steadyNow } from '../../src/core/clock.js';
import { RosClock } from '../../src/ros/clock.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { type Domain, reserveDomain } from '../integration/domain.js';

const ROBOT = resolve(import.meta.dirname, '../../config/so101.yaml');
const PERIOD = 0.01;
const MOST_TICKS = 1000;

/** The real loop, ticked by hand, with a robot that goes where it is told. */
export class HandLoop implements ControlLoop {
  /** The thread has died: nothing is answered any more. */
  dead = false;
  /** What telling it to stop throws. */
  fault: Error | undefined;
  /** Whether joint states come before ticks. */
  reporting = true;
  /** s; its own. */
  now = 100;
  readonly #position: Float64Array;
  readonly #writer: MemoryWriter;

  constructor(
    readonly memory: ControlMemory,
    readonly core: LoopCore,
  ) {
    this.#position = new Float64Array(memory.joints);
    this.#writer = new MemoryWriter(memory);
  }

  tick(): void {
    this.now += PERIOD;
    if (this.reporting) {
      const still = new Float64Array(this.memory.joints);
      this.#writer.jointState(this.now, this.now, this.#position, still);
    }
    this.core.tick(this.now, PERIOD, 0);
    const command = this.memory.command.receive();
    if (command !== undefined) this.#position.set(command.positions);
  }

  /** Ticks until the phase is one of these. */
  until(...phases: readonly string[]): void {
    for (let i = 0; i < MOST_TICKS && !phases.includes(this.core.phase); i++) this.tick();
    if (!phases.includes(this.core.phase)) throw new Error(`still ${this.core.phase}`);
  }

  /** Sends all joints away from where they are, and is on the way. */
  move(): void {
    const { joints } = this.memory;
    const times = Float64Array.from({ length: 50 }, (_, i) => 0.1 * i);
    const positions = Float64Array.from(
      { length: 50 * joints },
      (_, k) => (this.#position[k % joints] ?? 0) + 0.05 * Math.floor(k / joints),
    );
    this.#writer.chunk(this.now, times.length, times, positions);
    const [from = 0] = this.#position;
    for (let i = 0; i < MOST_TICKS && Math.abs((this.#position[0] ?? 0) - from) < 0.05; i++) {
      this.tick();
    }
  }

  async activate(): Promise<void> {
    const asked = this.memory.ask(Request.activate);
    for (let i = 0; i < MOST_TICKS && this.memory.status[Status.answered] !== asked; i++) {
      this.tick();
    }
    if (this.memory.status[Status.started] !== 1) throw new Error('not started');
  }

  async deactivate(): Promise<void> {
    if (this.fault !== undefined) throw this.fault;
    if (this.dead) return;
    this.memory.ask(Request.deactivate);
    this.tick();
    this.until('inactive', 'e_stop');
  }

  async stop(): Promise<void> {}
}

export interface HandRig {
  readonly controller: ControllerNode;
  readonly loop: HandLoop;
  readonly memory: ControlMemory;
  /** All lines of the log, as `level text`. */
  readonly lines: string[];
  /** What the robot was told at each rest. */
  readonly rests: string[];
  /** What the robot answers with then. */
  answer: () => Promise<void>;
  close(): Promise<void>;
}

/** A configured controller that activates by itself. */
export async function handRig(): Promise<HandRig> {
  const folder = mkdtempSync(join(tmpdir(), 'sinew-hand-'));
  const file = join(folder, 'setup.yaml');
  writeFileSync(file, `robot: ${ROBOT}\ncontroller: { auto_activate: true }\n`);
  const config = loadConfig(file);
  rmSync(folder, { recursive: true });
  const domain: Domain = await reserveDomain();
  const node = await RosNode.create({ name: 'controller', domainId: domain.id });
  const clock = new RosClock(node);
  const options = loopOptions(config, assembleSafety(config));
  const memory = new ControlMemory(options.limits.length, MAX_POINTS);
  memory.writeSettings({ blendS: 0.1, cubic: 1, jointStateTimeoutS: 0.2, chunkTimeoutS: 20 });
  const inputs = new ControllerInputs(node, clock, config, memory);
  // The loop has a time of its own: to the main thread its joint states are always fresh.
  inputs.jointStates.feed(steadyNow() + 1e6);
  const loop = new HandLoop(memory, new LoopCore(memory, options));
  const lines: string[] = [];
  const log = pino(
    { formatters: { level: (level) => ({ level }) } },
    {
      write: (text: string) => {
        const { level, msg } = JSON.parse(text) as { level: string; msg: string };
        lines.push(`${level} ${msg}`);
      },
    },
  );
  const controller = new ControllerNode({
    node,
    clock,
    config,
    memory,
    inputs,
    loop,
    log,
    restarted: false,
    dropped: () => 0,
    publishers: 0,
    onActivate: () => {},
    onRest: (fault) => {
      rig.rests.push(fault);
      return rig.answer();
    },
  });
  const rig: HandRig = {
    controller,
    loop,
    memory,
    lines,
    rests: [],
    answer: async () => {},
    async close() {
      await controller.shutDown();
      await node.close();
      await domain.release();
    },
  };
  await controller.lifecycle.trigger('configure');
  return rig;
}
