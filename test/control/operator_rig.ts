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
  #seq = 0;

  constructor(options: Partial<LoopOptions> = {}) {
    super({ operator: OPERATOR, ...options });
    this.feed = (now) => {
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
    const h = 0.01;
    for (let i = 3; i < rows.length; i++) {
      for (const [j, limits] of LIMITS.entries()) {
        const q = [0, 1, 2, 3].map((k) => rows[i - k]?.[j] ?? Number.NaN);
        const [a = 0, b = 0, c = 0, d = 0] = q;
        if (q.some(Number.isNaN)) continue;
        worst = Math.max(worst, Math.abs(a - b) / h / limits.velocity - 1);
        worst = Math.max(worst, Math.abs(a - 2 * b + c) / h ** 2 / limits.acceleration - 1);
        worst = Math.max(worst, Math.abs(a - 3 * b + 3 * c - d) / h ** 3 / limits.jerk - 1);
      }
    }
    return worst;
  }
}
