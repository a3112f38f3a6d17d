// The rooms of src/ in their order: a room imports only from rooms above it.

/** Top first. */
export const ROOMS = [
  'core',
  'description',
  'safety',
  'policy',
  'control',
  'teleop',
  'hardware',
  'simulation',
  'recording',
  'ros',
  'console',
  'app',
];

/** Rooms that see less than what is above them. */
export const NARROW_ROOMS = { safety: ['core', 'description'] };

/** npm packages that only one room may use. */
export const PACKAGE_ROOMS = {
  rclnodejs: 'ros',
  'onnxruntime-node': 'policy',
  '@mujoco/mujoco': 'simulation',
  koffi: 'teleop',
  serialport: 'hardware',
  zeromq: 'simulation',
  protobufjs: 'simulation',
  ws: 'console',
  three: 'console',
  uplot: 'console',
};

/** @returns {string[]} the rooms that `room` must not import from */
export function forbiddenRooms(room) {
  const allowed = NARROW_ROOMS[room] ?? ROOMS.slice(0, ROOMS.indexOf(room));
  return ROOMS.filter((other) => other !== room && !allowed.includes(other));
}
