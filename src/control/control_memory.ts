/**
 * What main thread and tick thread share: joint state, chunk, sensors and settings in; commands, status and a
 * record of every tick out; requests as counters. All times are seconds on the loop's clock (the
 * steady clock, or simulated time in lock-step).
 */
import { RecordRing } from '../core/record_ring.js';
import { SeqlockBlock } from '../core/seqlock.js';
import { CommandChannel } from '../safety/command_channel.js';
import { decisionWidth } from './decision_recorder.js';
import { type LoopSettings, SETTINGS } from './loop_settings.js';
import { monitorWidth } from './monitor_recorder.js';
import { type OperatorBuffers, OperatorMemory } from './operator_memory.js';

export type { LoopSettings } from './loop_settings.js';

/** Numbers before the arrays of a joint state: stamp, time of arrival. */
export const JOINT_STATE_HEAD = 2;
/** Numbers before the arrays of a chunk: stamp, count. */
export const CHUNK_HEAD = 2;

/** At most this many streams are watched for their age. */
export const MAX_WATCHES = 16;
/** Numbers of `sensors`; all NaN at first. */
export const SENSOR = {
  /** When the newest wrench came, and its force (N) and torque (N m). */
  wrenchTime: 0,
  wrench: 1,
  /** When the critic's newest score came, and the score. */
  riskTime: 7,
  risk: 8,
  /** When each watched stream was last alive. */
  watch: 9,
  width: 9 + MAX_WATCHES,
} as const;

/** Words of `requests`. Main counts the first ones up; the tick acts when one has changed. */
export const Request = {
  activate: 0,
  deactivate: 1,
  eStop: 2,
  reset: 3,
  /** A chunk was refused unread. */
  chunkRejected: 4,
  /** Ends the tick thread. */
  quit: 5,
  /** Fault bits that main finds; a level, not a count. */
  faults: 6,
  /** Wakes the tick thread before its deadline; only for `quit`. */
  wake: 7,
  /** Hands back to the policy, when nobody holds the deadman. */
  resume: 8,
} as const;
export const REQUEST_WORDS = 9;

/** Words of `status`, written by the tick. */
export const Status = {
  phase: 0,
  faults: 1,
  /** The `activate` count that was answered last, and whether it began to move (1) or not (0). */
  answered: 2,
  started: 3,
  /** What a refused start is about: a joint, or behind all joints a clearance; −1: neither. */
  about: 4,
  ticks: 5,
  overruns: 6,
  /** Chunks taken, and those dropped by verdict from here on. */
  chunks: 7,
  /** Counted up and notified after every tick. */
  wake: 13,
  /** Place of the mode of authority in MODES. */
  mode: 14,
  /** Hand-backs so far. */
  epoch: 15,
  /** 1 when the command is at rest. */
  resting: 16,
} as const;
const STATUS_WORDS = 17;

/** Numbers of one tick's record. */
export const TICK_RECORD = {
  /** Time of the tick. */
  time: 0,
  /** Start of the tick after its deadline, s. */
  lateness: 1,
  /** Newest observation of the chunk to this command, s; NaN but at a chunk's first use. */
  observationToCommand: 2,
  /** Joints whose command was limited. */
  limited: 3,
  /** Joints whose command broke a limit; always 0 unless the filter is wrong. */
  violations: 4,
  /** Time since the last tick, s. */
  period: 5,
  /** Stamp of the chunk that the command follows, s on the loop's clock; NaN when it follows none. */
  chunk: 6,
  width: 7,
} as const;
const RECORDS = 4096;
/** Ticks whose joints are kept to be looked at. */
const MONITORED = 1024;
/**
 * Ticks whose decisions are kept. Half of them outlast a main thread that sleeps: 4 s at 1 kHz, the
 * highest rate. They take 1.7 MB for six joints.
 */
const DECISIONS = 8192;

