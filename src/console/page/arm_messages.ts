/** What the page tells the worker that draws the arm, and what that answers. */
import type { TransformControls } from 'three/addons/controls/TransformControls.js';
import type { ChunkMessage } from '../protocol.js';
import type { RobotModel } from '../robot_model.js';

/** Colours of the theme by what they are for, as CSS writes them. */
export interface ArmColours {
  readonly panel: string;
  readonly policy: string;
  readonly commanded: string;
  readonly bad: string;
}

/** First of all. */
export interface ArmBegin {
  readonly type: 'begin';
  readonly canvas: OffscreenCanvas;
  readonly model: RobotModel;
}

/** One drawing: what is absent is as it was. */
export interface ArmFrame {
  readonly type: 'frame';
  /** The camera's pose in the base frame: m, and quaternion x y z w. */
  readonly eye: readonly number[];
  readonly turn: readonly number[];
  /** CSS pixels, and pixels of the screen to one of them. */
  readonly size?: { readonly width: number; readonly height: number; readonly ratio: number };
  readonly colours?: ArmColours;
  /** In the model's order, rad. */
  readonly joints?: readonly number[];
  /** null: it is over. */
  readonly chunk?: ChunkMessage | null;
  /** Rows of joints: what the policy asked for, and what was commanded. */
  readonly trails?: {
    readonly policy: readonly (readonly number[])[];
    readonly commanded: readonly (readonly number[])[];
  };
  /** Pairs of points that are near each other, m. */
  readonly near?: readonly number[];
  /** The handle at the tool, where it is shown; null: it is not. */
  readonly handle?: HandleLook | null;
}

export interface HandleLook {
  readonly position: readonly number[];
  readonly quaternion: readonly number[];
  readonly space: 'world' | 'local';
  /** What of it the pointer is on. */
  readonly axis: TransformControls['axis'];
}

/** `ready` once; `drawn` when the next frame may come; `failed` where nothing can be drawn. */
export type ArmAnswer =
  | { readonly type: 'ready'; readonly software: boolean }
  | { readonly type: 'drawn' }
  | { readonly type: 'failed'; readonly why: string };
