/** Those who wait for what the ticks of the loop bring. */
import { SinewError } from '../core/error.js';

/** A loop that has not done in this time what it was asked for does not answer any more. */
const WAIT_MS = 2500;

export class TickWaiters {
  readonly #checks = new Set<() => void>();

  /** To be called after every tick. */
  check(): void {
    for (const check of this.#checks) check();
  }

  /**
   * Resolves when `condition` holds after a tick. Several may wait: a shutdown can come during a
   * deactivation.
   *
   * @throws SinewError when it does not within `patience` milliseconds
   */
  async until(condition: () => boolean, patience = WAIT_MS): Promise<void> {
    let check = () => {};
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        check = () => {
          if (condition()) resolve();
        };
        this.#checks.add(check);
        timer = setTimeout(() => {
          reject(new SinewError(`the control loop did not answer within ${patience} ms`));
        }, patience);
      });
    } finally {
      clearTimeout(timer);
      this.#checks.delete(check);
    }
  }
}
