/** The controller process over real ROS 2 with others that command its robot, and at its end. */
import { afterEach, describe, expect, it } from 'vitest';
import { RosNode } from '../../src/ros/ros_node.js';
import { ControllerRig } from './controller_rig.js';

const NUMBERS = 'std_msgs/msg/Float64MultiArray';
let rig: ControllerRig | undefined;

/** A new controller, in a domain of its own, for each test. */
async function start(): Promise<ControllerRig> {
  rig = await ControllerRig.start();
  return rig;
}

/** Started, active and in the middle of a chunk that goes on for long. */
async function moving(): Promise<ControllerRig> {
  const r = await start();
  await r.move();
  return r;
}

/** A controller that is through with its stop sequence says why, and its last command is at rest. */
async function shutDownAtRest(r: ControllerRig): Promise<void> {
  // Lines and commands may be under way for longer than the process is there.
  const told = () => /stopped: shutdown: the controller was told to stop/.test(r.stderr);
  await r.until(told, 'the reason in the log');
  await rested(r);
}

async function rested(r: ControllerRig): Promise<void> {
  const atRest = () => {
    const [before, last] = r.commands.slice(-2);
    return Math.abs((last?.[0] ?? 1) - (before?.[0] ?? 0)) < 0.002;
  };
  await r.until(atRest, 'a last command at rest');
}

afterEach(async () => {
  await rig?.stop();
  rig = undefined;
});

describe('a controller that is not alone', () => {
  it('finds another publisher of commands, names it and refuses to activate', async () => {
    const r = await start();
    r.node.publisher('/forward_position_controller/commands', NUMBERS, 'command');
    await r.diagnosed('inputs', 'message', /published by \/controller_rig/);
    await expect(r.controller.change('activate', 60)).rejects.toThrow(/refused/);
  });

  it('finds a node of its own name, stops for it, and waits until it is gone', async () => {
    const r = await moving();
    const twin = await RosNode.create({ name: 'controller', domainId: r.domain.id });
    try {
      twin.publisher('/forward_position_controller/commands', NUMBERS, 'command');
      await r.reached('inactive');
      await r.until(() => /stopped: second_publisher/.test(r.stderr), 'the reason in the log');
      await r.diagnosed('inputs', 'message', /published by another \/controller; stop it/);
      await expect(r.controller.change('activate', 60)).rejects.toThrow(/refused/);
    } finally {
      await twin.close();
    }
    await r.activate();
    await r.fault('second_publisher', false);
  });
});

describe('a controller that is told to end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('decelerates on %s before it leaves', async (signal) => {
    const r = await moving();
    r.signal(signal);
    await r.until(() => r.exitCode !== undefined, 'exit');
    expect(r.exitCode).toBe(0);
    await shutDownAtRest(r);
  });

  it('leaves only when an e-stop is over that has just begun', async () => {
    const r = await moving();
    await r.call('e_stop', 'std_srvs/srv/SetBool', { data: true });
    r.signal('SIGTERM');
    await r.until(() => r.exitCode !== undefined, 'exit');
    expect(r.exitCode).toBe(0);
    await rested(r);
  });

  it('decelerates on a shutdown by its lifecycle, says why, and is not activated again', async () => {
    const r = await moving();
    await r.controller.change('shutdown', 60);
    expect(await r.state()).toBe('finalized');
    await shutDownAtRest(r);
    await r.fault('shutdown');
    await expect(r.controller.change('activate', 60)).rejects.toThrow(/refused/);
  });
});
