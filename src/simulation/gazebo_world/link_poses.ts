/** Where the links of the robot's model stand at given joint positions. */
import { Kinematics } from '../../description/kinematics.js';
import type { RobotDescription } from '../../description/robot_description.js';
import type { GazeboPose } from '../gazebo/gazebo_world.js';

/** A function from joint positions (rad, in the order of `joints`) to poses in the model's frame. */
export function linkPoses(
  robot: RobotDescription,
  joints: readonly string[],
): (positions: ArrayLike<number>) => Readonly<Record<string, GazeboPose>> {
  const kinematics = new Kinematics(robot, { joints, tool: robot.root });
  // A link without mass is a frame in the model, and no link.
  const links = kinematics.links.filter((name) => robot.links.get(name)?.inertial !== undefined);
  return (positions) => {
    kinematics.update(positions);
    return Object.fromEntries(
      links.map((name) => [name, poseAt(kinematics.linkPoses, kinematics.linkOffset(name))]),
    );
  };
}

/** Position and quaternion x, y, z, w of a 4×4 matrix (Shepperd's method). */
function poseAt(matrix: Float64Array, at: number): GazeboPose {
  const m = (row: number, column: number): number => matrix[at + row * 4 + column] ?? 0;
  const [xx, yy, zz] = [m(0, 0), m(1, 1), m(2, 2)];
  const squares = [1 + xx - yy - zz, 1 - xx + yy - zz, 1 - xx - yy + zz, 1 + xx + yy + zz];
  const largest = squares.indexOf(Math.max(...squares));
  const [a, b, c] = [m(2, 1) - m(1, 2), m(0, 2) - m(2, 0), m(1, 0) - m(0, 1)];
  const [xy, xz, yz] = [m(0, 1) + m(1, 0), m(0, 2) + m(2, 0), m(1, 2) + m(2, 1)];
  const square = squares[largest] ?? 1;
  const rows: readonly [number, number, number, number][] = [
    [square, xy, xz, a],
    [xy, square, yz, b],
    [xz, yz, square, c],
    [a, b, c, square],
  ];
  const [x, y, z, w] = rows[largest] ?? [0, 0, 0, 1];
  const length = Math.hypot(x, y, z, w);
  return {
    position: [m(0, 3), m(1, 3), m(2, 3)],
    quaternion: [x / length, y / length, z / length, w / length],
  };
}
