/** Simulator, policy and controller as processes over real ROS 2: from start to motion. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness, JOINTS } from './harness.js';
import { PATIENCE_S } from './until.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.open();
  harness.launch('simulator');
  harness.launch('policy');
  harness.launch('controller');
});
afterAll(() => harness?.close());

describe('simulator, policy and controller', () => {
  it('configure themselves and then wait, without a chunk or a command', async () => {
    await harness.reached(harness.policy, 'inactive');
    await harness.reached(harness.controller, 'inactive');
    await harness.until(() => harness.jointStates.length > 20, 'joint states');
    expect(harness.chunks).toHaveLength(0);
    expect(harness.commands).toHaveLength(0);
    expect([...(harness.jointStates[0]?.name ?? [])]).toEqual(JOINTS);
  });

  it('publish both cameras, a picture and its info under one stamp', async () => {
    for (const camera of ['wrist', 'front']) {
      const stamps = { image: new Set<string>(), info: new Set<string>() };
      const key = (stamp: { sec: number; nanosec: number }) => `${stamp.sec}.${stamp.nanosec}`;
      const topic = `/camera/${camera}`;
      const subscriptions = [
        harness.node.subscribe(
          `${topic}/image_raw`,
          'sensor_msgs/msg/Image',
          'sensor',
          ({ header, width, height, encoding, data }) => {
            expect([width, height, encoding, data.length]).toEqual([24, 24, 'rgb8', 24 * 24 * 3]);
            stamps.image.add(key(header.stamp));
          },
        ),
        harness.node.subscribe(
          `${topic}/camera_info`,
          'sensor_msgs/msg/CameraInfo',
          'sensor',
          ({ header, width, k }) => {
            expect(width).toBe(24);
            expect(k[0]).toBeGreaterThan(0);
            stamps.info.add(key(header.stamp));
          },
        ),
      ];
      const both = () => [...stamps.image].filter((stamp) => stamps.info.has(stamp)).length;
      await harness.until(() => both() >= 3, `pictures with their info on ${topic}`);
      for (const subscription of subscriptions) subscription.close();
      expect(subscriptions.map(({ malformed }) => malformed)).toEqual([0, 0]);
    }
  });

  it('put the same seed’s cube at the same place, another seed’s elsewhere', async () => {
    const poses: { x: number; y: number }[] = [];
    harness.node.subscribe(
      '/simulator/cube_pose',
      'geometry_msgs/msg/PoseStamped',
      'reliable',
      ({ pose }) => poses.push(pose.position),
    );
    const reset = harness.node.client('/simulator/reset', 'std_srvs/srv/Trigger');
    const seen: { x: number; y: number }[] = [];
    for (const seed of [7, 8, 7]) {
      await harness.simulator.setParameters({ seed }, PATIENCE_S);
      expect((await reset.call({}, PATIENCE_S)).success).toBe(true);
      poses.length = 0;
      await harness.until(() => poses.length > 5, 'cube poses');
      seen.push(poses.at(-1) ?? { x: 0, y: 0 });
    }
    const [first, other, again] = seen;
    expect(Math.hypot((first?.x ?? 0) - (again?.x ?? 1), (first?.y ?? 0) - (again?.y ?? 1))).toBe(
      0,
    );
    expect((other?.x ?? 0) - (first?.x ?? 0)).not.toBe(0);
  });

  it('move the arm once both are activated, one command a tick', async () => {
    await harness.activate(harness.policy);
    await harness.until(() => harness.chunks.length > 2, 'chunks');
    await harness.activate(harness.controller);
    await harness.until(() => harness.commands.length > 0, 'the first command');
    const start = harness.commanded('shoulder_pan');
    await harness.until(() => Math.abs(harness.commanded('shoulder_pan') - start) > 0.3, 'motion');
    const measured = () => harness.jointStates.at(-1)?.position[0] ?? Number.NaN;
    await harness.until(() => Math.abs(measured() - start) > 0.3, 'motion of the arm');

    // One of the two may be under way for longer than the other: in the long run they are as many.
    const from = { ticks: harness.ticks.length, commands: harness.commands.length };
    await harness.until(() => {
      const ticks = harness.ticks.length - from.ticks;
      const commands = harness.commands.length - from.commands;
      return ticks >= 300 && Math.abs(commands / ticks - 1) < 0.1;
    }, 'as many commands as ticks');
  });

  it('tell their health on /diagnostics', async () => {
    const loop = await harness.diagnosis('controller: loop');
    expect(loop).toMatchObject({ mode: expect.stringMatching(/^(active|hold)$/) });
    const figures = ['period_mean_ms', 'period_sigma_ms', 'overruns', 'ticks', 'lateness_p99_ms'];
    for (const key of figures) expect(loop[key], key).toBeTypeOf('number');
    expect(loop.period_mean_ms).toBeGreaterThan(5);
    const inputs = await harness.diagnosis('controller: inputs');
    expect(inputs.joint_state_age_ms).toBeGreaterThanOrEqual(0);
    expect(inputs.chunk_age_ms).toBeGreaterThanOrEqual(0);
    const safety = await harness.diagnosis('controller: safety');
    expect(safety.limit_violations).toBe(0);
    expect(safety.limited_joints).toBeTypeOf('string');
    const inference = await harness.diagnosis('policy: inference');
    for (const key of ['chunk_ms', 'graphs_ms']) expect(inference[key]).toBeGreaterThan(0);
    expect(inference.state).toBe('active');
    const observation = await harness.diagnosis('policy: observation');
    expect(observation['age_s observation.images.wrist']).toBeTypeOf('number');
    const simulation = await harness.diagnosis('simulator: simulation');
    expect(simulation.real_time_factor).toBeGreaterThan(0);
    expect(simulation.commands_malformed).toBe(0);
  });

  it('take parameters in range while moving, and refuse others with the reason', async () => {
    const { controller } = harness;
    await controller.setParameters({ blend_s: 0.2 }, PATIENCE_S);
    expect(await controller.getParameters(['blend_s', 'rate_hz'], PATIENCE_S)).toEqual({
      blend_s: 0.2,
      rate_hz: 100,
    });
    await expect(controller.setParameters({ blend_s: 99 }, PATIENCE_S)).rejects.toThrow(/0 to 2/);
    await expect(controller.setParameters({ blend_s: 'soon' }, PATIENCE_S)).rejects.toThrow(
      /blend_s/,
    );
    await expect(controller.setParameters({ rate_hz: 50 }, PATIENCE_S)).rejects.toThrow(
      /read-only/,
    );
    await expect(harness.simulator.setParameters({ seed: -1 }, PATIENCE_S)).rejects.toThrow(/seed/);
    expect(await controller.getParameters(['blend_s'], PATIENCE_S)).toEqual({ blend_s: 0.2 });
  });

  it('come to rest when they are deactivated, and configure anew after a cleanup', async () => {
    await harness.controller.change('deactivate', PATIENCE_S);
    await harness.policy.change('deactivate', PATIENCE_S);
    await harness.until(() => harness.speed() < 0.01, 'rest of the arm');
    const ticks = async () => {
      const from = harness.ticks.length;
      await harness.until(() => harness.ticks.length > from + 30, 'ticks');
    };
    // The last commands may still be under way.
    await ticks();
    const commands = harness.commands.length;
    await ticks();
    expect(harness.commands.length).toBe(commands);
    await harness.controller.bringTo('unconfigured', PATIENCE_S);
    await expect(harness.controller.change('activate', PATIENCE_S)).rejects.toThrow(/refused/);
    await harness.policy.bringTo('unconfigured', PATIENCE_S);
    await harness.policy.bringTo('inactive', PATIENCE_S);
    await harness.controller.bringTo('inactive', PATIENCE_S);
    await harness.activate(harness.policy);
    await harness.activate(harness.controller);
    const start = harness.commanded('wrist_roll');
    await harness.until(() => Math.abs(harness.commanded('wrist_roll') - start) > 0.2, 'motion');
  });

  it.each(['controller', 'policy', 'simulator'])('ends in order: the %s', async (name) => {
    const child = harness.children.find((candidate) => candidate.name === name);
    child?.kill('SIGTERM');
    expect(await child?.ended()).toEqual({ code: 0, signal: null });
    expect(child?.lines.filter((line) => /^(error|fatal)|pointer|Error/.test(line))).toEqual([]);
  });
});