/** The buffers, to hand to the other thread. */
export interface ControlBuffers {
  readonly joints: number;
  readonly maxPoints: number;
  readonly jointState: SharedArrayBuffer;
  readonly chunk: SharedArrayBuffer;
  readonly sensors: SharedArrayBuffer;
  readonly settings: SharedArrayBuffer;
  readonly requests: SharedArrayBuffer;
  readonly status: SharedArrayBuffer;
  readonly command: SharedArrayBuffer;
  readonly records: SharedArrayBuffer;
  readonly decisions: SharedArrayBuffer;
  readonly monitor: SharedArrayBuffer;
  readonly operator: OperatorBuffers;
}

export class ControlMemory {
  readonly joints: number;
  readonly maxPoints: number;
  readonly jointState: SeqlockBlock;
  readonly chunk: SeqlockBlock;
  readonly sensors: SeqlockBlock;
  readonly settings: SeqlockBlock;
  readonly requests: Int32Array;
  readonly status: Int32Array;
  readonly command: CommandChannel;
  readonly records: RecordRing;
  readonly decisions: RecordRing;
  readonly monitor: RecordRing;
  readonly operator: OperatorMemory;
  readonly #settingsRow = new Float64Array(SETTINGS.length);

  constructor(joints: number, maxPoints: number, shared?: ControlBuffers) {
    this.joints = joints;
    this.maxPoints = maxPoints;
    this.jointState = new SeqlockBlock(shared?.jointState ?? JOINT_STATE_HEAD + 3 * joints);
    this.chunk = new SeqlockBlock(shared?.chunk ?? CHUNK_HEAD + maxPoints * (1 + joints));
    this.sensors = new SeqlockBlock(shared?.sensors ?? SENSOR.width);
    this.settings = new SeqlockBlock(shared?.settings ?? SETTINGS.length);
    this.requests = new Int32Array(shared?.requests ?? new SharedArrayBuffer(REQUEST_WORDS * 4));
    this.status = new Int32Array(shared?.status ?? new SharedArrayBuffer(STATUS_WORDS * 4));
    this.command = new CommandChannel(joints, shared?.command);
    this.records = new RecordRing(TICK_RECORD.width, RECORDS, shared?.records);
    this.decisions = new RecordRing(decisionWidth(joints), DECISIONS, shared?.decisions);
    this.monitor = new RecordRing(monitorWidth(joints), MONITORED, shared?.monitor);
    this.operator = new OperatorMemory(joints, shared?.operator);
  }

  /** The same memory seen from another thread. */
  static attach(shared: ControlBuffers): ControlMemory {
    return new ControlMemory(shared.joints, shared.maxPoints, shared);
  }

  get buffers(): ControlBuffers {
    return {
      joints: this.joints,
      maxPoints: this.maxPoints,
      jointState: this.jointState.buffer,
      chunk: this.chunk.buffer,
      sensors: this.sensors.buffer,
      settings: this.settings.buffer,
      requests: this.requests.buffer as SharedArrayBuffer,
      status: this.status.buffer as SharedArrayBuffer,
      command: this.command.buffer,
      records: this.records.buffer,
      decisions: this.decisions.buffer,
      monitor: this.monitor.buffer,
      operator: this.operator.buffers,
    };
  }

  /** Main: asks for something. Returns the count that the tick will have seen once it acted. */
  ask(request: number): number {
    return Atomics.add(this.requests, request, 1) + 1;
  }

  /** Main: sets or clears a fault that it finds itself. */
  setFault(fault: number, present: boolean): void {
    if (present) Atomics.or(this.requests, Request.faults, fault);
    else Atomics.and(this.requests, Request.faults, ~fault);
  }

  /** Main: new settings, which take effect together between two ticks. */
  writeSettings(settings: LoopSettings): void {
    for (const [i, key] of SETTINGS.entries()) this.#settingsRow[i] = settings[key] ?? Number.NaN;
    this.settings.write(this.#settingsRow);
  }

  /** Tick: reads them into `out`; NaN stands for those that main left out. */
  readSettings(out: LoopSettings): void {
    if (this.settings.read(this.#settingsRow) < 0) return;
    for (let i = 0; i < SETTINGS.length; i++) {
      out[SETTINGS[i] as keyof LoopSettings] = this.#settingsRow[i] as number;
    }
  }
}
