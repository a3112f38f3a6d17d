/**
 * A camera's picture as the page draws it: red, green, blue, shrunk by whole numbers where it is
 * large. Sent as it is: at these sizes a codec would cost more than the loopback does.
 */
import { SinewError } from '../core/error.js';
import type { ImageMessage } from '../ros/message_types.js';
import { secondsOf } from '../ros/stamp.js';
import { CAMERA_HEADER, FRAME_CAMERA } from './protocol.js';

/** Bytes a pixel and the places of red, green and blue in it. */
const ENCODINGS: Readonly<Record<string, readonly [number, number, number, number]>> = {
  rgb8: [3, 0, 1, 2],
  bgr8: [3, 2, 1, 0],
  rgba8: [4, 0, 1, 2],
  bgra8: [4, 2, 1, 0],
  mono8: [1, 0, 0, 0],
};

/**
 * The frame for camera number `camera`.
 *
 * @param maxWidth of the result, pixels
 * @throws SinewError for an encoding that is not known, or an image shorter than it says
 */
export function cameraFrame(image: ImageMessage, camera: number, maxWidth: number): Buffer {
  const { width, height, step, data, encoding } = image;
  const layout = ENCODINGS[encoding];
  if (layout === undefined) {
    throw new SinewError(`pictures are "${encoding}"`, {
      expected: `one of ${Object.keys(ENCODINGS).join(', ')}`,
    });
  }
  const [size, red, green, blue] = layout;
  if (step < width * size || data.byteLength < step * height) {
    throw new SinewError(`a picture has ${data.byteLength} bytes`, {
      expected: `${height} rows of ${Math.max(step, width * size)}`,
    });
  }
  const stride = Math.max(1, Math.ceil(width / maxWidth));
  const columns = Math.floor(width / stride);
  const rows = Math.floor(height / stride);
  const out = Buffer.allocUnsafe(CAMERA_HEADER + columns * rows * 3);
  out.writeUInt8(FRAME_CAMERA, 0);
  out.writeUInt8(camera, 1);
  out.writeUInt16LE(columns, 2);
  out.writeUInt16LE(rows, 4);
  out.writeUInt16LE(0, 6);
  out.writeDoubleLE(secondsOf(image.header.stamp), 8);
  if (encoding === 'rgb8' && stride === 1 && step === width * 3) {
    out.set(data.subarray(0, columns * rows * 3), CAMERA_HEADER);
    return out;
  }
  let to = CAMERA_HEADER;
  for (let y = 0; y < rows; y++) {
    let from = y * stride * step;
    for (let x = 0; x < columns; x++, from += stride * size, to += 3) {
      out[to] = data[from + red] ?? 0;
      out[to + 1] = data[from + green] ?? 0;
      out[to + 2] = data[from + blue] ?? 0;
    }
  }
  return out;
}
