/**
 * The controller's main thread: lifecycle, e-stop, and the watch over what the loop cannot see (a
 * second publisher, the e-stop's source, the ROS clock). The loop itself is elsewhere.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type ControlMemory, Request, Status } from '../control/control_memory.js';
import { steadyNow } from '../core/clock.js';
import { errorLine, SinewError } from '../core/error.js';
import type { RosClock } from '../ros/clock.js';
import { Lifecycle } from '../ros/lifecycle.js';
import type { RosNode } from '../ros/ros_node.js';
import { Fault } from '../safety/failsafe.js';
import { CommandRivals } from './command_rivals.js';
import type { Config } from './config.js';
import type { ControllerInputs } from './controller_inputs.js';
import {
  type ControlLoop,
  ended,
  faultLine,
  phaseOf,
  resumable,
  stoppers,
} from './controller_loop.js';

const WATCH_MS = 100;
/** How often the graph is searched for another publisher, s. */
const GRAPH_PERIOD = 0.5;
/** Dropped messages are shown for so long, s: diagnostics come once a second. */
const SHOWN = 3;
/** An obstacle is logged once it has lasted this long, s: streams take a moment to come up. */
const PATIENCE = 0.5;
/** A shutdown waits no longer for the robot, s: the process is killed not much later. */
const SHUTDOWN = 2.5;

export interface ControllerParts {
  readonly node: RosNode;
  readonly clock: RosClock;
  readonly config: Config;
  readonly memory: ControlMemory;
  readonly inputs: ControllerInputs;
  readonly loop: ControlLoop;
  readonly log: Logger;
  /** Started again after its end, by whatever watches over it: not activated but by a person. */
  readonly restarted: boolean;
  /** Messages that were dropped unread so far, of all topics, because too many came. */
  readonly dropped: () => number;
  /** Publishers that the node has on the command topic. */
  readonly publishers: number;
  /** Called before the loop begins to move; what it throws refuses the activation. */
  readonly onActivate: () => void | Promise<void>;
  /**
   * Called when the loop has come to rest, or is dead. Empty: it was asked to and nothing is wrong;
   * else why the arm must not be handed to anybody else.
   */
  readonly onRest?: (fault: string) => Promise<void>;
}

