/** What page and worker must have alike, so that a pointer meets what it sees. */
import { PerspectiveCamera } from 'three';

/** Of the handle at the tool, as TransformControls takes it. */
export const HANDLE_SIZE = 0.7;

/** z is up; its field of view is 38°. */
export function armCamera(): PerspectiveCamera {
  const camera = new PerspectiveCamera(38, 1, 0.01, 20);
  camera.up.set(0, 0, 1);
  return camera;
}
