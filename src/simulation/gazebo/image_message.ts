/**
 * Pictures as gz-transport carries them: the same message from msgs 5 to 12.
 */
import { SinewError } from '../../core/error.js';
import type { GazeboEncoding, GazeboImage } from './gazebo_world.js';
import { MessageSet } from './messages/message_set.js';

export const IMAGE_TEXT = `
syntax = "proto3";
package PACKAGE;
message Time { int64 sec = 1; int32 nsec = 2; }
message Header { Time stamp = 1; }
message Image {
  Header header = 1;
  uint32 width = 2;
  uint32 height = 3;
  uint32 step = 4;
  bytes data = 5;
  uint32 pixel_format_type = 6;
}
`;

export interface ImageMessage {
  readonly header?: {
    readonly stamp?: {
      readonly sec: number | { toString(): string };
      readonly nsec: number;
    } | null;
  } | null;
  readonly width: number;
  readonly height: number;
  readonly step: number;
  readonly data: Uint8Array;
  readonly pixel_format_type: number;
}

interface PixelFormat {
  readonly encoding: GazeboEncoding;
  readonly bytes: number;
}

const FLOATS: PixelFormat = { encoding: '32FC1', bytes: 4 };

/** By PixelFormatType. */
const FORMATS: Readonly<Record<number, PixelFormat>> = {
  1: { encoding: 'mono8', bytes: 1 },
  2: { encoding: '16UC1', bytes: 2 },
  3: { encoding: 'rgb8', bytes: 3 },
  4: { encoding: 'rgba8', bytes: 4 },
  8: { encoding: 'bgr8', bytes: 3 },
  13: FLOATS,
};

/** @param name package on the wire: ignition.msgs or gz.msgs */
export const imageCodec = (name: string) =>
  new MessageSet(IMAGE_TEXT, name).codec<ImageMessage>('Image');

/** A picture as any message carries it. */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  /** Bytes of a row; 0: as they follow from the width. */
  readonly step: number;
  readonly data: Uint8Array;
  /** Code of the pixel format; the same in all messages. */
  readonly format: number;
  readonly time: number;
}

/** The parts of a gz-transport image. */
export function rawImage(message: ImageMessage): RawImage {
  const stamp = message.header?.stamp;
  const time = stamp ? Number(stamp.sec) + stamp.nsec * 1e-9 : 0;
  return { ...message, format: message.pixel_format_type, time };
}

/**
 * @param camera name for the result
 * @param depth whether the camera is a depth camera: Classic does not always label its floats
 * @throws SinewError when format and size do not fit the data
 */
export function readImage(camera: string, message: RawImage, depth = false): GazeboImage {
  const { width, height, data, time } = message;
  const floats = depth && data.length === width * height * 4;
  const format = floats ? FLOATS : FORMATS[message.format];
  if (format === undefined) {
    const expected = 'L_INT8, L_INT16, RGB_INT8, RGBA_INT8, BGR_INT8 or R_FLOAT32';
    throw new SinewError(`pixel format ${message.format}`, { where: camera, expected });
  }
  const row = width * format.bytes;
  const stride = message.step >= row && message.step * height === data.length ? message.step : row;
  if (width === 0 || height === 0 || data.length < stride * height) {
    const expected = `${stride * height}`;
    throw new SinewError(`${data.length} bytes for ${width}×${height}`, {
      where: camera,
      expected,
    });
  }
  return { camera, time, width, height, stride, encoding: format.encoding, data };
}
