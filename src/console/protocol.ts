/**
 * What the server tells the page: the messages, and the two binary frames. Shared by both sides, so
 * it imports nothing that only one of them has. What the page sends stands in operator_message.ts.
 */
import type { RobotModel } from './robot_model.js';

/** First byte of a binary frame. */
export const FRAME_CAMERA = 1;
export const FRAME_MONITOR = 2;

/** A camera's picture: this many bytes, then width × height × 3 bytes of red, green, blue. */
export const CAMERA_HEADER = 16;
/** Rows of the monitor: this many bytes, then rows × columns numbers of 32 bits. */
export const MONITOR_HEADER = 16;

/** Numbers a joint has in a row of the monitor, after the row's time. */
export const MONITOR_FIELDS = ['measured', 'policy', 'operator', 'commanded', 'reason'] as const;

export type Role = 'operator' | 'viewer';

export type Mode = 'policy' | 'operator' | 'correction' | 'shared' | 'hold';

/** What the controller says of who commands; `/controller/authority`. */
export interface Authority {
  readonly phase: string;
  readonly mode: string;
  /** Who commands each joint group: policy, operator or hold. */
  readonly groups: Readonly<Record<string, string>>;
  /** Who holds authority. */
  readonly operator: string | null;
  readonly name?: string | null;
  readonly deadman?: boolean;
  /** Who asked for it in vain. */
  readonly refused: readonly string[];
  readonly reason: string;
  readonly gate?: Readonly<Record<string, unknown>> | null;
}

/** The first message after the page's greeting. */
export interface Welcome {
  readonly type: 'welcome';
  /** Random; every message of the page carries it. */
  readonly session: string;
  /** This page's name on `/operator/authority`. */
  readonly operator: string;
  readonly role: Role;
  /** Why the page may only look; absent for an operator. */
  readonly why?: string;
  readonly robot: RobotModel;
  readonly cameras: readonly string[];
  /** In words, by number; 0 is "passed". */
  readonly reasons: readonly string[];
  readonly tickRateHz: number;
  readonly linkTimeoutS: number;
  readonly policies: readonly string[];
  readonly instructions: readonly string[];
}

/** How near two things are, and where. Base frame, m. */
export interface Clearance {
  readonly name: string;
  readonly distance: number;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Twenty times a second. */
export interface StateMessage {
  readonly type: 'state';
  /** Rises by one; the page echoes the newest it has seen. */
  readonly n: number;
  /** ROS time, s. */
  readonly time: number;
  /** In the robot's order, rad; null before the first joint state. */
  readonly joints: readonly number[] | null;
  readonly authority: Authority | null;
  /** s since the newest message of each stream; null for one that never came. */
  readonly ages: Readonly<Record<string, number | null>>;
  /** The nearest first. */
  readonly clearances: readonly Clearance[];
  /** Pages that look or operate. */
  readonly pages: number;
}

export interface HealthLine {
  readonly name: string;
  /** 0 ok, 1 warning, 2 error, 3 stale. */
  readonly level: number;
  readonly message: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/** A fault that is present now. */
export interface FaultLine {
  readonly name: string;
  readonly action: string;
  readonly text: string;
  /** What the operator does about it. */
  readonly cure: string;
}

/** Twice a second. */
export interface HealthMessage {
  readonly type: 'health';
  readonly lines: readonly HealthLine[];
  readonly faults: readonly FaultLine[];
  /** Over the last ten seconds; times in ms, NaN as null. */
  readonly ticks: {
    readonly rateHz: number | null;
    readonly latenessP50: number | null;
    readonly latenessP99: number | null;
    readonly latenessMax: number | null;
    /** Upper edge of each bar, ms, the last open; and how many ticks fell into it. */
    readonly edges: readonly number[];
    readonly counts: readonly number[];
    readonly limited: number;
    readonly violations: number;
    readonly delayP50: number | null;
    readonly chunkP50: number | null;
  };
  readonly policy: PolicyChoice;
  readonly recording: { readonly state: string; readonly level: number };
  readonly lifecycle: Readonly<Record<string, string>>;
}

/** What of the policy can be chosen; undefined where it has no such parameter. */
export interface PolicyChoice {
  readonly package?: string;
  readonly packageFixed?: boolean;
  readonly instruction?: string;
}

/** A chunk as it came: times from now on are the ghost. */
export interface ChunkMessage {
  readonly type: 'chunk';
  /** ROS time of its observation, s. */
  readonly stamp: number;
  /** s after the stamp, rising. */
  readonly times: readonly number[];
  /** rad, joint by joint of point by point. */
  readonly positions: readonly number[];
}

/** An answer to something that this page asked, or news for all. */
export interface Notice {
  readonly type: 'notice';
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
  /** The page's message that this answers. */
  readonly seq?: number;
}

export type ServerMessage = Welcome | StateMessage | HealthMessage | ChunkMessage | Notice;
