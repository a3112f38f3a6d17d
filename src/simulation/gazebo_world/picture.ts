/** Pictures of Gazebo as the policy wants them: rgb8, rows without gaps. */
import { SinewError } from '../../core/error.js';
import type { GazeboImage } from '../gazebo/gazebo_world.js';

/** Bytes of a pixel and where its red, green and blue are. */
const LAYOUTS: Readonly<Record<string, readonly [number, number, number, number]>> = {
  rgb8: [3, 0, 1, 2],
  bgr8: [3, 2, 1, 0],
  rgba8: [4, 0, 1, 2],
  mono8: [1, 0, 0, 0],
};

/**
 * Copies the pixels.
 *
 * @param out rgb8, row by row from the top: height · width · 3 bytes
 * @throws SinewError when the picture has another size or is no colour picture
 */
export function copyRgb(image: GazeboImage, out: Uint8Array): void {
  const { width, height, stride, encoding, data } = image;
  const layout = LAYOUTS[encoding];
  if (layout === undefined || out.length !== width * height * 3) {
    throw new SinewError(`a picture of ${width}×${height} ${encoding}`, {
      where: `camera ${image.camera}`,
      expected: `rgb8 with ${out.length / 3} pixels`,
      cure: 'let the server load the world file of this set-up',
    });
  }
  const [size, red, green, blue] = layout;
  let at = 0;
  for (let row = 0; row < height; row++) {
    for (let i = row * stride, end = i + width * size; i < end; i += size) {
      out[at++] = data[i + red] ?? 0;
      out[at++] = data[i + green] ?? 0;
      out[at++] = data[i + blue] ?? 0;
    }
  }
}
