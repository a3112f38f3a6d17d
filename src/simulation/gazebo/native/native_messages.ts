/**
 * Messages of gz-sim, with the fields that are used here: the same numbers from msgs 8 (Fortress) to
 * msgs 12 (Jetty).
 */
import { IMAGE_TEXT, type ImageMessage } from '../image_message.js';
import { MessageSet } from '../messages/message_set.js';

const TEXT = `${IMAGE_TEXT}
message Vector3d { double x = 2; double y = 3; double z = 4; }
message Quaternion { double x = 2; double y = 3; double z = 4; double w = 5; }
message Pose { string name = 2; uint32 id = 3; Vector3d position = 4; Quaternion orientation = 5; }
message Pose_V { Header header = 1; repeated Pose pose = 2; }
message Double { double data = 2; }
message Boolean { bool data = 2; }
message Axis { double position = 10; double velocity = 11; double force = 12; }
message Joint { string name = 2; Axis axis1 = 10; }
message Model { Header header = 1; string name = 2; repeated Joint joint = 6; }
message WorldReset { bool all = 2; bool time_only = 3; bool model_only = 4; }
message WorldControl {
  bool pause = 2;
  bool step = 3;
  uint32 multi_step = 4;
  WorldReset reset = 5;
  uint32 seed = 6;
}
message WorldStatistics { Time sim_time = 2; bool paused = 5; uint64 iterations = 6; }
message EntityFactory { string sdf = 2; Pose pose = 7; string name = 8; bool allow_renaming = 9; }
message Entity { uint64 id = 2; string name = 3; uint32 type = 4; }
message CameraInfo {
  uint32 width = 2;
  uint32 height = 3;
  Intrinsics intrinsics = 5;
  message Intrinsics { repeated double k = 1; }
}
`;

type Whole = number | { toString(): string };
export interface NativeTime {
  readonly sec: Whole;
  readonly nsec: number;
}
interface Header {
  readonly stamp?: NativeTime | null;
}
export interface NativePose {
  readonly name?: string;
  readonly position?: { readonly x: number; readonly y: number; readonly z: number } | null;
  readonly orientation?: {
    readonly x: number;
    readonly y: number;
    readonly z: number;
    readonly w: number;
  } | null;
}
export interface NativeModel {
  readonly header?: Header | null;
  readonly name: string;
  readonly joint: readonly {
    readonly name: string;
    readonly axis1?: {
      readonly position: number;
      readonly velocity: number;
      readonly force: number;
    } | null;
  }[];
}
export interface NativeWorldControl {
  readonly pause?: boolean;
  readonly multi_step?: number;
  readonly reset?: { readonly all?: boolean } | null;
  readonly seed?: number;
}
export interface NativeStatistics {
  readonly sim_time?: NativeTime | null;
  readonly paused: boolean;
  readonly iterations: Whole;
}

/** `Entity.type` of a model. */
export const ENTITY_MODEL = 2;

/** Seconds of a time; 0 where there is none. */
export const nativeSeconds = (time: NativeTime | null | undefined): number =>
  time ? Number(time.sec) + time.nsec * 1e-9 : 0;

/** The codecs under one package name. */
export function nativeMessages(name: string) {
  const set = new MessageSet(TEXT, name);
  return {
    model: set.codec<NativeModel>('Model'),
    double: set.codec<{ readonly data: number }>('Double'),
    boolean: set.codec<{ readonly data: boolean }>('Boolean'),
    control: set.codec<NativeWorldControl>('WorldControl'),
    statistics: set.codec<NativeStatistics>('WorldStatistics'),
    poses: set.codec<{ readonly pose: readonly NativePose[] }>('Pose_V'),
    pose: set.codec<NativePose>('Pose'),
    factory: set.codec<{
      readonly sdf: string;
      readonly name: string;
      readonly pose: NativePose;
      readonly allow_renaming: boolean;
    }>('EntityFactory'),
    entity: set.codec<{ readonly name: string; readonly type: number }>('Entity'),
    image: set.codec<ImageMessage>('Image'),
    cameraInfo: set.codec<{
      readonly width: number;
      readonly height: number;
      readonly intrinsics?: { readonly k: readonly number[] } | null;
    }>('CameraInfo'),
  };
}

export type NativeMessages = ReturnType<typeof nativeMessages>;
