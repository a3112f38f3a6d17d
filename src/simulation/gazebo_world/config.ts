/**
 * The `gazebo` section of a set-up file: which Gazebo, and how it drives the joints. The scene, rates
 * and physics step are those of the `simulator` section, so that MuJoCo and Gazebo show the same.
 */
import { z } from 'zod';
import { FLAVOURS } from './flavour.js';

/** Gains of the joints' position controllers. docs/gazebo.md says how the numbers were found. */
export const gazeboServoSchema = z
  .strictObject({
    kp: z.number().positive().default(400).describe('position gain, N·m/rad'),
    kd: z.number().min(0).default(4).describe('velocity gain, N·m·s/rad'),
    rotor_inertia: z
      .number()
      .min(0)
      .default(0.01)
      .describe(
        'inertia of a servo’s rotor at its joint, kg·m²: Gazebo has no such value, so it is added ' +
          'to the link that the joint moves',
      ),
  })
  .prefault({});
export type GazeboServo = z.output<typeof gazeboServoSchema>;

/** What of the section goes into the world file. */
export const gazeboWorldSchema = z.strictObject({
  real_time_factor: z
    .number()
    .min(0)
    .default(1)
    .describe('how fast a free-running world goes at most; 0: as fast as it can'),
  solver: z
    .enum(['quick', 'world'])
    .default('quick')
    .describe(
      'contact solver of Classic: iterative, or direct, which may take very long in a grasp',
    ),
  solver_iterations: z.int().min(1).default(100).describe('of the quick solver, a step'),
  shadows: z
    .boolean()
    .default(false)
    .describe('draw shadows; without a graphics card Classic takes long and shows none'),
  servo: gazeboServoSchema,
});
export type GazeboWorldConfig = z.output<typeof gazeboWorldSchema>;

export const flavourSchema = z.enum(FLAVOURS);

export const gazeboSection = gazeboWorldSchema.extend({
  flavour: flavourSchema.default('classic').describe('which Gazebo'),
  server: z
    .enum(['start', 'connect'])
    .default('start')
    .describe('start the server with the world of this file, or use one that runs'),
  route: z
    .enum(['transport', 'ros'])
    .default('transport')
    .describe(
      'how the bridge reaches Gazebo: by Gazebo’s own transport, or by ROS 2 where ros_gz_bridge and ' +
        'gz_ros2_control run (launch/gazebo_bridge.launch.py); ros always connects to a running server',
    ),
  ros_namespace: z
    .string()
    .regex(/^(\/\w+)+$/, 'absolute, such as /gazebo')
    .default('/gazebo')
    .describe('where the ROS route finds the world’s own topics, apart from those of the robot'),
  partition: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, "_", "-" and "."')
    .default('sinew')
    .describe('gz-transport partition; of a server that runs, its GZ_PARTITION or IGN_PARTITION'),
  address: z
    .string()
    .default('127.0.0.1')
    .describe('address of the network interface to speak on; 127.0.0.1 stays on this computer'),
  master_port: z.int().min(1).max(65535).default(11345).describe('port of Gazebo Classic’s master'),
});
export type GazeboConfig = z.output<typeof gazeboSection>;
