/**
 * Writes sensor_msgs/Image of one size: the camera renders straight into the serialized message, so
 * that pixels are not copied before the middleware does.
 */
import { SinewError } from '../core/error.js';
import { CdrWriter } from './cdr_writer.js';
import type { Stamp } from './stamp.js';

const bytesPerPixel: Readonly<Record<string, number>> = {
  rgb8: 3,
  bgr8: 3,
  rgba8: 4,
  bgra8: 4,
  mono8: 1,
  mono16: 2,
  '16UC1': 2,
  '32FC1': 4,
};

export interface ImageFormat {
  readonly width: number;
  readonly height: number;
  readonly encoding: string;
  readonly frameId: string;
}

export class ImageWriter {
  /** Where the camera puts its pixels, rows from the top. */
  readonly pixels: Uint8Array;
  readonly #writer: CdrWriter;
  readonly #message: Buffer;

  constructor(readonly format: ImageFormat) {
    const { width, height, encoding, frameId } = format;
    const size = bytesPerPixel[encoding];
    if (size === undefined) {
      throw new SinewError(`image encoding "${encoding}" is not known`, {
        expected: Object.keys(bytesPerPixel).join(', '),
      });
    }
    const bytes = width * height * size;
    this.#writer = new CdrWriter(256 + frameId.length * 4 + bytes);
    const to = this.#writer.start().int32(0).uint32(0).string(frameId);
    to.uint32(height).uint32(width).string(encoding).uint8(0);
    to.uint32(width * size).uint32(bytes);
    const start = to.skip(bytes);
    this.#message = to.finish();
    this.pixels = this.#message.subarray(start, start + bytes);
  }

  /** The serialized message with what `pixels` holds now; publish it before drawing again. */
  write(stamp: Stamp): Buffer {
    this.#writer.start().int32(stamp.sec).uint32(stamp.nanosec);
    return this.#message;
  }
}
