/** The controller process over real ROS 2: what it does when all is well, and when it is not. */
import { afterEach, describe, expect, it } from 'vitest';
import { ControllerRig, JOINTS, type RigOptions, SWING } from './controller_rig.js';

const RISE = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
const NUMBERS = 'std_msgs/msg/Float64MultiArray';
let rig: ControllerRig | undefined;

/** A new controller, in a domain of its own, for each test. */
async function start(options: RigOptions = {}): Promise<ControllerRig> {
  rig = await ControllerRig.start(options);
  return rig;
}

/** Started, active and in the middle of a chunk that goes on for long. */
async function moving(options: RigOptions = {}): Promise<ControllerRig> {
  const r = await start(options);
  await r.move();
  return r;
}

/** While 50 more commands come, none of them moves. */
async function still(r: ControllerRig): Promise<void> {
  const from = r.commands.length;
  await r.until(() => r.commands.length >= from + 50, 'commands');
  for (const row of r.commands.slice(from)) expect([...row]).toEqual([...(r.commands[from] ?? [])]);
}

afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

describe('the controller process', () => {
  it('executes a chunk, holds at its end, and tells its timing', async () => {
    const r = await start();
    await r.activate();
    const atEnd = () => (r.position[0] ?? 0) > 0.7 && r.resting(20);
    await r.drive(RISE, atEnd, 'rest at the end of the chunk');
    await r.fault('chunk_missing');
    const loop = await r.diagnosis('loop');
    expect(loop.period_mean_ms).toBeGreaterThan(5);
    expect(loop.lateness_p99_ms).toBeDefined();
    expect(loop.observation_to_command_p50_ms).toBeGreaterThan(0);
    const rows = r.telemetry.flatMap((data) => [...data]);
    expect(rows.length % 5).toBe(0);
    const violations = rows.filter((_, i) => i % 5 === 4);
    expect(violations.length).toBeGreaterThan(0);
    expect(violations.every((count) => count === 0)).toBe(true);
  });

  it('stays inactive without joint states, says so, and can be activated once they come', async () => {
    const r = await start({ reporting: false });
    await r.diagnosed('inputs', 'message', /no joint states/);
    await expect(r.controller.change('activate', 60)).rejects.toThrow(/refused/);
    r.names = JOINTS.slice(0, 5);
    r.reporting = true;
    await r.diagnosed('inputs', 'message', /"gripper" is missing/);
    await expect(r.controller.change('activate', 60)).rejects.toThrow(/refused/);
    expect(await r.state()).toBe('inactive');
    expect(r.commands).toEqual([]);
    r.names = [...JOINTS].reverse();
    await r.activate();
  });

  it('activates by itself where the set-up says so, and again after joint states came back', async () => {
    const r = await start({ controller: { auto_activate: true } });
    await r.until(() => r.commands.length > 3, 'commands');
    r.reporting = false;
    await r.reached('inactive');
    // What was still under way comes before the diagnostics of the state.
    await r.diagnosed('inputs', 'message', /stopped coming/);
    const before = r.commands.length;
    r.reporting = true;
    await r.until(() => r.commands.length > before + 5, 'commands again');
  });

  it('that was started again after its end does not activate by itself, but when told to', async () => {
    const r = await start({ controller: { auto_activate: true }, args: ['--restarted'] });
    const told = () => /started again after its end; auto_activate waits/.test(r.stderr);
    await r.until(told, 'the reason in the log');
    // It goes by what stands in its way, which is told once a second.
    for (let i = 0; i < 2; i++) await r.diagnosed('inputs', 'message', /all there/);
    expect(await r.state()).toBe('inactive');
    expect(r.commands).toEqual([]);
    await r.activate();
  });

  it('rejects a chunk with NaN whole, holds and names the fault', async () => {
    const r = await moving();
    r.chunk([0, 0.1, Number.NaN, 0.3]);
    await r.until(() => r.resting(30), 'rest in the middle of the motion');
    await r.fault('chunk_rejected');
    expect((await r.diagnosis('inputs')).chunk_fault).toContain('NaN');
    await still(r);
    await r.drive(
      SWING.map((step) => -step),
      () => !r.resting(3),
      'motion by the next good chunk',
    );
    await r.fault('chunk_rejected', false);
  });

  it('stops at the e-stop, and moves again only after reset and activation', async () => {
    const r = await moving();
    const eStop = (data: boolean) => r.call('e_stop', 'std_srvs/srv/SetBool', { data });
    expect((await eStop(true)).success).toBe(true);
    await r.until(() => r.resting(), 'rest');
    r.chunk(SWING);
    await still(r);
    expect((await eStop(false)).success).toBe(false);
    expect((await r.call('reset', 'std_srvs/srv/Trigger', {})).success).toBe(true);
    await r.reached('inactive');
    r.chunk(SWING);
    const rest = r.position.slice();
    await r.activate();
    await still(r);
    expect([...r.position]).toEqual([...rest]);
    await r.drive(SWING, () => (r.position[0] ?? 0) > (rest[0] ?? 0) + 0.1, 'motion');
  });

  it('stops at the e-stop topic and refuses the reset while the topic says engaged', async () => {
    const r = await moving();
    const topic = r.node.publisher('/e_stop', 'std_msgs/msg/Bool', 'reliable');
    await r.until(() => topic.subscriptionCount > 0, 'subscription');
    const reset = () => r.call('reset', 'std_srvs/srv/Trigger', {});
    topic.publish({ data: true });
    await r.until(() => r.resting(30), 'rest in the middle of the motion');
    expect((await reset()).message).toMatch(/still says engaged/);
    topic.publish({ data: false });
    await r.until(async () => (await reset()).success, 'reset');
  });

  it('stops when the source of the e-stop falls silent, and goes on only by a new activation', async () => {
    // A busy machine may hold up this process, which is that source too.
    const r = await start({ controller: { e_stop_timeout_s: 4, auto_activate: true } });
    const topic = r.node.publisher('/e_stop', 'std_msgs/msg/Bool', 'reliable');
    const refused = async () => {
      await r.diagnosed('inputs', 'message', /no message of the e-stop on \/e_stop/);
      await expect(r.controller.change('activate', 60)).rejects.toThrow(/refused/);
    };
    await refused();
    let alive = true;
    r.feed = () => {
      if (alive) topic.publish({ data: false });
    };
    await r.until(() => r.commands.length > 3, 'activation by itself');
    await r.drive(SWING, () => (r.position[0] ?? 0) > 0.2, 'motion');
    alive = false;
    await r.reached('inactive');
    await r.until(() => /"stopped: /.test(r.stderr), 'the reason in the log');
    expect(r.stderr.match(/"stopped: .*"/g)).toEqual([
      expect.stringContaining('e_stop_source_lost'),
    ]);
    await refused();
    // What was still under way has come by now: the last command is one at rest.
    const [before, last] = r.commands.slice(-2);
    expect(Math.abs((last?.[0] ?? 1) - (before?.[0] ?? 0))).toBeLessThan(1e-9);
    const count = r.commands.length;
    alive = true;
    await r.diagnosed('inputs', 'message', /all there/);
    r.chunk(SWING);
    const ticks = async () => Number((await r.diagnosis('loop')).ticks);
    const from = await ticks();
    await r.until(async () => (await ticks()) > from + 100, 'a second of ticks');
    expect(await r.state()).toBe('inactive');
    expect(r.commands).toHaveLength(count);
    await r.activate();
    await still(r);
    const rest = r.position[0] ?? 0;
    await r.drive(SWING, () => (r.position[0] ?? 0) > rest + 0.1, 'motion');
    await r.fault('e_stop_source_lost', false);
  });

  it('tells of its decisions no more often than the set-up lets it', async () => {
    const r = await start({ sections: 'safety: { publish_rate_hz: 5 }' });
    await r.activate();
    const [from, count] = [r.decisions.length, 20];
    await r.until(() => r.decisions.length > from + count, 'decisions');
    // Each is stamped with the tick that it is of, and there are 100 ticks a second: told at every
    // tick, so many would be of 0.2 s. A machine that stands still may send two of them together.
    const [first = 0, last = 0] = [from, from + count].map((i) => r.decisions[i]?.[0]);
    expect(last - first).toBeGreaterThan((0.5 * count) / 5);
  });

  it('takes parameters in motion, and refuses what is out of range or fixed', async () => {
    const { controller } = await moving();
    await controller.setParameters({ blend_s: 0.3, interpolation: 'linear' }, 60);
    expect(await controller.getParameters(['blend_s'], 60)).toEqual({ blend_s: 0.3 });
    await expect(controller.setParameters({ blend_s: 99 }, 60)).rejects.toThrow(/from 0 to 2/);
    await expect(controller.setParameters({ rate_hz: 50 }, 60)).rejects.toThrow(/read-only/);
  });

  it('drops what a flood of chunks brings beyond its cap, and goes on commanding', async () => {
    const r = await moving({ controller: { message_rate_hz: 500 } });
    // In bursts, so that this process, which is also the robot, goes on reporting.
    const flood = setInterval(() => {
      for (let i = 0; i < 50; i++) r.chunk([0, 0, 0]);
    }, 50);
    try {
      await r.diagnosed('inputs', 'messages_dropped', /^[1-9]/);
      await r.fault('rate_cap');
      const count = r.commands.length;
      await r.until(() => r.commands.length > count + 100, 'commands');
    } finally {
      clearInterval(flood);
    }
    expect(await r.state()).toBe('active');
  });

  it('waits for simulated time, and stops for good when it goes back', async () => {
    const r = await start({ simTime: true });
    await r.diagnosed('inputs', 'message', /\/clock/);
    await expect(r.controller.change('activate', 60)).rejects.toThrow(/refused/);
    let time = 100;
    const timer = setInterval(() => {
      time += 0.01;
      r.clock(time);
    }, 10);
    try {
      await r.activate();
      time = 5;
      await r.reached('inactive');
      await r.fault('clock_backwards');
      await r.activate();
    } finally {
      clearInterval(timer);
    }
  });

  it('gives the same commands twice in lock-step', async () => {
    const runs: string[] = [];
    for (let run = 0; run < 2; run++) {
      const r = await start({ lockstep: true });
      const ticks = r.node.publisher('/lockstep/tick', NUMBERS, 'reliable');
      let done = -1;
      r.node.subscribe('/lockstep/done', NUMBERS, 'reliable', ({ data }) => {
        done = data[0] ?? -1;
      });
      await r.until(() => ticks.subscriptionCount > 0, 'tick subscription');
      await r.until(() => r.node.publisherCount('/lockstep/done') > 0, 'done publisher');
      r.report(1);
      await r.activate();
      for (let i = 0; i < 60; i++) {
        const time = 1 + i * 0.01;
        let chunk = -1;
        if (i >= 5) chunk = 1.05;
        if (i === 5) r.chunk(RISE, 1.05, new Float64Array(6));
        r.report(time);
        ticks.publish({ layout: { dim: [], data_offset: 0 }, data: Float64Array.of(time, chunk) });
        await r.until(() => Math.abs(done - time) < 1e-9, `tick ${i}`);
        await r.until(() => r.commands.length === i + 1, `command ${i}`);
      }
      runs.push(JSON.stringify(r.commands.map((row) => [...row])));
      expect(r.position[0]).toBeGreaterThan(0.2);
      await r.stop();
      rig = undefined;
    }
    expect(runs[1]).toBe(runs[0]);
  });
});
