/**
 * When the buses of a servo arm are read and written: at a rate, or, in lock-step, whenever the
 * simulator asks for an instant or a command comes. In between, others may have the buses.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyNow } from '../core/clock.js';
import type { ServoArm } from '../hardware/arm/servo_arm.js';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';

const SAME_TIME = 1e-6;

export interface ServoDriving {
  /** Drives `arm` from now on. */
  start(arm: ServoArm): void;
  /** Resolves when nobody speaks on the buses any more. */
  stop(): Promise<void>;
  /** Takes a command: positions, rad, valid only during the call. */
  command(goals: ArrayLike<number>): void;
}

export interface DrivingEvents {
  /** The arm has been read; `time` is the stamp in lock-step, s. */
  readonly onRead: (arm: ServoArm, time?: number) => void;
  /** A port is gone; driving has ended. */
  readonly onLost: (error: unknown) => void;
}

/** `rate` cycles a second. */
export class RateDriving implements ServoDriving {
  readonly #period: number;
  readonly #events: DrivingEvents;
  #arm: ServoArm | undefined;
  #cycling: Promise<void> = Promise.resolve();

  constructor(rate: number, events: DrivingEvents) {
    this.#period = 1 / rate;
    this.#events = events;
  }

  start(arm: ServoArm): void {
    this.#arm = arm;
    this.#cycling = this.#cycle(arm);
  }

  async stop(): Promise<void> {
    this.#arm = undefined;
    await this.#cycling;
  }

  command(goals: ArrayLike<number>): void {
    this.#arm?.command(goals, steadyNow());
  }

  async #cycle(arm: ServoArm): Promise<void> {
    let due = steadyNow();
    while (this.#arm === arm) {
      try {
        await arm.cycle(steadyNow());
      } catch (error) {
        this.#arm = undefined;
        this.#events.onLost(error);
        return;
      }
      this.#events.onRead(arm);
      // After an overrun the next cycle starts a period from now: no burst to catch up.
      due = Math.max(due + this.#period, steadyNow());
      await sleep(Math.max(0, (due - steadyNow()) * 1000));
    }
  }
}

/** Tells [time, 0] when it has read the arm, and [time, 1] when it has written a command. */
export class LockstepDriving implements ServoDriving {
  readonly #done: Publisher<'std_msgs/msg/Float64MultiArray'>;
  readonly #events: DrivingEvents;
  #arm: ServoArm | undefined;
  /** Newest instant asked for, and newest one read, s. */
  #asked = Number.NEGATIVE_INFINITY;
  #time = Number.NEGATIVE_INFINITY;
  #last: Promise<void> = Promise.resolve();

  constructor(node: RosNode, { topics }: Config, events: DrivingEvents) {
    const type = 'std_msgs/msg/Float64MultiArray';
    this.#events = events;
    this.#done = node.publisher(topics.lockstep_servo, type, 'reliable');
    node.subscribe(topics.lockstep_read, type, 'latched', ({ data }) => {
      this.#asked = data[0] ?? Number.NaN;
      this.#read();
    });
  }

  start(arm: ServoArm): void {
    this.#arm = arm;
    this.#read();
  }

  async stop(): Promise<void> {
    this.#arm = undefined;
    await this.#last;
  }

  command(goals: ArrayLike<number>): void {
    const kept = Float64Array.from(goals);
    this.#inTurn(async (arm) => {
      arm.command(kept, this.#time);
      await arm.write(this.#time);
      this.#tell(this.#time, 1);
    });
  }

  #read(): void {
    const time = this.#asked;
    if (!(time > this.#time + SAME_TIME)) return;
    this.#inTurn(async (arm) => {
      await arm.read();
      this.#time = time;
      this.#events.onRead(arm, time);
      this.#tell(time, 0);
    });
  }

  #inTurn(action: (arm: ServoArm) => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (this.#arm === undefined) return;
      try {
        await action(this.#arm);
      } catch (error) {
        this.#arm = undefined;
        this.#events.onLost(error);
      }
    });
  }

  #tell(time: number, kind: 0 | 1): void {
    const data = Float64Array.of(time, kind);
    this.#done.publish({ layout: { dim: [], data_offset: 0 }, data });
  }
}
