/** A controller that activates by itself, under `sinew up` beside a robot: what it forgets by dying. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Child, processBelow } from './child.js';
import { Harness, SETUP } from './harness.js';
import { RobotDouble } from './robot_double.js';
import { PATIENCE_S } from './until.js';

const SET = ['supervisor.processes=[controller]', 'controller.auto_activate=true'];
const E_STOP = 'std_srvs/srv/SetBool';
let harness: Harness;
let robot: RobotDouble;
let up: Child;

beforeAll(async () => {
  harness = await Harness.open();
  // Early: a server that has not yet found a client drops its answer.
  harness.node.client('/controller/e_stop', E_STOP);
  robot = new RobotDouble(harness);
  const options = SET.flatMap((value) => ['--set', value]);
  up = harness.run('up', '--config', SETUP, '--headless', ...options);
});
afterAll(async () => {
  robot?.close();
  await harness?.close();
});

it('a controller that died with the e-stop engaged comes back inactive, until it is activated', async () => {
  await harness.until(() => harness.commands.length > 20, 'commands, without being asked');
  const stop = harness.node.client('/controller/e_stop', E_STOP);
  expect((await stop.call({ data: true }, PATIENCE_S)).success).toBe(true);
  await harness.diagnosed('controller: safety', 'faults', /e_stop/);
  const before = processBelow(up.pid, 'controller');
  if (before === undefined) throw new Error('no controller');
  process.kill(before, 'SIGKILL');
  await harness.until(
    () => up.said(/started again after its end; auto_activate waits/),
    'its word',
  );
  await harness.reached(harness.controller, 'inactive');
  const from = harness.commands.length;
  // It goes by what stands in its way, which is told once a second.
  for (let i = 0; i < 3; i++) await harness.diagnosed('controller: inputs', 'message', /all there/);
  expect(await harness.controller.state(PATIENCE_S)).toBe('inactive');
  expect(harness.commands.length).toBe(from);
  await harness.activate(harness.controller);
  await harness.until(() => harness.commands.length > from, 'commands');
});
