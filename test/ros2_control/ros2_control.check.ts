/**
 * The controller process against a robot behind ros2_control: every kind of output, the switching of
 * the robot's controllers, its description from the topic. `npm run test:ros2-control`.
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stampOf } from '../../src/ros/stamp.js';
import { Harness, JOINTS } from '../integration/harness.js';
import { PATIENCE_S } from '../integration/until.js';
import { DoubleArm } from './double_arm.js';
import { ForwardDouble, TrajectoryDouble } from './double_controllers.js';
import { DoubleManager } from './double_manager.js';

const HOME = [0, -1, 0.4, 1.5, 0, 0.6];
const URDF = readFileSync(new URL('../../urdf/so101.urdf', import.meta.url), 'utf8');
const CHUNK = 'trajectory_msgs/msg/JointTrajectory';

let harness: Harness;
let robot: DoubleManager | undefined;

beforeEach(async () => {
  harness = await Harness.open();
});
afterEach(async () => {
  // First, so that no goal ends after its action server is gone.
  robot?.close();
  robot = undefined;
  await harness?.close();
});

/** A robot with all controllers, of which the trajectory controller is active at first. */
function start(description = URDF) {
  const { node, clock } = harness;
  const arm = new DoubleArm(JOINTS, HOME);
  const jtc = new TrajectoryDouble(node, 'jtc', arm, () => clock.now());
  const forward = new ForwardDouble(node, 'forward', arm, 'position');
  const speed = new ForwardDouble(node, 'speed', arm, 'velocity');
  robot = new DoubleManager(node, arm, { jtc, forward, speed }, { description, active: ['jtc'] });
  return { arm, jtc, forward, speed, manager: robot };
}

async function activeController(...set: string[]) {
  harness.launch('controller', 'controller.chunk_timeout_s=20', ...set);
  await harness.activate(harness.controller);
}

/** Sends the pan joint `far` rad ahead within 2 s and waits until the arm is there. */
async function move(arm: DoubleArm, far = 0.4, least = far - 0.03): Promise<void> {
  const chunks = harness.node.publisher('/action_chunk', CHUNK, 'command');
  await harness.until(() => chunks.subscriptionCount >= 2, 'a reader of chunks');
  const none = new Float64Array(0);
  const [start = 0] = arm.positions;
  const others = [...arm.positions].slice(1);
  const time_from_start = (i: number) => stampOf(0.1 * i);
  chunks.publish({
    header: { stamp: stampOf(harness.clock.now()), frame_id: '' },
    joint_names: JOINTS,
    points: Array.from({ length: 60 }, (_, i) => ({
      positions: Float64Array.of(start + far * Math.min(1, i / 20), ...others),
      velocities: none,
      accelerations: none,
      effort: none,
      time_from_start: time_from_start(i),
    })),
  });
  await harness.until(() => (arm.positions[0] ?? 0) > start + least, 'the arm to have moved');
}

const topic = (name: string) => `topics.command=${name}`;