export class ControllerNode {
  readonly lifecycle: Lifecycle;
  readonly #parts: ControllerParts;
  readonly #timer: NodeJS.Timeout;
  /** Whether auto_activate may act: not after a restart, an e-stop, or a deactivation asked for. */
  #auto: boolean;
  /** Whether the watch is deactivating because the loop has stopped by itself. */
  #foundStopped = false;
  readonly #rivals: CommandRivals;
  #graphReadAt = Number.NEGATIVE_INFINITY;
  #obstacleSince: { what: string; at: number; logged: boolean } | undefined;
  #closing = false;
  /** Settled when the robot has answered to the last rest. */
  #resting: Promise<void> = Promise.resolve();
  /** Messages dropped so far, and when the last one was. */
  #dropped = 0;
  #droppedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ControllerParts) {
    this.#parts = parts;
    const { node, config, log, restarted } = parts;
    this.#auto = config.controller.auto_activate && !restarted;
    if (config.controller.auto_activate && restarted) {
      log.warn('started again after its end; auto_activate waits for an activation by a person');
    }
    this.#rivals = new CommandRivals(node, config.topics.command, parts.publishers);
    this.lifecycle = new Lifecycle(node, {
      onActivate: () => this.#activate(),
      onDeactivate: () => this.#deactivate(),
      onCleanup: () => parts.loop.deactivate(),
      onShutdown: () => this.#comeToRest(),
      onState: (state) => log.info({ state }, `lifecycle: ${state}`),
    });
    this.#offerEStop();
    this.#timer = setInterval(() => node.guard('watch', () => this.#watch()), WATCH_MS);
  }

  /** Why the controller cannot be activated now; undefined when it can. */
  obstacle(): string | undefined {
    const { clock, inputs, memory, config } = this.#parts;
    const { topics } = config;
    if ((Atomics.load(memory.requests, Request.faults) & Fault.shutdown) !== 0)
      return 'the controller was told to shut down; start it anew';
    if (!clock.ready && !config.lockstep) return 'no simulated time on /clock';
    if (phaseOf(memory) === 'e_stop')
      return 'the e-stop is engaged; reset it first (~/reset, or Reset at the page)';
    if (inputs.eStopHeld) return `the e-stop on ${topics.e_stop} is held`;
    const { jointStates, jointStateFault, eStopTopic } = inputs;
    const stale = !config.lockstep && jointStates.expired(steadyNow());
    if (jointStateFault !== '') return jointStateFault;
    if (!jointStates.seen) return `no joint states on ${topics.joint_states}`;
    if (stale) return `joint states on ${topics.joint_states} stopped coming`;
    if (config.controller.e_stop_timeout_s > 0) {
      if (!eStopTopic.seen || eStopTopic.expired(steadyNow())) {
        return `no message of the e-stop on ${topics.e_stop}`;
      }
    }
    return this.#rivals.line;
  }

  /** Brings the arm to rest, never to be activated again; the node goes on answering. */
  async shutDown(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#timer);
    await this.#comeToRest();
  }

  async #activate(): Promise<void> {
    const { memory, loop, onActivate } = this.#parts;
    this.#readGraph();
    const obstacle = this.obstacle();
    if (obstacle !== undefined) {
      throw new SinewError(obstacle, { where: 'controller: not activated' });
    }
    memory.setFault(Fault.clockBackwards, false);
    await onActivate();
    await loop.activate();
    this.#auto = this.#parts.config.controller.auto_activate;
  }

  async #deactivate(): Promise<void> {
    const { memory, loop, log } = this.#parts;
    // A person may be faster than the watch: that deactivation is meant to last.
    const found = this.#foundStopped;
    this.#foundStopped = false;
    this.#auto &&= found && resumable(Atomics.load(memory.status, Status.faults));
    if (phaseOf(memory) === 'inactive') {
      // The loop stopped by itself.
      log.error(`stopped: ${faultLine(memory) || 'reset'}`);
      await this.#rest(stoppers(memory) || (found ? 'a reset' : '')).catch(this.#warn);
      return;
    }
    await loop.deactivate();
    await this.#rest(stoppers(memory));
  }

  async #comeToRest(): Promise<void> {
    const { memory, loop, log } = this.#parts;
    const began = steadyNow();
    const before = phaseOf(memory);
    const moving = !ended(memory);
    // Also where this fails, nothing is to move any more.
    this.#auto = false;
    memory.setFault(Fault.shutdown, true);
    await loop.deactivate();
    const dead = !ended(memory);
    if (dead) log.error('the control loop is dead: nothing brought the arm to rest');
    else if (moving) log.warn(`stopped: ${faultLine(memory)}`);
    const why = dead ? 'the control loop is dead' : stoppers(memory);
    const rest = before === 'inactive' ? this.#resting : this.#rest(why);
    const left = Math.max(0, SHUTDOWN - (steadyNow() - began)) * 1e3;
    const late = sleep(left, new SinewError('the robot did not answer in time'), { ref: false });
    const failure = await Promise.race([rest.catch((error: unknown) => error), late]);
    if (failure !== undefined) this.#warn(failure);
  }

  /** One after the other: a shutdown can come while a deactivation hands the arm over. */
  #rest(fault: string): Promise<void> {
    const done = this.#resting.then(() => this.#parts.onRest?.(fault));
    this.#resting = done.catch(() => {});
    return done;
  }

  readonly #warn = (error: unknown): void => this.#parts.log.warn(errorLine(error));

  #offerEStop(): void {
    const { node, inputs, memory, log } = this.#parts;
    node.service('~/e_stop', 'std_srvs/srv/SetBool', ({ data }) => {
      if (!data)
        return {
          success: false,
          message: 'what releases the e-stop is a reset (~/reset, or Reset at the page)',
        };
      inputs.engageEStop();
      log.error('e-stop engaged by service');
      return { success: true, message: 'e-stop engaged' };
    });
    node.service('~/reset', 'std_srvs/srv/Trigger', () => {
      if (phaseOf(memory) !== 'e_stop') return { success: false, message: 'no e-stop is engaged' };
      if (inputs.eStopHeld) {
        return { success: false, message: 'the e-stop topic still says engaged' };
      }
      memory.ask(Request.reset);
      this.#auto = false;
      log.warn('e-stop reset; inactive until activated');
      return { success: true, message: 'reset; activate to move again' };
    });
  }

  #watch(): void {
    if (this.#closing) return;
    const { memory, inputs, config } = this.#parts;
    const now = steadyNow();
    memory.setFault(Fault.eStopSourceLost, inputs.eStopTopic.expired(now));
    const dropped = this.#parts.dropped();
    if (dropped > this.#dropped) this.#droppedAt = now;
    this.#dropped = dropped;
    memory.setFault(Fault.rateCap, now - this.#droppedAt < SHOWN);
    if (now - this.#graphReadAt > GRAPH_PERIOD) this.#readGraph();
    this.#logObstacle(now);
    const { state } = this.lifecycle;
    if (state === 'active' && phaseOf(memory) === 'inactive' && !config.lockstep) {
      this.#foundStopped = true;
      this.#trigger('deactivate');
    } else if (state === 'inactive' && this.#auto && this.obstacle() === undefined) {
      this.#trigger('activate');
    }
  }

  #trigger(request: 'activate' | 'deactivate'): void {
    const { log } = this.#parts;
    this.lifecycle
      .trigger(request)
      .then((failure) => {
        if (failure !== undefined) log.warn(failure);
      })
      .catch((error: unknown) => log.error(errorLine(error)));
  }

  /** Looks for other publishers of commands. */
  #readGraph(): void {
    const { memory, log } = this.#parts;
    this.#graphReadAt = steadyNow();
    const more = this.#rivals.search();
    const { line } = this.#rivals;
    if (more && line !== undefined) log.warn(line);
    memory.setFault(Fault.secondPublisher, line !== undefined);
  }

  #logObstacle(now: number): void {
    const what = this.lifecycle.state === 'inactive' ? this.obstacle() : undefined;
    const known = this.#obstacleSince;
    if (what === undefined) {
      if (known?.logged === true) this.#parts.log.info('ready to be activated');
      this.#obstacleSince = undefined;
      return;
    }
    if (known?.what !== what) this.#obstacleSince = { what, at: now, logged: false };
    else if (!known.logged && now - known.at > PATIENCE) {
      known.logged = true;
      this.#parts.log.warn(`inactive: ${what}`);
    }
  }
}
