/** What the controller's main thread makes of a loop that stops, and of being told to stop. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Request } from '../../src/control/control_memory.js';
import { until } from '../integration/until.js';
import { type HandRig, handRig } from './hand_loop.js';

let rig: HandRig;

const reached = (state: string) => until(() => rig.controller.lifecycle.state === state, state);
/** The loop stops by itself, for the silence of joint states. */
function fallSilent(): void {
  rig.loop.reporting = false;
  rig.loop.until('inactive');
  rig.loop.reporting = true;
}
const stops = () => rig.lines.filter((line) => /stopped|dead/.test(line));
/** A look of the watch at the graph, and more of those in between. */
async function watched(): Promise<void> {
  const { memory } = rig;
  const setFault = memory.setFault.bind(memory);
  let looks = 0;
  memory.setFault = (fault, present) => {
    looks++;
    setFault(fault, present);
  };
  await until(() => looks >= 10, 'looks of the watch');
  memory.setFault = setFault;
}

beforeEach(async () => {
  rig = await handRig();
  await reached('active');
});
afterEach(() => rig?.close());

describe('a controller whose loop stopped for silent joint states', () => {
  it('goes on by itself once they are back', async () => {
    fallSilent();
    await until(() => rig.loop.core.phase !== 'inactive', 'a new activation');
    expect(rig.lines).toContainEqual(expect.stringContaining('stopped: joint_state_stale'));
  });

  it('stays inactive where a person deactivates it before the watch has looked', async () => {
    fallSilent();
    expect(await rig.controller.lifecycle.trigger('deactivate')).toBeUndefined();
    await watched();
    expect(rig.controller.lifecycle.state).toBe('inactive');
    expect(rig.loop.core.phase).toBe('inactive');
  });
});

describe('a controller that is told to shut down', () => {
  it('is never activated again, and says why, also where the loop failed to stop', async () => {
    const { controller, loop, lines } = rig;
    loop.fault = new TypeError('broken');
    expect(await controller.lifecycle.trigger('shutdown')).toBe('broken');
    loop.fault = undefined;
    loop.memory.ask(Request.deactivate);
    loop.until('inactive');
    expect(controller.lifecycle.state).toBe('unconfigured');
    expect(await controller.lifecycle.trigger('configure')).toBeUndefined();
    await watched();
    expect(lines.filter((line) => line.includes('lifecycle: activating'))).toHaveLength(1);
    expect(controller.obstacle()).toBe('the controller was told to shut down; start it anew');
    expect(await controller.lifecycle.trigger('activate')).toMatch(/told to shut down/);
  });

  it('says that it stopped where it was moving, and what stopped it', async () => {
    rig.loop.move();
    await rig.controller.shutDown();
    expect(stops()).toEqual([
      expect.stringMatching(/^warn stopped: shutdown: the controller was told to stop/),
    ]);
    expect(rig.loop.core.phase).toBe('inactive');
  });

  it('does not say so where the loop died in motion, but that nothing brought the arm to rest', async () => {
    rig.loop.move();
    rig.loop.dead = true;
    await rig.controller.shutDown();
    expect(stops()).toEqual(['error the control loop is dead: nothing brought the arm to rest']);
  });

  it('does not say so where the arm stood still in an e-stop', async () => {
    rig.memory.ask(Request.eStop);
    rig.loop.tick();
    await rig.controller.shutDown();
    expect(stops()).toEqual([]);
    expect(rig.loop.core.phase).toBe('e_stop');
  });
});

describe('the robot at rest', () => {
  it('is handed over by a deactivation and by a shutdown, once', async () => {
    const { controller, loop, rests } = rig;
    loop.move();
    await controller.lifecycle.trigger('deactivate');
    expect(rests).toEqual(['']);
    await controller.lifecycle.trigger('activate');
    loop.move();
    await controller.shutDown();
    expect(rests).toEqual(['', '']);
    await controller.shutDown();
    expect(rests).toEqual(['', '']);
  });

  it('is not handed over after a stop by itself, nor in an e-stop, nor where the loop is dead', async () => {
    const { controller, loop, memory, rests } = rig;
    fallSilent();
    await until(() => rests.length > 0, 'rest');
    expect(rests).toEqual(['joint_state_stale']);
    await until(() => loop.core.phase !== 'inactive', 'a new activation');
    await reached('active');
    memory.ask(Request.eStop);
    loop.tick();
    await controller.lifecycle.trigger('deactivate');
    expect(rests).toEqual(['joint_state_stale', 'e_stop']);
    memory.ask(Request.reset);
    loop.until('inactive');
    await controller.lifecycle.trigger('activate');
    loop.move();
    loop.dead = true;
    await controller.shutDown();
    expect(rests.slice(2)).toEqual(['the control loop is dead']);
  });

  it('is waited for by a shutdown that comes while a deactivation hands it over', async () => {
    let answered = () => {};
    rig.answer = () =>
      new Promise((resolve) => {
        answered = resolve;
      });
    const deactivated = rig.controller.lifecycle.trigger('deactivate');
    await until(() => rig.rests.length > 0, 'rest');
    let left = false;
    const shutDown = rig.controller.shutDown().then(() => {
      left = true;
    });
    // Enough turns for one that waits for nothing to be through.
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(left).toBe(false);
    answered();
    await shutDown;
    expect(await deactivated).toBeUndefined();
    expect(rig.rests).toEqual(['']);
  });

  it('that does not answer holds up no shutdown, and one that refuses is told of', async () => {
    rig.answer = () => Promise.reject(new Error('switching refused'));
    rig.loop.move();
    await rig.controller.shutDown();
    expect(rig.lines.at(-1)).toBe('warn switching refused');
    await rig.close();
    rig = await handRig();
    await reached('active');
    rig.answer = () => new Promise(() => {});
    await rig.controller.shutDown();
    expect(rig.lines.at(-1)).toBe('warn the robot did not answer in time');
  });
});
