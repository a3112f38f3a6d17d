/** Camera sensors: same place, direction and field of view as those of the ray caster. */
import { opticalPose } from '../camera_model.js';
import type { CameraConfig } from '../scene_config.js';
import { element, value, type Xml } from './element.js';
import type { Dialect } from './flavour.js';
import { gzCameraTopic } from './names.js';
import { poseElement, poseOfMatrix, type SdfPose } from './pose.js';

/** Nearer and farther than this (m), nothing is drawn. */
const CLIP = { near: 0.005, far: 10 } as const;

/**
 * Pose of the sensor in the frame that the camera is given in. A sensor looks along x with z up, an
 * optical frame along z with y down.
 */
export function sensorPose(camera: CameraConfig): SdfPose {
  const pose = opticalPose(camera);
  const p = (i: number): number => pose[i] ?? 0;
  const rotation = [0, 1, 2].flatMap((row) => {
    const [right, down, forward] = [p(3 + row * 3), p(4 + row * 3), p(5 + row * 3)];
    return [forward, -right, -down];
  });
  return poseOfMatrix(pose, rotation);
}

/** Angle (rad) between the left and the right edge of the picture; pixels are square. */
export function horizontalFov({ fovy_deg, width, height }: CameraConfig): number {
  return 2 * Math.atan((width / height) * Math.tan((fovy_deg * Math.PI) / 360));
}

/**
 * The sensor, to stand in a link.
 *
 * @param rate pictures a second; 0: one for each instant that the engine stops at
 */
export function cameraSensor(camera: CameraConfig, rate: number, dialect: Dialect): Xml {
  const { opticalFrame } = dialect;
  const frame = `${camera.name}_optical_frame`;
  return element(
    'sensor',
    { name: camera.name, type: 'camera' },
    poseElement(sensorPose(camera)),
    value('always_on', true),
    value('update_rate', rate),
    value('visualize', false),
    dialect.classic ? undefined : value('topic', gzCameraTopic(camera.name)),
    element(
      'camera',
      { name: camera.name },
      value('horizontal_fov', horizontalFov(camera)),
      element(
        'image',
        {},
        value('width', camera.width),
        value('height', camera.height),
        value('format', 'R8G8B8'),
        value('anti_aliasing', 4),
      ),
      element('clip', {}, value('near', CLIP.near), value('far', CLIP.far)),
      opticalFrame === undefined ? undefined : value(opticalFrame, frame),
    ),
  );
}
