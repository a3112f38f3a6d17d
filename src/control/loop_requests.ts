/** The tick's view of what the main thread asks for by counting up: what has changed, and answers. */
import { type ControlMemory, REQUEST_WORDS, Request, Status } from './control_memory.js';

export class LoopRequests {
  readonly #memory: ControlMemory;
  readonly #seen = new Int32Array(REQUEST_WORDS);

  constructor(memory: ControlMemory) {
    this.#memory = memory;
  }

  /** Whether `request` was asked for since the last call. */
  changed(request: number): boolean {
    const count = Atomics.load(this.#memory.requests, request);
    const changed = count !== this.#seen[request];
    this.#seen[request] = count;
    return changed;
  }

  /** Faults that the main thread finds. */
  get faults(): number {
    return Atomics.load(this.#memory.requests, Request.faults);
  }

  /**
   * Answers the activation asked for last: the fault that refuses it, or 0; and the joint, or behind all
   * joints the clearance, that this is about, or −1.
   */
  answer(fault: number, about: number): void {
    const { status } = this.#memory;
    Atomics.store(status, Status.about, about);
    Atomics.store(status, Status.started, fault === 0 ? 1 : 0);
    Atomics.store(status, Status.answered, this.#seen[Request.activate] as number);
  }
}
