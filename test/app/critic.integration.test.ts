/** The critic process beside a real controller: its score slows and holds, and so does its death. */
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Child, ROOT } from '../integration/child.js';
import { ControllerRig } from './controller_rig.js';
import { speeds } from './decision_rows.js';

/** Pan, away from 0 at 1 rad/s. */
const AWAY = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4];
// The score of this graph is |pan|, with joint states that have no velocities.
const SECTIONS = `safety:
  publish_rate_hz: 100
  risk: { slow_above: 0.3, hold_above: 0.8, slow_factor: 0.1, timeout_s: 4 }
critic:
  graph: ${resolve('test/policy/fixtures/critic/weights.onnx')}
  rate_hz: 50
`;

let rig: ControllerRig;
const critics: Child[] = [];

function start(...set: string[]): Child {
  const overrides = set.flatMap((value) => ['--set', value]);
  const args = [`${ROOT}/dist/app/critic.js`, '--config', rig.file, ...overrides];
  const critic = new Child('critic', args, { ROS_DOMAIN_ID: String(rig.domain.id) });
  critics.push(critic);
  return critic;
}

beforeEach(async () => {
  rig = await ControllerRig.start({ sections: SECTIONS });
  start();
  await rig.fault('risk_stale', false);
  await rig.activate();
});
afterEach(async () => {
  await Promise.all(critics.splice(0).map((critic) => critic.destroy()));
  await rig?.stop();
});

describe('the critic', () => {
  it('holds the arm when it is killed, until it is back', async () => {
    await Promise.all(critics.splice(0).map((critic) => critic.destroy()));
    await rig.fault('risk_stale');
    const before = [...rig.position];
    const count = rig.commands.length;
    await rig.until(() => {
      rig.chunk(AWAY);
      return rig.commands.length > count + 100;
    }, 'commands');
    expect([...rig.position]).toEqual(before);
    start();
    await rig.fault('risk_stale', false);
    expect(await rig.state()).toBe('active');
  });

  it('slows the arm while its score is above one threshold, and holds it above the other', async () => {
    const away = () => (rig.position[0] ?? 0) > 0.35 && rig.resting();
    await rig.drive(AWAY.slice(0, 6), away, 'motion and rest');
    await rig.fault('risk_slow');
    const from = rig.decisions.length;
    const begin = rig.position[0] ?? 0;
    const moved = () => (rig.position[0] ?? 0) > begin + 0.05;
    await rig.drive(AWAY, () => moved() && rig.decisions.length > from + 60, 'slow motion');
    const { pan } = speeds(rig.decisions.slice(from));
    expect(pan).toBeGreaterThan(0.05);
    expect(pan).toBeLessThan(0.3 * 1.02);
    await rig.until(() => {
      rig.chunk(AWAY);
      return (rig.position[0] ?? 0) > 0.8 && rig.resting(50);
    }, 'rest in spite of chunks');
    await rig.fault('risk_hold');
    expect(rig.position[0]).toBeLessThan(0.9);
    expect((await rig.diagnosis('safety')).risk_score).toBeCloseTo(rig.position[0] ?? 0, 3);
  });

  it('does not start with another graph than the set-up says, and names both', async () => {
    const other = start(`critic.sha256=${'a'.repeat(64)}`);
    expect((await other.ended()).code).toBe(1);
    expect(other.lines).toHaveLength(1);
    expect(other.lines[0]).toMatch(/weights\.onnx: SHA-256 is [0-9a-f]{64} .*expected a{64}/);
  });
});
