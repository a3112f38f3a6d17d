/** What things are called in the worlds that this room writes, so that a bridge finds them. */

export const WORLD = 'sinew';
export const ROBOT_MODEL = 'robot';
export const CUBE_MODEL = 'cube';
export const TARGET_MODEL = 'target';

/** Model that carries a camera which stands in the world; also its link. */
export function cameraModel(camera: string): string {
  return `camera_${camera}`;
}

/** gz-sim: topic of a camera's pictures; its info is beside it, at `camera_info`. */
export function gzCameraTopic(camera: string): string {
  return `/camera/${camera}/image_raw`;
}

/** gz-sim: topic of a joint's position target (Double). */
export function gzCommandTopic(joint: string): string {
  return `/model/${ROBOT_MODEL}/joint/${joint}/cmd_pos`;
}

/** gz-sim: topic of the robot's joint states (Model). */
export const GZ_JOINT_STATE_TOPIC = `/world/${WORLD}/model/${ROBOT_MODEL}/joint_state`;

/** Classic: topic of a camera's pictures. */
export function classicCameraTopic(camera: { name: string; link: string | null }): string {
  const stand = cameraModel(camera.name);
  const place = camera.link === null ? `${stand}/${stand}` : `${ROBOT_MODEL}/${camera.link}`;
  return `/${WORLD}/${place}/${camera.name}/image`;
}

/**
 * What the ROS route is called, below the namespace of the world's own topics: those of sinew's robot
 * are the bridge's.
 */
export const ROS_ROUTE = {
  jointStates: 'joint_states',
  clock: 'clock',
  commands: 'forward_position_controller/commands',
} as const;

/** Topic of a model's pose (gz.msgs.Pose, or PoseStamped on the ROS route). */
export function modelPoseTopic(model: string): string {
  return `/model/${model}/pose`;
}
