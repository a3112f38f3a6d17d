/**
 * Messages of Gazebo Classic 11's own transport (gazebo.msgs), with the fields that are used here.
 * Field numbers are facts of the protocol.
 */
import { MessageSet } from '../messages/message_set.js';

const TEXT = `
syntax = "proto2";
package PACKAGE;
message Time { required int32 sec = 1; required int32 nsec = 2; }
message Vector3d { required double x = 1; required double y = 2; required double z = 3; }
message Quaternion {
  required double x = 2; required double y = 3; required double z = 4; required double w = 5;
}
message Pose {
  optional string name = 1;
  optional uint32 id = 2;
  required Vector3d position = 3;
  required Quaternion orientation = 4;
}
message Packet { required Time stamp = 1; required string type = 2; required bytes serialized_data = 3; }
message Publish {
  required string topic = 1;
  required string msg_type = 2;
  required string host = 3;
  required uint32 port = 4;
}
message Subscribe {
  required string topic = 1;
  required string host = 2;
  required uint32 port = 3;
  required string msg_type = 4;
  optional bool latching = 5;
}
message Empty { optional string unused = 1; }
message GzString { required string data = 1; }
message WorldReset { optional bool all = 1; optional bool time_only = 2; optional bool model_only = 3; }
message WorldControl {
  optional bool pause = 1;
  optional bool step = 2;
  optional uint32 multi_step = 3;
  optional WorldReset reset = 4;
  optional uint32 seed = 5;
}
message WorldStatistics {
  required Time sim_time = 2;
  required bool paused = 5;
  required uint64 iterations = 6;
}
message Factory { optional string sdf = 1; optional Pose pose = 3; optional string edit_name = 4; }
message Request { required int32 id = 1; required string request = 2; optional string data = 3; }
message Response {
  required int32 id = 1;
  required string request = 2;
  required string response = 3;
  optional string type = 4;
  optional bytes serialized_data = 5;
}
message Link { optional uint32 id = 1; required string name = 2; optional Pose pose = 9; }
message Model {
  required string name = 1;
  optional uint32 id = 2;
  optional Pose pose = 4;
  repeated Link link = 6;
}
message Image {
  required uint32 width = 1;
  required uint32 height = 2;
  required uint32 pixel_format = 3;
  required uint32 step = 4;
  required bytes data = 5;
}
message ImageStamped { required Time time = 1; required Image image = 2; }
message Any {
  required int32 type = 1;
  optional double double_value = 2;
  optional string string_value = 4;
  optional Pose pose3d_value = 8;
  optional Time time_value = 10;
}
message Param { required string name = 1; optional Any value = 2; }
message Param_V { repeated Param param = 1; }
`;

export interface TimeMessage {
  readonly sec: number;
  readonly nsec: number;
}
export interface PoseMessage {
  readonly name?: string;
  readonly id?: number;
  readonly position: { readonly x: number; readonly y: number; readonly z: number };
  readonly orientation: {
    readonly x: number;
    readonly y: number;
    readonly z: number;
    readonly w: number;
  };
}
export interface Packet {
  readonly stamp: TimeMessage;
  readonly type: string;
  readonly serialized_data: Uint8Array;
}
export interface Publish {
  readonly topic: string;
  readonly msg_type: string;
  readonly host: string;
  readonly port: number;
}
export interface Subscribe extends Publish {
  readonly latching?: boolean;
}
export interface WorldControl {
  readonly pause?: boolean;
  readonly multi_step?: number;
  readonly reset?: { readonly all?: boolean; readonly time_only?: boolean };
  readonly seed?: number;
}
export interface WorldStatistics {
  readonly sim_time: TimeMessage;
  readonly paused: boolean;
  readonly iterations: number | { toString(): string };
}
export interface ModelMessage {
  readonly name: string;
  readonly id?: number;
  readonly pose?: PoseMessage | null;
  readonly link?: readonly {
    readonly name: string;
    readonly id?: number;
    readonly pose?: PoseMessage;
  }[];
}
export interface ImageStamped {
  readonly time: TimeMessage;
  readonly image: {
    readonly width: number;
    readonly height: number;
    readonly pixel_format: number;
    readonly step: number;
    readonly data: Uint8Array;
  };
}
export interface AnyMessage {
  readonly type: number;
  readonly double_value?: number;
  readonly string_value?: string;
  readonly pose3d_value?: PoseMessage | null;
  readonly time_value?: TimeMessage | null;
}
export interface ParamList {
  readonly param: readonly { readonly name: string; readonly value?: AnyMessage | null }[];
}

/** `Any.type` of a text. */
export const ANY_STRING = 4;

const set = new MessageSet(TEXT, 'gazebo.msgs');

export const packetCodec = set.codec<Packet>('Packet');
export const publishCodec = set.codec<Publish>('Publish');
export const subscribeCodec = set.codec<Subscribe>('Subscribe');
export const worldControlCodec = set.codec<WorldControl>('WorldControl');
export const worldStatisticsCodec = set.codec<WorldStatistics>('WorldStatistics');
export const factoryCodec = set.codec<{ sdf: string; pose: PoseMessage }>('Factory');
export const requestCodec = set.codec<{ id: number; request: string; data: string }>('Request');
export const responseCodec = set.codec<{
  readonly id: number;
  readonly request: string;
  readonly response: string;
  readonly type: string;
  readonly serialized_data: Uint8Array;
}>('Response');
export const modelCodec = set.codec<ModelMessage>('Model');
export const paramListCodec = set.codec<ParamList>('Param_V');
export const imageStampedCodec = set.codec<ImageStamped>('ImageStamped');
export const gzStringCodec = set.codec<{ readonly data: string }>('GzString');
export const emptyCodec = set.codec<Record<string, never>>('Empty');

/** Seconds of a time message. */
export const secondsOf = ({ sec, nsec }: TimeMessage): number => sec + nsec * 1e-9;