describe('a robot behind ros2_control', () => {
  it('is driven by a forward_command_controller, loaded and switched for it, and switched back', async () => {
    const { arm, forward, manager } = start();
    await activeController(
      topic('/forward/commands'),
      'ros2_control={activate: [forward], deactivate: [jtc], restore: true}',
    );
    const taken = ['load forward', 'configure forward', 'deactivate jtc', 'activate forward'];
    expect(manager.history).toEqual(taken);
    await move(arm);
    expect(forward.taken).toBeGreaterThan(50);
    expect(forward.refusals).toEqual([]);
    await harness.controller.change('deactivate', PATIENCE_S);
    expect(manager.history).toEqual([...taken, 'deactivate forward', 'activate jtc']);
  });

  it('is switched back at SIGTERM too', async () => {
    const { arm, manager } = start();
    await activeController(
      topic('/forward/commands'),
      'ros2_control={activate: [forward], deactivate: [jtc], restore: true}',
    );
    await move(arm);
    const controller = harness.children.at(-1);
    controller?.kill('SIGTERM');
    await controller?.ended();
    expect(controller?.end?.code).toBe(0);
    expect(manager.history.slice(-2)).toEqual(['deactivate forward', 'activate jtc']);
  });

  it('takes trajectories over the topic as a joint_trajectory_controller does by default', async () => {
    const { arm, jtc } = start();
    await activeController(
      topic('/jtc/joint_trajectory'),
      'controller.output.type=joint_trajectory',
      'ros2_control={activate: [jtc]}',
    );
    await move(arm);
    expect(jtc.refusals).toEqual([]);
    expect(jtc.taken).toBeGreaterThan(50);
  });

  it('refuses points that end at a speed, which is why none are sent unless asked for', async () => {
    const { jtc } = start();
    await activeController(
      topic('/jtc/joint_trajectory'),
      'controller.output.type=joint_trajectory',
      'ros2_control={activate: [jtc], velocities: true}',
    );
    const { arm } = robot ?? {};
    if (arm === undefined) throw new Error('no robot');
    void move(arm).catch(() => undefined);
    await harness.until(() => jtc.refusals.length > 0, 'a refusal');
    expect(jtc.refusals[0]).toBe('velocity of the last trajectory point is not zero');
  });

  it('takes goals over the action, each in place of the one before, cancelled at the end', async () => {
    const { arm, jtc } = start();
    await activeController(
      'ros2_control={activate: [jtc], action: /jtc/follow_joint_trajectory, goal_rate_hz: 20}',
    );
    await move(arm);
    expect(jtc.refusals).toEqual([]);
    expect(jtc.taken).toBeGreaterThan(10);
    expect(jtc.results.every((result) => result === 0 || result === 'replaced')).toBe(true);
    expect(arm.poisoned).toBe(0);
    await harness.controller.change('deactivate', PATIENCE_S);
    const ended = jtc.taken;
    expect(await harness.controller.state(PATIENCE_S)).toBe('inactive');
    expect(jtc.taken).toBe(ended);
  });

  it('takes a goal that is replaced, and so aborted, for no failure', async () => {
    const { arm, jtc } = start();
    // Too slow to be there before the next goal comes.
    jtc.parameters.goal = 1e-4;
    arm.fastest = 0.05;
    await activeController(
      'ros2_control={activate: [jtc], action: /jtc/follow_joint_trajectory, goal_rate_hz: 20}',
    );
    void move(arm).catch(() => undefined);
    const replaced = () => jtc.results.filter((result) => result === 'replaced').length;
    await harness.until(() => replaced() >= 5, 'goals in place of others');
    expect(harness.children.at(-1)?.said(/invalid goal|violated/)).toBe(false);
  });

  it('tells of a goal whose tolerance the robot does not keep', async () => {
    const { arm, jtc } = start();
    Object.assign(jtc.parameters, { goal: 1e-9, goal_time: 0.001, stopped_velocity_tolerance: 0 });
    arm.fastest = 0.01;
    await activeController(
      'ros2_control={activate: [jtc], action: /jtc/follow_joint_trajectory, goal_rate_hz: 5}',
    );
    void move(arm).catch(() => undefined);
    await harness.until(() => jtc.results.includes(-5), 'a goal that failed');
    const controller = harness.children.at(-1);
    await harness.until(
      () => controller?.said(/goal tolerance violated/) ?? false,
      'a line that says so',
    );
  });

  it('tells of an arm that does not keep to its path', async () => {
    const { arm, jtc } = start();
    jtc.parameters.trajectory = 0.001;
    arm.fastest = 0.01;
    await activeController(
      'ros2_control={activate: [jtc], action: /jtc/follow_joint_trajectory, goal_rate_hz: 5}',
    );
    void move(arm).catch(() => undefined);
    await harness.until(() => jtc.results.includes(-4), 'a goal that failed');
    const controller = harness.children.at(-1);
    await harness.until(
      () => controller?.said(/path tolerance violated/) ?? false,
      'a line that says so',
    );
  });

  it('holds by its own time-out when the controller is killed', async () => {
    const { arm, jtc } = start();
    jtc.parameters.cmd_timeout = 0.1;
    await activeController(
      topic('/jtc/joint_trajectory'),
      'controller.output.type=joint_trajectory',
      'ros2_control={activate: [jtc]}',
    );
    await move(arm);
    const before = jtc.timeouts;
    harness.children.at(-1)?.kill('SIGKILL');
    await harness.until(() => jtc.timeouts > before, 'the time-out');
    await harness.until(() => Math.max(...arm.velocities.map(Math.abs)) < 1e-9, 'rest');
  });

  it('is driven by velocities', async () => {
    const { arm, speed, manager } = start();
    await activeController(
      topic('/speed/commands'),
      'ros2_control={activate: [speed], deactivate: [jtc], interface: velocity}',
    );
    await move(arm, 0.4, 0.3);
    expect(speed.refusals).toEqual([]);
    expect(manager.state('speed')).toBe('active');
    await harness.until(() => Math.abs(arm.velocities[0] ?? 1) < 1e-3, 'rest');
  });

  it('refuses to be active while another controller holds the joints, and says which', async () => {
    const { manager } = start();
    const controller = harness.launch(
      'controller',
      topic('/speed/commands'),
      'ros2_control={activate: [forward]}',
    );
    await harness.reached(harness.controller, 'inactive');
    await harness.until(() => harness.controller.state().then((s) => s === 'inactive'), 'it');
    await harness.until(async () => {
      await harness.controller.change('activate', PATIENCE_S).catch(() => undefined);
      return controller.said(/switching \+forward refused: shoulder_pan\/position is claimed/);
    }, 'the refusal of the manager');
    // Now that it is loaded, its interfaces are known, and the plan itself is refused.
    await harness.until(async () => {
      await harness.controller.change('activate', PATIENCE_S).catch(() => undefined);
      return controller.said(/robot's controller "jtc" holds shoulder_pan\/position/);
    }, 'the name of the holder');
    expect(manager.state('jtc')).toBe('active');
  });

  it('gives its own limits by its description', async () => {
    const narrow = URDF.replace('upper="1.919862"', 'upper="0.2"');
    expect(narrow).not.toBe(URDF);
    const { arm } = start(narrow);
    await activeController(
      topic('/jtc/joint_trajectory'),
      'controller.output.type=joint_trajectory',
      'ros2_control={activate: [jtc], robot_description: /robot_description}',
    );
    await move(arm, 0.6, 0.18);
    await harness.until(() => harness.health.size > 0, 'diagnostics');
    expect(arm.positions[0]).toBeLessThanOrEqual(0.2 + 1e-9);
  });

  it('that publishes no description is an error of one line', async () => {
    const controller = harness.launch(
      'controller',
      'ros2_control={robot_description: /nothing_here, description_timeout_s: 1}',
    );
    await controller.ended();
    expect(controller.end?.code).toBe(1);
    expect(controller.said(/\/nothing_here: no robot description after 1 s/)).toBe(true);
  });
});
