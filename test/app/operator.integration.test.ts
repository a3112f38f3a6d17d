/** Operators and the controller process over real ROS 2: takeover, hand-back, loss, rivals, replay. */
import { afterEach, describe, expect, it } from 'vitest';
import type { AuthorityReport } from '../../src/app/authority_report.js';
import { ControllerRig, JOINTS, SWING } from './controller_rig.js';
import { listenToAuthority, OperatorVoice } from './operator_voice.js';

/** A busy machine may hold up this process, which is the operator, for seconds. */
const PATIENT = { operator: { timeout_s: 5, command_timeout_s: 5 } };
const TAKE = { deadman: true, mode: 'operator' };
const RESUME = 'std_srvs/srv/Trigger';
let rig: ControllerRig | undefined;
let reports: AuthorityReport[];
const voices: OperatorVoice[] = [];

function voice(r: ControllerRig, id: string): OperatorVoice {
  const made = new OperatorVoice(r.node, id, JOINTS);
  voices.push(made);
  return made;
}

/** A controller in the middle of a chunk that goes on for long, and an operator named ann. */
async function moving(operator: object = PATIENT.operator) {
  const r = await ControllerRig.start({ controller: { operator } as never });
  rig = r;
  reports = listenToAuthority(r.node).reports;
  r.node.client('/controller/resume', RESUME);
  const ann = voice(r, 'ann');
  await r.until(() => ann.connected && reports.length > 0, 'connected operators');
  await r.move();
  return { r, ann };
}

const said = (): AuthorityReport | undefined => reports.at(-1);
const inMode = (r: ControllerRig, mode: string) =>
  r.until(() => said()?.mode === mode, `mode ${mode}`);
const standing = (r: ControllerRig) => r.until(() => r.resting(20), 'rest');

/** Greatest change of a joint from one command to the next, rad, since the command numbered `from`. */
function largestStep(r: ControllerRig, from: number): number {
  let largest = 0;
  for (let i = Math.max(1, from); i < r.commands.length; i++) {
    for (const j of JOINTS.keys()) {
      const step = (r.commands[i]?.[j] ?? 0) - (r.commands[i - 1]?.[j] ?? 0);
      largest = Math.max(largest, Math.abs(step));
    }
  }
  return largest;
}

afterEach(async () => {
  for (const made of voices.splice(0)) made.close();
  await rig?.stop();
  rig = undefined;
});

