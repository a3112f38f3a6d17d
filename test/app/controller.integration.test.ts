/** The controller process over real ROS 2: what it does when all is well, and when it is not. */
import { afterEach, describe, expect, it } from 'vitest';
import { ControllerRig, JOINTS, type RigOptions } from './controller_rig.js';

const RISE = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
let rig: ControllerRig;

async function start(options: Partial<RigOptions> = {}): Promise<ControllerRig> {
  rig = await ControllerRig.start({ domainId: 140 + (process.pid % 50), ...options });
  return rig;
}

/** Started, active and in the middle of a chunk. */
async function moving(options: Partial<RigOptions> = {}): Promise<ControllerRig> {
  await start(options);
  await rig.activate();
  await rig.until(() => rig.commands.length > 3, 'commands');
  rig.chunk(RISE);
  await rig.until(() => (rig.position[0] ?? 0) > 0.2, 'motion');
  return rig;
}

afterEach(() => rig?.stop());

describe('the controller process', () => {
  it('executes a chunk, holds at its end, and tells its timing', async () => {
    await moving();
    await rig.until(() => rig.resting(20), 'rest at the end of the chunk');
    expect(rig.position[0]).toBeGreaterThan(0.7);
    const loop = await rig.diagnosis('loop');
    expect(loop.period_mean_ms).toBeGreaterThan(5);
    expect(loop.lateness_p99_ms).toBeDefined();
    expect(loop.observation_to_command_p50_ms).toBeGreaterThan(0);
    expect((await rig.diagnosis('safety')).faults).toContain('chunk_missing');
    const rows = rig.telemetry.flatMap((data) => [...data]);
    expect(rows.length % 5).toBe(0);
    const violations = rows.filter((_, i) => i % 5 === 4);
    expect(violations.every((count) => count === 0)).toBe(true);
  });

  it('stays inactive without joint states, says so, and can be activated once they come', async () => {
    await start();
    rig.reporting = false;
    rig.names = JOINTS.slice(0, 5);
    rig.report();
    await rig.until(
      async () => String((await rig.diagnosis('inputs')).message).includes('"gripper" is missing'),
      'word of the missing joint',
    );
    await expect(rig.controller.change('activate')).rejects.toThrow(/refused/);
    rig.names = [...JOINTS].reverse();
    rig.reporting = true;
    await rig.activate();
    await rig.until(() => rig.commands.length > 3, 'commands');
  });

  it('activates by itself where the set-up says so, and again after joint states came back', async () => {
    await start({ controller: '  auto_activate: true' });
    await rig.until(() => rig.commands.length > 3, 'commands');
    rig.reporting = false;
    await rig.until(async () => (await rig.controller.state()) === 'inactive', 'inactive');
    const before = rig.commands.length;
    rig.reporting = true;
    await rig.until(() => rig.commands.length > before + 5, 'commands again');
  });

  it('rejects a chunk with NaN whole, holds and names the fault', async () => {
    await moving();
    rig.chunk([0, 0.1, Number.NaN, 0.3]);
    await rig.until(() => rig.resting(), 'rest');
    const safety = await rig.diagnosis('safety');
    expect(safety.faults).toContain('chunk_rejected');
    expect((await rig.diagnosis('inputs')).chunk_fault).toContain('NaN');
    rig.chunk([0, -0.1, -0.2]);
    await rig.until(() => !rig.resting(3), 'motion by the next good chunk');
  });

  it('stops at the e-stop, and moves again only after reset and activation', async () => {
    await moving();
    const eStop = rig.node.client('/controller/e_stop', 'std_srvs/srv/SetBool');
    const reset = rig.node.client('/controller/reset', 'std_srvs/srv/Trigger');
    expect((await eStop.call({ data: true }, 5)).success).toBe(true);
    await rig.until(() => rig.resting(), 'rest');
    rig.chunk(RISE);
    await rig.until(() => rig.resting(30), 'rest in spite of a chunk');
    expect((await eStop.call({ data: false }, 5)).success).toBe(false);
    expect((await reset.call({}, 5)).success).toBe(true);
    await rig.until(async () => (await rig.controller.state()) === 'inactive', 'inactive');
    rig.chunk(RISE);
    const rest = rig.position.slice();
    await rig.activate();
    const count = rig.commands.length;
    await rig.until(() => rig.commands.length > count + 10, 'commands');
    expect([...rig.position]).toEqual([...rest]);
    rig.chunk(RISE);
    await rig.until(() => (rig.position[0] ?? 0) > (rest[0] ?? 0) + 0.1, 'motion');
  });

  it('stops at the e-stop topic and refuses the reset while the topic says engaged', async () => {
    await moving();
    const topic = rig.node.publisher('/e_stop', 'std_msgs/msg/Bool', 'reliable');
    await rig.until(() => topic.subscriptionCount > 0, 'subscription');
    topic.publish({ data: true });
    await rig.until(() => rig.resting(), 'rest');
    const reset = rig.node.client('/controller/reset', 'std_srvs/srv/Trigger');
    expect((await reset.call({}, 5)).message).toMatch(/still says engaged/);
    topic.publish({ data: false });
    await rig.until(async () => (await reset.call({}, 5)).success, 'reset');
  });

  it('finds another publisher of commands, names it and refuses to activate', async () => {
    await start();
    const topic = '/forward_position_controller/commands';
    rig.node.publisher(topic, 'std_msgs/msg/Float64MultiArray', 'command');
    await rig.until(
      async () =>
        String((await rig.diagnosis('inputs')).message).includes('published by /controller_rig'),
      'word of the other publisher',
    );
    await expect(rig.controller.change('activate')).rejects.toThrow(/refused/);
  });

  it('takes parameters in motion, and refuses what is out of range or fixed', async () => {
    await moving();
    await rig.controller.setParameters({ blend_s: 0.3, interpolation: 'linear' });
    expect(await rig.controller.getParameters(['blend_s'])).toEqual({ blend_s: 0.3 });
    await expect(rig.controller.setParameters({ blend_s: 99 })).rejects.toThrow(/from 0 to 2/);
    await expect(rig.controller.setParameters({ rate_hz: 50 })).rejects.toThrow(/read-only/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('decelerates on %s before it leaves', async (signal) => {
    await moving();
    rig.signal(signal);
    await rig.until(() => rig.exitCode !== undefined, 'exit');
    expect(rig.exitCode).toBe(0);
    const [before, last] = rig.commands.slice(-2);
    expect(Math.abs((last?.[0] ?? 1) - (before?.[0] ?? 0))).toBeLessThan(0.002);
  });

  it('drops what a flood of chunks brings beyond its cap, and goes on commanding', async () => {
    // The flood keeps this process, which is also the robot, from reporting in time.
    await moving({ controller: '  joint_state_timeout_s: 5' });
    for (let burst = 0; burst < 40; burst++) {
      for (let i = 0; i < 50; i++) rig.chunk([0, 0, 0]);
      await new Promise((wake) => setTimeout(wake, 5));
    }
    await rig.until(
      async () => Number((await rig.diagnosis('inputs')).messages_dropped) > 0,
      'dropped messages',
    );
    expect((await rig.diagnosis('safety')).faults).toContain('rate_cap');
    const count = rig.commands.length;
    await rig.until(() => rig.commands.length > count + 20, 'commands');
    expect(await rig.controller.state()).toBe('active');
  });

  it('waits for simulated time, and stops for good when it goes back', async () => {
    await start({ simTime: true });
    await rig.until(
      async () => String((await rig.diagnosis('inputs')).message).includes('/clock'),
      'word of the missing clock',
    );
    await expect(rig.controller.change('activate')).rejects.toThrow(/refused/);
    let time = 100;
    const timer = setInterval(() => {
      time += 0.01;
      rig.clock(time);
    }, 10);
    try {
      await rig.activate();
      await rig.until(() => rig.commands.length > 3, 'commands');
      time = 5;
      await rig.until(async () => (await rig.controller.state()) === 'inactive', 'inactive');
      expect((await rig.diagnosis('safety')).faults).toContain('clock_backwards');
      await rig.activate();
    } finally {
      clearInterval(timer);
    }
  });

  it('gives the same commands twice in lock-step', async () => {
    const runs: string[] = [];
    for (let run = 0; run < 2; run++) {
      await start({ lockstep: true });
      const type = 'std_msgs/msg/Float64MultiArray';
      const ticks = rig.node.publisher('/lockstep/tick', type, 'reliable');
      let done = -1;
      rig.node.subscribe('/lockstep/done', type, 'reliable', ({ data }) => {
        done = data[0] ?? -1;
      });
      await rig.until(() => ticks.subscriptionCount > 0, 'tick subscription');
      rig.report(1);
      await rig.activate();
      for (let i = 0; i < 60; i++) {
        const time = 1 + i * 0.01;
        let chunk = -1;
        if (i >= 5) chunk = 1.05;
        if (i === 5) rig.chunk(RISE, 1.05, new Float64Array(6));
        rig.report(time);
        ticks.publish({ layout: { dim: [], data_offset: 0 }, data: Float64Array.of(time, chunk) });
        await rig.until(() => Math.abs(done - time) < 1e-9, `tick ${i}`);
        await rig.until(() => rig.commands.length === i + 1, `command ${i}`);
      }
      runs.push(JSON.stringify(rig.commands.map((row) => [...row])));
      if (run === 0) await rig.stop();
    }
    expect(runs[1]).toBe(runs[0]);
    expect(rig.position[0]).toBeGreaterThan(0.2);
  });
});
