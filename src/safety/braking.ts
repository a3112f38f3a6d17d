/**
 * How far a joint still travels when it brakes: closed forms for a triple integrator with bounded
 * acceleration and jerk. Positions in rad, v rad/s, a rad/s², limits A > 0, J > 0 (may be Infinity).
 *
 * Both travels bound the discrete motion too. The filter advances by backward differences,
 * x' = x + h·f(x', u); for a convex set K that a continuous control can keep the state x(t) inside,
 * the discounted mean x' = ∫ e^(−t/h)/h · x(t) dt lies in K and is such a step. So what is stoppable
 * in continuous time is stoppable in ticks of any length, however they jitter.
 */

/**
 * How a joint brakes. What is asked and what comes out are fields, so that nothing is allocated to pass
 * numbers on.
 */
export class Braking {
  v = 0;
  a = 0;
  /** Length of a tick, s. */
  h = 0;
  A = 1;
  J = Infinity;
  /** Result of `peak` and `rest`, rad. */
  travel = 0;
  /** Result of `stop`, rad/s². */
  stopping = 0;

  /**
   * Greatest further travel upwards (≥ 0) under the hardest braking: jerk −J down to −A, then −A,
   * until the speed is zero. Grows with v and with a, and is convex in both.
   */
  peak(): void {
    const { v, a, A, J } = this;
    if (J === Infinity) {
      this.travel = Math.max(0, v) ** 2 / (2 * A);
      return;
    }
    this.travel = 0;
    // Neither going up nor about to.
    if (Math.max(v, a) <= 0) return;
    const bottom = Math.min(A, Math.sqrt(Math.max(0, a * a + 2 * J * v)));
    const t = (a + bottom) / J;
    const left = bottom === A ? v + t * (a - (J * t) / 2) : 0;
    this.travel = Math.max(0, t * (v + t * (a / 2 - (J * t) / 6)) + (left * left) / (2 * A));
  }

  /**
   * Signed travel until rest (v = 0 and a = 0) on the fastest way there. Odd: (−v, −a) gives the
   * negative. Grows with v and with a.
   */
  rest(): void {
    const { A, J } = this;
    if (J === Infinity) {
      this.travel = (this.v * Math.abs(this.v)) / (2 * A);
      return;
    }
    // Seen in the direction of the speed that letting go of the acceleration leaves.
    const side = this.v + (this.a * Math.abs(this.a)) / (2 * J) >= 0 ? 1 : -1;
    const v = side * this.v;
    const a = side * this.a;
    // Jerk −J down to −bottom, hold there if it is −A, jerk +J back to 0 with the speed just used up.
    const bottom = Math.min(A, Math.sqrt(Math.max(0, J * v + (a * a) / 2)));
    const down = Math.max(0, (a + bottom) / J);
    const first = down * (v + down * (a / 2 - (J * down) / 6));
    const speed = v + down * (a - (J * down) / 2);
    const release = (bottom * bottom) / (2 * J);
    // Without a hold, speed and release are equal.
    const hold = (speed ** 2 - release ** 2) / (2 * A);
    this.travel = side * (first + hold + (bottom * release) / (3 * J));
  }

  /**
   * Acceleration of one tick that brakes the speed v to rest as fast as jerk allows to land without
   * swinging through: the root of v + a·h + a·|a|/2J = 0. |a| ≤ A is left to the caller.
   */
  stop(): void {
    const { v, h, J } = this;
    this.stopping = (-2 * v) / (h + Math.sqrt(h * h + (2 * Math.abs(v)) / J));
  }
}