describe('an operator', () => {
  it('takes over in the middle of a chunk, moves the arm, and hands back to a fresh chunk', async () => {
    const { r, ann } = await moving();
    const from = r.commands.length;
    ann.say(TAKE);
    await inMode(r, 'operator');
    expect(said()).toMatchObject({
      operator: 'ann',
      groups: { arm: 'operator', gripper: 'operator' },
      deadman: true,
      refused: [],
    });
    await standing(r);
    const rest = r.position[2] ?? 0;
    ann.motion = { position: r.position.slice(), velocity: new Float64Array(JOINTS.length) };
    ann.motion.velocity[2] = 0.3;
    await r.until(() => (r.position[2] ?? 0) > rest + 0.15, 'motion by the operator');
    ann.motion.velocity[2] = 0;
    await standing(r);
    // What the policy saw before the hand-back is of no use to it any more.
    const seen = Date.now() / 1e3;
    const epoch = said()?.epoch ?? -1;
    ann.say({ deadman: false, mode: 'policy' });
    await inMode(r, 'policy');
    expect(said()).toMatchObject({ operator: null, epoch: epoch + 1 });
    const held = [...r.position];
    r.chunk(SWING, seen);
    await r.until(async () => {
      const inputs = await r.diagnosis('inputs');
      return Number(inputs['chunks stamped before the last activation, reset or e-stop']) > 0;
    }, 'an old chunk that is dropped');
    expect([...r.position]).toEqual(held);
    await r.drive(SWING, () => (r.position[0] ?? 0) > (held[0] ?? 0) + 0.2, 'motion by the policy');
    // 3 rad/s in a tick of three periods is the most that the filter lets through.
    expect(largestStep(r, from)).toBeLessThan(0.0901);
  });

  it('who lets go stops the arm, and the policy waits for his word', async () => {
    const { r, ann } = await moving();
    ann.say(TAKE);
    await inMode(r, 'operator');
    ann.say({ deadman: false, mode: 'operator' });
    await inMode(r, 'hold');
    await standing(r);
    const held = [...r.position];
    r.chunk(SWING);
    const count = r.commands.length;
    await r.until(() => r.commands.length > count + 100, 'commands');
    expect([...r.position]).toEqual(held);
    expect(said()).toMatchObject({ phase: 'hold', operator: 'ann', reason: 'held by ann' });
  });

  it('who is lost with the deadman held stops the arm, and nothing resumes it but a person', async () => {
    const { r, ann } = await moving({ timeout_s: 1 });
    ann.say(TAKE);
    await inMode(r, 'operator');
    ann.motion = { position: r.position.slice(), velocity: new Float64Array(JOINTS.length) };
    ann.motion.velocity[2] = 0.2;
    // Commands alone are no deadman.
    ann.say(undefined);
    await inMode(r, 'hold');
    await r.fault('operator_lost');
    await standing(r);
    const held = [...r.position];
    r.chunk(SWING);
    ann.say(TAKE);
    const count = r.commands.length;
    await r.until(() => r.commands.length > count + 100, 'commands');
    expect([...r.position]).toEqual(held);
    expect(said()).toMatchObject({ mode: 'hold', operator: null, refused: ['ann'] });
    expect(said()?.reason).toMatch(/lost/);
    ann.say({ deadman: false, mode: 'hold' });
    const resumed = await r.call('resume', RESUME, {});
    expect(resumed.message).toMatch(/handed back/);
    await inMode(r, 'policy');
    await r.drive(SWING, () => !r.resting(3), 'motion by the policy');
  });

  it('is told when another holds authority, and gets it when that one lets go', async () => {
    const { r, ann } = await moving();
    const bob = voice(r, 'bob');
    await r.until(() => bob.connected, 'the second operator');
    ann.say(TAKE);
    await inMode(r, 'operator');
    bob.say(TAKE);
    await r.until(() => said()?.refused.includes('bob') === true, 'the refusal');
    expect(said()?.operator).toBe('ann');
    expect((await r.call('resume', RESUME, {})).success).toBe(false);
    // What the second one commands moves nothing.
    await standing(r);
    const held = [...r.position];
    bob.motion = { position: r.position.slice(), velocity: new Float64Array(JOINTS.length) };
    bob.motion.velocity[2] = 0.3;
    const count = r.commands.length;
    await r.until(() => r.commands.length > count + 100, 'commands');
    expect([...r.position]).toEqual(held);
    ann.say({ deadman: false, mode: 'operator' });
    await r.until(() => said()?.operator === 'bob', 'the second operator in command');
    await r.until(() => (r.position[2] ?? 0) > (held[2] ?? 0) + 0.05, 'motion by the second');
  });

  it('is not made to move by messages that come again', async () => {
    const { r, ann } = await moving();
    ann.say(TAKE);
    await inMode(r, 'operator');
    ann.say({ deadman: false, mode: 'operator' });
    await inMode(r, 'hold');
    await standing(r);
    const [taken] = ann.sent;
    ann.say(undefined);
    // Of a burst only the newest may arrive, so it goes on until enough have been counted.
    await r.until(async () => {
      for (let i = 0; i < 5; i++) ann.repeat(taken ?? '');
      return Number((await r.diagnosis('inputs')).heartbeats_replayed) >= 20;
    }, 'heartbeats that are counted as replayed');
    expect(said()?.mode).toBe('hold');
    expect(r.resting(20)).toBe(true);
  });

  it('whose commands are a flood is read no faster than the cap, which is shown', async () => {
    // More than the robot's joint states, so that these are not what is dropped.
    const r = await ControllerRig.start({ controller: { message_rate_hz: 200 } });
    rig = r;
    const bob = voice(r, 'bob');
    await r.until(() => bob.connected, 'the operator');
    await r.fault('rate_cap', false);
    const flood = setInterval(() => {
      for (let i = 0; i < 5; i++) bob.command(r.position, new Float64Array(JOINTS.length));
    }, 5);
    try {
      await r.fault('rate_cap');
    } finally {
      clearInterval(flood);
    }
    expect(Number((await r.diagnosis('inputs')).messages_dropped)).toBeGreaterThan(0);
    await r.fault('rate_cap', false);
  });

  it('is told of the end of an e-stop when the controller can be activated', async () => {
    const { r } = await moving();
    await r.call('e_stop', 'std_srvs/srv/SetBool', { data: true });
    await r.until(() => said()?.phase === 'e_stop', 'the e-stop');
    await r.call('reset', RESUME, {});
    await r.until(() => said()?.phase === 'inactive', 'the word that it is over');
    // As fast as a person may press.
    await r.controller.change('activate', 60);
    await r.drive(SWING, () => said()?.phase === 'active', 'activity');
  });
});
