/** The loop in lock-step over real ROS 2, in this process: what one episode leaves to the next. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { type Config, loadConfig, streamQos } from '../../src/app/config.js';
import { ControllerInputs, MAX_POINTS } from '../../src/app/controller_inputs.js';
import { LockstepLoop } from '../../src/app/controller_lockstep.js';
import { assembleSafety, loopOptions } from '../../src/app/safety_setup.js';
import { ControlMemory, Status } from '../../src/control/control_memory.js';
import { decisionWidth } from '../../src/control/decision_recorder.js';
import { MemoryWriter } from '../../src/control/memory_writer.js';
import { RosClock } from '../../src/ros/clock.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { stampOf } from '../../src/ros/stamp.js';
import { reserveDomain } from '../integration/domain.js';
import { until } from '../integration/until.js';

const ROBOT = resolve(import.meta.dirname, '../../config/so101.yaml');
const NUMBERS = 'std_msgs/msg/Float64MultiArray';

function setup(): Config {
  const folder = mkdtempSync(join(tmpdir(), 'sinew-lockstep-'));
  const file = join(folder, 'setup.yaml');
  writeFileSync(file, `robot: ${ROBOT}\n`);
  const config = loadConfig(file, { lockstep: true });
  rmSync(folder, { recursive: true });
  return config;
}

it('a deactivation in motion leaves neither a command nor a decision to the next episode', async () => {
  const config = setup();
  const { joints } = config.robot;
  const domain = await reserveDomain();
  const node = await RosNode.create({ name: 'controller', domainId: domain.id });
  try {
    const options = loopOptions(config, assembleSafety(config));
    const memory = new ControlMemory(joints.length, MAX_POINTS);
    memory.writeSettings({ blendS: 0.1, cubic: 1, jointStateTimeoutS: 5, chunkTimeoutS: 20 });
    const inputs = new ControllerInputs(node, new RosClock(node), config, memory);
    const rows = new Float64Array(256 * decisionWidth(joints.length));
    let position = new Float64Array(joints.length);
    const send = () => {
      const command = memory.command.receive();
      if (command !== undefined) position = command.positions.slice();
      memory.decisions.drain(rows);
      return command !== undefined;
    };
    const loop = new LockstepLoop(node, config, memory, options, inputs, send);
    const ticks = node.publisher(config.topics.lockstep_tick, NUMBERS, 'reliable');
    const type = 'sensor_msgs/msg/JointState';
    const states = node.publisher(config.topics.joint_states, type, streamQos(config));
    const found = () => ticks.subscriptionCount > 0 && states.subscriptionCount > 0;
    await until(found, 'the topics of the loop');
    const count = () => memory.status[Status.ticks] ?? 0;
    let time = 1;
    const step = async () => {
      time += 0.01;
      const before = count();
      const none = new Float64Array(0);
      const header = { stamp: stampOf(time), frame_id: '' };
      states.publish({ header, name: [...joints], position, velocity: none, effort: none });
      ticks.publish({ layout: { dim: [], data_offset: 0 }, data: Float64Array.of(time, -1) });
      await until(() => count() > before, 'a tick');
    };

    await loop.activate();
    await step();
    const times = Float64Array.from({ length: 20 }, (_, i) => 0.1 * i);
    const rise = Float64Array.from(
      { length: 20 * joints.length },
      (_, k) => 0.1 * Math.floor(k / joints.length),
    );
    new MemoryWriter(memory).chunk(time, times.length, times, rise);
    for (let i = 0; i < 100 && (position[0] ?? 0) < 0.1; i++) await step();
    expect(position[0]).toBeGreaterThanOrEqual(0.1);
    const before = count();
    await loop.deactivate();
    // It took several ticks to come to rest, of which nobody has heard.
    expect(count()).toBeGreaterThan(before + 3);
    expect(memory.command.receive()).toBeUndefined();
    expect(memory.decisions.drain(rows)).toBe(0);
    expect(memory.decisions.lost).toBe(0);
  } finally {
    await node.close();
    await domain.release();
  }
});
