/**
 * What the operator's hands ask for at this moment: joint and tool velocities from buttons, keys and
 * gamepad together. Sent while something is pressed, with one zero at the end.
 */
import type { Wish } from './wish.js';

/** At full speed. */
const JOINT_SPEED = 1.0;
const TOOL_SPEED = 0.2;
const TURN_SPEED = 1.2;

/** x, y, z along, then about: shares of full speed in [−1, 1]. */
export type Twist = readonly [number, number, number, number, number, number];
export type Source = 'buttons' | 'keys' | 'gamepad';

const STILL: Twist = [0, 0, 0, 0, 0, 0];

export class JogDrive {
  readonly #send: (wish: Wish) => unknown;
  readonly #joints = new Map<Source, ReadonlyMap<string, number>>();
  readonly #twists = new Map<Source, Twist>();
  #jointsMoved = false;
  #twistMoved = false;
  /** Share of full speed, 0 to 1. */
  speed = 0.35;
  frame: 'base' | 'tool' = 'base';

  constructor(send: (wish: Wish) => unknown) {
    this.#send = send;
  }

  /** What one source asks of joints, shares of full speed by name. */
  setJoints(source: Source, shares: ReadonlyMap<string, number>): void {
    this.#joints.set(source, shares);
  }

  setTwist(source: Source, twist: Twist): void {
    this.#twists.set(source, twist);
  }

  /** Hands off everything. */
  release(): void {
    this.#joints.clear();
    this.#twists.clear();
  }

  /** To be called twenty times a second; sends nothing unless `allowed`. */
  tick(allowed: boolean): void {
    const velocities: Record<string, number> = {};
    for (const shares of this.#joints.values()) {
      for (const [joint, share] of shares) {
        velocities[joint] = (velocities[joint] ?? 0) + share * this.speed * JOINT_SPEED;
      }
    }
    const twist = [...this.#twists.values()].reduce<number[]>(
      (sum, part) => sum.map((value, i) => value + (part[i] ?? 0)),
      [...STILL],
    );
    const joints = Object.values(velocities).some((value) => value !== 0);
    const tool = twist.some((value) => value !== 0);
    if (allowed && (joints || this.#jointsMoved)) {
      if (!joints) for (const joint of Object.keys(velocities)) velocities[joint] = 0;
      this.#send({ type: 'joint_jog', velocities });
    }
    if (allowed && (tool || this.#twistMoved)) {
      const scaled = (i: number) =>
        Math.max(-1, Math.min(1, twist[i] ?? 0)) * this.speed * (i < 3 ? TOOL_SPEED : TURN_SPEED);
      this.#send({
        type: 'twist_jog',
        frame: this.frame,
        linear: [scaled(0), scaled(1), scaled(2)],
        angular: [scaled(3), scaled(4), scaled(5)],
      });
    }
    this.#jointsMoved = joints && allowed;
    this.#twistMoved = tool && allowed;
  }
}
