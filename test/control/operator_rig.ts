/** A loop rig with an operator: joint a is the arm, joint b the gripper. */
import type { LoopOptions } from '../../src/control/loop_core.js';
import { OperatorDesk } from '../../src/control/operator_desk.js';
import { LIMITS, LoopRig } from './loop_rig.js';

export const OPERATOR = {
  groups: [
    { name: 'arm', joints: [0], hand: false },
    { name: 'gripper', joints: [1], hand: true },
  ],
  timeout: 0.3,
  commandTimeout: 0.2,
  alignSpeed: 0.3,
  correction: 0.15,
};

/** 12 steps, 0.1 s apart, of a motion that goes on at 0.5 rad/s. */
export const RISING = Array.from({ length: 12 }, (_, i) => 0.1 + 0.05 * i);

export class OperatorRig extends LoopRig {
  readonly desk = new OperatorDesk(this.memory.operator, {
    groups: OPERATOR.groups,
    timeout: OPERATOR.timeout,
    priorities: {},
  });
  /** Sent before every tick while it is set. */
  beat: { deadman: boolean; mode: string; groups?: string[] } | undefined;
  /** Position and velocity of both joints, sent before every tick while it is set. */
  command: { position: number[]; velocity: number[] } | undefined;
  /** Of all ticks so far, s. */
  readonly #times: number[] = [];
  #seq = 0;

  constructor(options: Partial<LoopOptions> = {}) {
    super({ operator: OPERATOR, ...options });
    this.feed = (now) => {
      this.#times.push(now);
      if (this.beat !== undefined) {
        this.desk.take(JSON.stringify({ operator: 'ann', seq: this.#seq++, ...this.beat }), now);
      }
      this.desk.watch(now);
      const { command } = this;
      if (command === undefined) return;
      this.memory.operator.setCommand(now, command.position, command.velocity);
      command.position = command.position.map((q, j) => q + 0.01 * (command.velocity[j] ?? 0));
    };
  }

  /** Active, and in the middle of a chunk. */
  static moving(options: Partial<LoopOptions> = {}): OperatorRig {
    const rig = new OperatorRig(options);
    if (!rig.activate()) throw new Error(`not activated: ${rig.faults}`);
    rig.chunk(RISING);
    rig.ticks(30);
    return rig;
  }

  take(mode = 'operator', groups?: string[]): void {
    this.beat = { deadman: true, mode, ...(groups === undefined ? {} : { groups }) };
  }

  letGo(): void {
    this.beat = { deadman: false, mode: 'operator' };
  }

  handBack(): void {
    this.beat = { deadman: false, mode: 'policy' };
  }

  /** The operator moves both joints from where they are. */
  move(...velocity: number[]): void {
    this.command = { position: [...this.position], velocity };
  }

  /** Largest excess over the limits of any joint's velocity, acceleration or jerk, as a share. */
  get excess(): number {
    let worst = 0;
    const rows = this.commands;
    for (let i = 3; i < rows.length; i++) {
      for (const [j, { velocity, acceleration, jerk }] of LIMITS.entries()) {
        const h = (k: number) => (this.#times[k] ?? 0) - (this.#times[k - 1] ?? 0);
        const q = (k: number) => rows[k]?.[j] ?? Number.NaN;
        const v = (k: number) => (q(k) - q(k - 1)) / h(k);
        const a = (k: number) => (v(k) - v(k - 1)) / h(k);
        const shares = [v(i) / velocity, a(i) / acceleration, (a(i) - a(i - 1)) / h(i) / jerk];
        if (shares.some(Number.isNaN)) continue;
        for (const share of shares) worst = Math.max(worst, Math.abs(share) - 1);
      }
    }
    return worst;
  }
}
