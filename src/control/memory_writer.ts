/** Main thread's side of the inputs in shared memory: checks what came and writes it whole. */
import { SinewError } from '../core/error.js';
import { allFinite } from '../core/vector.js';
import {
  CHUNK_HEAD,
  type ControlMemory,
  JOINT_STATE_HEAD,
  MAX_WATCHES,
  Request,
  SENSOR,
} from './control_memory.js';

export class MemoryWriter {
  readonly #memory: ControlMemory;
  readonly #lead: number;
  readonly #jointState: Float64Array;
  readonly #chunk: Float64Array;
  readonly #sensors = new Float64Array(SENSOR.width).fill(Number.NaN);

  /** @param lead steps of chunks are due this much earlier than they say, s: what the arm takes */
  constructor(memory: ControlMemory, lead = 0) {
    this.#memory = memory;
    this.#lead = lead;
    this.#jointState = new Float64Array(memory.jointState.length);
    this.#chunk = new Float64Array(memory.chunk.length);
  }

  /**
   * A joint state in the order of the robot's joints, with its stamp and time of arrival on the
   * loop's clock.
   *
   * @param effort N m, where it is measured; NaN where it is not
   * @returns false, and nothing is written, when another number is not finite: it counts as missing
   */
  jointState(
    stamp: number,
    received: number,
    position: Float64Array,
    velocity: Float64Array,
    effort?: Float64Array,
  ): boolean {
    const row = this.#jointState;
    const { joints } = this.#memory;
    row[0] = stamp;
    row[1] = received;
    row.set(position, JOINT_STATE_HEAD);
    row.set(velocity, JOINT_STATE_HEAD + joints);
    row.fill(Number.NaN, JOINT_STATE_HEAD + 2 * joints);
    if (effort !== undefined) row.set(effort, JOINT_STATE_HEAD + 2 * joints);
    if (!allFinite(row, JOINT_STATE_HEAD + 2 * joints)) return false;
    this.#memory.jointState.write(row);
    return true;
  }

  /**
   * An action chunk.
   *
   * @param stamp time of its newest observation on the loop's clock
   * @param times s after the stamp at which each of `count` points is due
   * @param positions rad, point by point
   * @throws SinewError when it is too long or empty, has a number that is not finite, or times that
   *   do not rise; the loop is told that a chunk was refused
   */
  chunk(stamp: number, count: number, times: Float64Array, positions: Float64Array): void {
    const { joints, maxPoints } = this.#memory;
    const fault = chunkFault(stamp, count, times, positions, joints, maxPoints);
    if (fault !== undefined) {
      this.rejectChunk();
      throw new SinewError(fault, { where: 'action chunk', expected: 'see docs/topics.md' });
    }
    const row = this.#chunk;
    row[0] = stamp;
    row[1] = count;
    for (let i = 0; i < count; i++) {
      row[CHUNK_HEAD + i] = stamp + (times[i] as number) - this.#lead;
    }
    row.set(positions.subarray(0, count * joints), CHUNK_HEAD + maxPoints);
    this.#memory.chunk.write(row);
  }

  /**
   * What the sensor at the tool measures. A number that is not finite is passed on: the loop takes
   * it for a measurement that is missing.
   *
   * @param received time of arrival on the loop's clock, s; likewise below
   * @param wrench force x y z, N, then torque x y z, N m
   */
  wrench(received: number, wrench: ArrayLike<number>): void {
    this.#sensors[SENSOR.wrenchTime] = received;
    for (let i = 0; i < 6; i++) this.#sensors[SENSOR.wrench + i] = wrench[i] ?? Number.NaN;
    this.#memory.sensors.write(this.#sensors);
  }

  /** The critic's newest score. */
  risk(received: number, score: number): void {
    this.#sensors[SENSOR.riskTime] = received;
    this.#sensors[SENSOR.risk] = score;
    this.#memory.sensors.write(this.#sensors);
  }

  /**
   * Life of a watched stream.
   *
   * @param index of the stream in LoopOptions
   * @throws SinewError when there is no such stream
   */
  watch(index: number, received: number): void {
    if (!(index >= 0 && index < MAX_WATCHES)) {
      throw new SinewError(`no watched stream ${index}`, { expected: `0 to ${MAX_WATCHES - 1}` });
    }
    this.#sensors[SENSOR.watch + index] = received;
    this.#memory.sensors.write(this.#sensors);
  }

  /** Tells the loop that a chunk came that could not be used. */
  rejectChunk(): void {
    this.#memory.ask(Request.chunkRejected);
  }
}

function chunkFault(
  stamp: number,
  count: number,
  times: Float64Array,
  positions: Float64Array,
  joints: number,
  maxPoints: number,
): string | undefined {
  if (count < 1 || count > maxPoints) return `${count} points where 1 to ${maxPoints} are allowed`;
  if (times.length < count || positions.length < count * joints) {
    return `${count} points announced, fewer given`;
  }
  if (!Number.isFinite(stamp) || !allFinite(times, count)) return 'a time is not finite';
  if (!allFinite(positions, count * joints)) return 'a position is not finite';
  for (let i = 1; i < count; i++) {
    if (!((times[i] as number) > (times[i - 1] as number)))
      return `times do not rise at point ${i}`;
  }
  return undefined;
}
