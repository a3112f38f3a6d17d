/** The `ros2_control` section of a set-up file: what a robot behind a controller_manager asks for. */
import { z } from 'zod';

export const ros2ControlSection = z
  .strictObject({
    controller_manager: z
      .string()
      .default('/controller_manager')
      .describe('name of the node that switches the robot’s controllers'),
    activate: z
      .array(z.string().min(1))
      .default([])
      .describe('controllers of the robot to be active while the controller is; loaded if need be'),
    deactivate: z
      .array(z.string().min(1))
      .default([])
      .describe('controllers that would hold the same joints: switched off for them'),
    restore: z
      .boolean()
      .default(false)
      .describe(
        'switch back at deactivation and shutdown, not after a fault; else the robot’s controllers stay',
      ),
    timeout_s: z
      .number()
      .positive()
      .default(5)
      .describe('for one answer of the controller_manager'),
    robot_description: z
      .string()
      .optional()
      .describe(
        'topic with the robot’s own URDF (latched std_msgs/String), in place of the file: joints, ' +
          'kinematics and limits come from it; collision shapes that are meshes from the file',
      ),
    description_timeout_s: z.number().positive().default(15).describe('for that topic'),
    interface: z
      .enum(['position', 'velocity'])
      .default('position')
      .describe('what a forward_command_controller is sent (output type float64_multi_array)'),
    velocities: z
      .boolean()
      .default(false)
      .describe(
        'send velocities with the point of a trajectory; a joint_trajectory_controller refuses ' +
          'them unless its allow_nonzero_velocity_at_trajectory_end is true',
      ),
    action: z
      .string()
      .optional()
      .describe(
        'FollowJointTrajectory action that commands go to as goals, in place of the command topic',
      ),
    goal_rate_hz: z
      .number()
      .min(1)
      .max(100)
      .default(20)
      .describe('goals a second of that action; each replaces the one before'),
  })
  .describe('a robot behind ros2_control');
export type Ros2ControlSection = z.output<typeof ros2ControlSection>;
