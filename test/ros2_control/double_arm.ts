/** Command and state interfaces of the double's hardware: joints that follow at a limited speed. */

export type InterfaceKind = 'position' | 'velocity';

export class DoubleArm {
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** Command interfaces; NaN: nobody has written. */
  readonly goals: Float64Array;
  readonly speeds: Float64Array;
  /** Times that a controller has commanded some joints and others with no number: never right. */
  poisoned = 0;

  constructor(
    readonly joints: readonly string[],
    start: readonly number[],
    /** rad/s. */
    public fastest = 5,
  ) {
    this.positions = Float64Array.from(start);
    this.velocities = new Float64Array(start.length);
    this.goals = new Float64Array(start.length).fill(Number.NaN);
    this.speeds = new Float64Array(start.length).fill(Number.NaN);
  }

  /** Lets `dt` seconds pass. */
  step(dt: number): void {
    for (const command of [this.goals, this.speeds]) {
      const numbers = command.filter(Number.isFinite).length;
      if (numbers > 0 && numbers < command.length) this.poisoned++;
    }
    for (let i = 0; i < this.positions.length; i++) {
      const [at, goal, speed] = [this.positions[i] ?? 0, this.goals[i] ?? 0, this.speeds[i] ?? 0];
      const wanted = Number.isFinite(speed) ? speed : Number.isFinite(goal) ? (goal - at) / dt : 0;
      const velocity = Math.min(this.fastest, Math.max(-this.fastest, wanted));
      this.velocities[i] = velocity;
      this.positions[i] = at + velocity * dt;
    }
  }

  /** A controller lets its interfaces go: position goals stay at where they were, speeds end. */
  release(kind: InterfaceKind): void {
    if (kind === 'velocity') this.speeds.fill(Number.NaN);
  }
}
