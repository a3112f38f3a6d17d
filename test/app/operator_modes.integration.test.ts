/** Shared command, corrections and the gate that asks, of the controller process over real ROS 2. */
import { afterEach, describe, expect, it } from 'vitest';
import type { AuthorityReport } from '../../src/app/authority_report.js';
import type { Publisher } from '../../src/ros/publisher.js';
import { ControllerRig, JOINTS, SWING } from './controller_rig.js';
import { listenToAuthority, OperatorVoice } from './operator_voice.js';

/** A busy machine may hold up this process, which is the operator, for seconds. */
const OPERATOR = { timeout_s: 5, command_timeout_s: 5, correction_rad: 0.15 };
const GRIPPER = JOINTS.indexOf('gripper');
const ELBOW = JOINTS.indexOf('elbow_flex');
/** The policy stands where the arm is, for 20 s. */
const STAND = SWING.map(() => 0);

let rig: ControllerRig | undefined;
let ann: OperatorVoice | undefined;
let reports: AuthorityReport[];

/** An active controller, and an operator named ann. */
async function start(controller: object = {}) {
  const r = await ControllerRig.start({
    controller: { operator: OPERATOR, ...controller } as never,
  });
  rig = r;
  reports = listenToAuthority(r.node).reports;
  const voice = new OperatorVoice(r.node, 'ann', JOINTS);
  ann = voice;
  await r.until(() => voice.connected && reports.length > 0, 'a connected operator');
  await r.activate();
  return { r, voice };
}

const said = (): AuthorityReport | undefined => reports.at(-1);
const inMode = (r: ControllerRig, mode: string) =>
  r.until(() => said()?.mode === mode, `mode ${mode}`);

/** ann's command: from where the arm is on, the elbow at a speed. */
const elbowAt = (r: ControllerRig, speed: number) => {
  const velocity = new Float64Array(JOINTS.length);
  velocity[ELBOW] = speed;
  return { position: r.position.slice(), velocity };
};

afterEach(async () => {
  ann?.close();
  ann = undefined;
  await rig?.stop();
  rig = undefined;
});

describe('in shared mode', () => {
  it('the operator moves the arm while the policy moves the hand', async () => {
    const { r, voice } = await start();
    await r.drive(SWING, () => (r.position[0] ?? 0) > 0.2, 'motion');
    voice.say({ deadman: true, mode: 'shared', groups: ['arm'] });
    await inMode(r, 'shared');
    expect(said()?.groups).toEqual({ arm: 'operator', gripper: 'policy' });
    const arm = () => [...r.position].slice(0, GRIPPER);
    const stands = () => {
      const last = r.commands.slice(-20).map((row) => [...row].slice(0, GRIPPER).join());
      return last.length === 20 && new Set(last).size === 1;
    };
    await r.until(stands, 'the arm at rest');
    const [held, grip] = [arm(), r.position[GRIPPER] ?? 0];
    await r.drive(
      SWING,
      () => Math.abs((r.position[GRIPPER] ?? 0) - grip) > 0.1,
      'the hand to move on',
    );
    expect(arm()).toEqual(held);
    voice.motion = elbowAt(r, 0.3);
    const from = held[ELBOW] ?? 0;
    await r.until(() => (r.position[ELBOW] ?? 0) > from + 0.1, 'the elbow by the operator');
    voice.say({ deadman: false, mode: 'policy' });
    await inMode(r, 'policy');
    expect(said()?.groups).toEqual({ arm: 'policy', gripper: 'policy' });
  });
});

