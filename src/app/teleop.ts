/**
 * The teleop process: makes joint commands of what operators send (jogs, targets, drags, a leader
 * arm) and hands them to the controller, which alone decides whose they are and filters them.
 */
import { steadyNow } from '../core/clock.js';
import { SinewError } from '../core/error.js';
import { assembleRobot, robotKinematics } from '../description/robot.js';
import { RosClock } from '../ros/clock.js';
import { Diagnostics } from '../ros/diagnostics.js';
import { RosNode } from '../ros/ros_node.js';
import { stampOf } from '../ros/stamp.js';
import { TrajectoryWriter } from '../ros/trajectory_writer.js';
import { TeleopCore } from '../teleop/teleop_core.js';
import { type ProcessContext, type RunningProcess, runProcess } from './process.js';
import type { GamepadVoice } from './teleop_gamepad.js';
import { OperatorHeartbeat } from './teleop_heartbeat.js';
import { TeleopInputs } from './teleop_inputs.js';

/** By this id a leader arm commands whose grasp is a gesture of its own. */
const LEADER_ID = 'leader';
/** A step counts for no longer than this, s. */
const LONGEST = 0.05;

async function start({ config, log }: ProcessContext): Promise<RunningProcess> {
  const { teleop, topics } = config;
  if (teleop === undefined) throw new SinewError('no "teleop" section', { where: config.file });
  const robot = assembleRobot(config.robot);
  const { leader, gamepad } = teleop;
  const core = new TeleopCore({
    limits: robot.limits,
    tools: new Map(
      [...new Set([config.robot.toolLink, ...config.robot.toolLinks])].map((tool) => [
        tool,
        robotKinematics(robot, { tool }),
      ]),
    ),
    slowFrom: teleop.singularity.slow_from,
    haltAt: teleop.singularity.halt_at,
    jointSpeed: teleop.joint_speed_rad_s,
    linearSpeed: teleop.linear_speed_m_s,
    angularSpeed: teleop.angular_speed_rad_s,
    acceleration: teleop.acceleration_rad_s2,
    timeout: teleop.timeout_s,
    sources: teleop.sources,
    ...(leader === undefined
      ? {}
      : {
          leader: {
            operator: leader.grasp === 'motion' ? LEADER_ID : '',
            slide: leader.slide_rad_s,
            motion: leader.motion_rad_s,
            release: leader.release_s,
          },
        }),
  });
  const node = await RosNode.create({
    name: 'teleop',
    argv: process.argv.slice(2),
    onError: (error, where) => log.warn(`${where}: ${error.message}`),
  });
  const clock = new RosClock(node, { useSimTime: config.ros.use_sim_time });
  const inputs = new TeleopInputs(node, config, core);
  const type = 'trajectory_msgs/msg/JointTrajectory';
  const commands = node.publisher(topics.operator_command, type, 'command');
  const grasp =
    leader?.grasp === 'motion'
      ? new OperatorHeartbeat(node, config, LEADER_ID, 'leader arm')
      : undefined;
  let pad: GamepadVoice | undefined;
  if (gamepad !== undefined) {
    // Brings a native library with it.
    const { GamepadVoice } = await import('./teleop_gamepad.js');
    pad = new GamepadVoice(node, config, core, log, { teleop, gamepad });
  }
  let holder: string | undefined;
  let writer = new TrajectoryWriter(config.robot.joints);
  node.subscribe(topics.authority, 'std_msgs/msg/String', 'latched', ({ data }) => {
    const { operator } = JSON.parse(data) as { operator: string | null };
    if (holder === (operator ?? undefined)) return;
    holder = operator ?? undefined;
    writer = new TrajectoryWriter(config.robot.joints, holder);
  });

  const at = [1 / teleop.rate_hz];
  let last = steadyNow();
  let count = 0;
  const tick = (): void => {
    const now = steadyNow();
    const h = Math.min(LONGEST, now - last);
    last = now;
    grasp?.speak(core.leader?.grasped === true, now);
    pad?.step(now);
    if (!core.step(now, h, holder)) return;
    commands.publish(writer.write(stampOf(clock.now()), 1, core.position, at, core.velocity));
    count++;
  };
  const timer = setInterval(() => node.guard('tick', tick), 1000 / teleop.rate_hz);
  const diagnostics = new Diagnostics(node, clock, () => [
    {
      name: 'teleop',
      level: 'ok',
      message: core.active ?? (holder === undefined ? 'nobody has authority' : 'at rest'),
      values: {
        operator: holder ?? '',
        source: core.active ?? '',
        commands: count,
        messages_dropped: inputs.dropped,
        ...(pad === undefined ? {} : { gamepad: pad.name ?? 'not found' }),
      },
    },
  ]);
  log.info({ sources: teleop.sources }, 'teleop runs');

  return {
    async stop() {
      clearInterval(timer);
      pad?.close();
      diagnostics.close();
      await node.close();
    },
  };
}

await runProcess('teleop', start);
