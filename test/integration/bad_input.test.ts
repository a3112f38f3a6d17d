/** Inputs that are missing or wrong: who says so, who waits, and that work goes on by itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Child } from './child.js';
import { Harness, JOINTS } from './harness.js';
import { RobotDouble } from './robot_double.js';
import { PATIENCE_S } from './until.js';

const OBSERVATION = 'policy: observation';
let harness: Harness;
let robot: RobotDouble;
let policy: Child;
let controller: Child;

/** More chunks come. */
async function thinking(): Promise<void> {
  const count = harness.chunks.length;
  await harness.until(() => harness.chunks.length > count + 2, 'chunks');
}

/** Once what was under way has come, no chunk does while the policy tells its health twice more. */
async function silent(): Promise<void> {
  for (let i = 0; i < 2; i++) await harness.diagnosis(OBSERVATION);
  const count = harness.chunks.length;
  for (let i = 0; i < 2; i++) await harness.diagnosis(OBSERVATION);
  expect(harness.chunks.length).toBe(count);
}

beforeAll(async () => {
  harness = await Harness.open();
  robot = new RobotDouble(harness);
  robot.cameras = [];
  robot.joints = false;
  policy = harness.launch('policy');
  controller = harness.launch(
    'controller',
    'controller.auto_activate=true',
    'controller.joint_state_timeout_s=3',
  );
  await harness.reached(harness.policy, 'inactive');
  await harness.reached(harness.controller, 'inactive');
});
afterAll(async () => {
  robot?.close();
  await harness?.close();
});

describe('without any input', () => {
  it('the policy names each missing stream and refuses to activate', async () => {
    await expect(harness.policy.change('activate', PATIENCE_S)).rejects.toThrow(/refused/);
    await harness.diagnosed(
      OBSERVATION,
      'message',
      /images\.wrist: missing.*images\.front: missing/,
    );
    await harness.diagnosed(OBSERVATION, 'message', /observation\.state.*missing|joint.*missing/);
    await harness.until(
      () => policy.said(/^warn cannot act: .*images\.wrist: missing/),
      'a log line',
    );
    expect(await harness.policy.state(PATIENCE_S)).toBe('inactive');
  });

  it('the controller names the topic and stays inactive', async () => {
    await harness.diagnosed('controller: inputs', 'message', /no joint states on \/joint_states/);
    await harness.until(() => controller.said(/^warn inactive: no joint states/), 'a log line');
    await expect(harness.controller.change('activate', PATIENCE_S)).rejects.toThrow(/refused/);
    expect(await harness.controller.state(PATIENCE_S)).toBe('inactive');
  });
});

describe('with wrong input', () => {
  it('both name the joint that joint states lack, and no zero stands in for it', async () => {
    robot.joints = true;
    robot.names = JOINTS.map((name) => (name === 'gripper' ? 'jaw' : name));
    await harness.diagnosed('controller: inputs', 'message', /"gripper" is missing/);
    await harness.diagnosed(OBSERVATION, 'message', /"gripper" is missing/);
    await harness.until(() => controller.said(/^warn inactive: .*"gripper"/), 'a log line');
    expect(await harness.controller.state(PATIENCE_S)).toBe('inactive');
    expect(harness.commands).toHaveLength(0);
  });

  it('the policy names the size that a picture has and the size that it should have', async () => {
    robot.cameras = ['wrist', 'front'];
    robot.size = { width: 32, height: 24 };
    await harness.diagnosed(OBSERVATION, 'message', /images\.front: size .*32.*24/);
    robot.size = { width: 24, height: 24 };
    robot.encoding = 'mono8';
    await harness.diagnosed(OBSERVATION, 'message', /images\.front: encoding .*mono8.*rgb8/);
    expect(await harness.policy.state(PATIENCE_S)).toBe('inactive');
  });
});

describe('once the input comes right', () => {
  it('the controller activates by itself and holds, and the policy acts by itself', async () => {
    robot.encoding = 'rgb8';
    robot.names = [...JOINTS].reverse();
    robot.position.reverse();
    await harness.reached(harness.controller, 'active');
    await harness.until(() => harness.commands.length > 0, 'commands');
    // By name, although the message has another order.
    const expected = [0, -1, 0.4, 1.5, 0, 0.6];
    expect([...(harness.commands[0] ?? [])]).toEqual(expected);
    await harness.reached(harness.policy, 'active');
    await thinking();
    expect([...(harness.chunks[0]?.joint_names ?? [])]).toEqual(JOINTS);
  });
});

describe('in the middle of work', () => {
  it('a camera that falls silent is named, and the policy falls silent until it is back', async () => {
    robot.cameras = ['front'];
    await harness.diagnosed(OBSERVATION, 'message', /images\.wrist: stale/);
    await silent();
    expect(await harness.policy.state(PATIENCE_S)).toBe('active');
    robot.cameras = ['wrist', 'front'];
    await thinking();
    await harness.diagnosed(OBSERVATION, 'message', /complete/);
  });

  it('pictures of another size are refused until the size is right again', async () => {
    robot.size = { width: 12, height: 24 };
    await harness.diagnosed(OBSERVATION, 'message', /images\.wrist: size/);
    await silent();
    robot.size = { width: 24, height: 24 };
    await thinking();
  });

  it('NaN in a joint state counts as missing: both stop, and go on when numbers come', async () => {
    const commands = () => harness.commands.flatMap((row) => [...row]);
    robot.position = robot.position.map((q, i) => (i === 2 ? Number.NaN : q));
    await harness.diagnosed('controller: inputs', 'joint_state_fault', /not finite/);
    await harness.reached(harness.controller, 'inactive');
    await silent();
    robot.position = robot.position.map((q) => (Number.isNaN(q) ? 1.5 : q));
    await harness.reached(harness.controller, 'active');
    await thinking();
    expect(commands().every(Number.isFinite)).toBe(true);
  });

  it('joint states that fall silent stop the controller; it goes on when they are back', async () => {
    robot.joints = false;
    await harness.reached(harness.controller, 'inactive');
    await harness.diagnosed('controller: inputs', 'message', /stopped coming/);
    const count = harness.commands.length;
    robot.joints = true;
    await harness.reached(harness.controller, 'active');
    await harness.until(() => harness.commands.length > count + 10, 'commands');
  });
});