describe('a correction', () => {
  it('adds to what the policy does, up to its bound, and fades away when it is handed back', async () => {
    const { r, voice } = await start();
    const origin = r.position.slice();
    const planned = origin[ELBOW] ?? 0;
    r.chunk(STAND);
    voice.say({ deadman: true, mode: 'correction' });
    await inMode(r, 'correction');
    expect(said()?.groups).toEqual({ arm: 'correction', gripper: 'correction' });
    const elbow = () => r.position[ELBOW] ?? 0;
    voice.motion = elbowAt(r, 0.3);
    const bound = OPERATOR.correction_rad;
    const pushed = () => (voice.motion?.position[ELBOW] ?? 0) > planned + 3 * bound;
    await r.drive(STAND, () => elbow() > planned + 0.9 * bound && pushed(), 'the correction');
    const most = Math.max(...r.commands.map((row) => row[ELBOW] ?? 0));
    expect(most).toBeLessThan(planned + bound + 1e-3);
    voice.motion = undefined;
    voice.say({ deadman: false, mode: 'policy' });
    await inMode(r, 'policy');
    let polls = 0;
    await r.until(() => {
      if (elbow() < planned + 0.1 * bound) return true;
      // Again and again: one that is older than the hand-back is dropped.
      if (polls++ % 100 === 0) r.chunk(STAND, undefined, origin);
      return false;
    }, 'the policy’s own way');
  });
});

describe('the gate', () => {
  /** Publishes scores until `done`: what a busy machine brings late counts for nothing. */
  const score = (
    r: ControllerRig,
    scores: Publisher<'std_msgs/msg/Float64MultiArray'>,
    value: number,
    done: () => boolean,
    what: string,
  ) =>
    r.until(() => {
      if (done()) return true;
      const layout = { dim: [], data_offset: 0 };
      scores.publish({ layout, data: Float64Array.of(Date.now() / 1e3, value) });
      return false;
    }, what);

  it('holds and asks above the threshold, and a hand-back lets the policy go on', async () => {
    const gate = { threshold: 1, consecutive: 3, timeout_s: 0 };
    const { r, voice } = await start({ gate });
    const type = 'std_msgs/msg/Float64MultiArray';
    const scores = r.node.publisher('/policy/uncertainty', type, 'reliable');
    await r.until(() => scores.subscriptionCount > 0, 'a listening gate');
    await r.drive(SWING, () => (r.position[0] ?? 0) > 0.2, 'motion');
    const seen = () => said()?.gate?.score;
    await score(r, scores, 0.9, () => seen() === 0.9, 'a calm score');
    expect(said()).toMatchObject({ mode: 'policy', gate: { threshold: 1, asking: false } });
    await score(r, scores, 1.1, () => said()?.mode === 'hold', 'holding');
    await r.until(() => r.resting(20), 'rest');
    expect(said()).toMatchObject({ phase: 'hold', gate: { asking: true } });
    expect(said()?.reason).not.toBe('');
    await r.fault('gate_asks');
    // The calm that follows does not let it go on by itself.
    const held = [...r.position];
    const count = reports.length;
    await score(r, scores, 0.1, () => reports.length > count + 3, 'more words on authority');
    expect([...r.position]).toEqual(held);
    voice.say({ deadman: true, mode: 'operator' });
    await inMode(r, 'operator');
    voice.say({ deadman: false, mode: 'policy' });
    await inMode(r, 'policy');
    expect(said()?.gate?.asking).toBe(false);
    await r.drive(SWING, () => (r.position[0] ?? 0) > (held[0] ?? 0) + 0.1, 'the policy to go on');
  });

  it('takes a score that is no number for the worst, and silence too', async () => {
    const { r } = await start({ gate: { threshold: 1, consecutive: 1, timeout_s: 5 } });
    const type = 'std_msgs/msg/Float64MultiArray';
    const scores = r.node.publisher('/policy/uncertainty', type, 'reliable');
    await r.until(() => scores.subscriptionCount > 0, 'a listening gate');
    await score(r, scores, Number.NaN, () => said()?.mode === 'hold', 'holding by NaN');
    const resume = 'std_srvs/srv/Trigger';
    await r.until(async () => {
      await r.call('resume', resume, {});
      return said()?.mode === 'policy';
    }, 'the policy in command');
    await inMode(r, 'hold');
    await r.fault('gate_asks');
  });
});
