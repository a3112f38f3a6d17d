/** Jogs, drags and a leader arm over real ROS 2: from the topic to the controller's command. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { AuthorityReport } from '../../src/app/authority_report.js';
import { loadRobot, robotKinematics } from '../../src/description/robot.js';
import { stampOf } from '../../src/ros/stamp.js';
import { ControllerRig, JOINTS } from './controller_rig.js';
import { listenToAuthority, OperatorVoice } from './operator_voice.js';

const root = resolve(import.meta.dirname, '../..');
const SECTION = `
teleop:
  timeout_s: 5
  leader: { release_s: 30, joints: { gripper: { joint: handle, scale: -0.5 } } }
`;
/** A busy machine may hold up this process, which is the operator, for seconds. */
const PATIENT = { operator: { timeout_s: 5, command_timeout_s: 5 } };
const HOME = [0, -1, 0.4, 1.2, 0, 0.6];
const NONE = new Float64Array(0);
let rig: ControllerRig | undefined;
let teleop: ReturnType<typeof spawn> | undefined;
const timers: NodeJS.Timeout[] = [];
const voices: OperatorVoice[] = [];

const again = (action: () => void) => timers.push(setInterval(action, 30));

/** Controller and teleop process, active, the arm at home, and its words on who commands. */
async function start(): Promise<{ r: ControllerRig; reports: AuthorityReport[] }> {
  const r = await ControllerRig.start({ controller: PATIENT as never, sections: SECTION });
  rig = r;
  r.position.set(HOME);
  const { reports } = listenToAuthority(r.node);
  teleop = spawn(process.execPath, [`${root}/dist/app/teleop.js`, '--config', r.file], {
    env: { ...process.env, ROS_DOMAIN_ID: String(r.domain.id) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await r.until(() => r.node.publisherCount('/operator/command') > 0, 'the teleop process');
  await r.activate();
  return { r, reports };
}

/** Somebody who holds the deadman from now on. */
async function operator(r: ControllerRig, reports: AuthorityReport[]): Promise<void> {
  const ann = new OperatorVoice(r.node, 'ann', JOINTS);
  voices.push(ann);
  await r.until(() => ann.connected, 'the controller to listen');
  ann.say({ deadman: true, mode: 'operator' });
  await r.until(() => reports.at(-1)?.mode === 'operator', 'the takeover');
}

function toolOf(position: ArrayLike<number>): number[] {
  const pose = new Float64Array(16);
  robotKinematics(loadRobot(`${root}/config/so101.yaml`)).forward(position, pose);
  return [3, 7, 11].map((i) => pose[i] ?? Number.NaN);
}

afterEach(async () => {
  for (const timer of timers.splice(0)) clearInterval(timer);
  for (const voice of voices.splice(0)) voice.close();
  teleop?.kill('SIGKILL');
  await rig?.stop();
  rig = undefined;
});

describe('the teleop process', () => {
  it('jogs joints and drags the tool for the operator in command, and for no other', async () => {
    const { r, reports } = await start();
    const type = 'sensor_msgs/msg/JointState';
    const jogs = r.node.publisher('/operator/joint_jog', type, 'command');
    let from = 'bob';
    let speed = 0.3;
    const jog = () =>
      jogs.publish({
        header: { stamp: stampOf(0), frame_id: from },
        name: ['elbow_flex'],
        position: NONE,
        velocity: Float64Array.of(speed),
        effort: NONE,
      });
    again(jog);
    await operator(r, reports);
    const count = r.commands.length;
    await r.until(() => r.commands.length > count + 100, 'commands');
    expect(r.position[2]).toBeCloseTo(HOME[2] ?? 0, 6);
    from = 'ann';
    await r.until(() => (r.position[2] ?? 0) > (HOME[2] ?? 0) + 0.1, 'motion of the elbow');
    expect(r.position[0]).toBeCloseTo(HOME[0] ?? 0, 6);
    speed = 0;
    await r.until(() => r.resting(30), 'rest after the jog');

    const [x = 0, y = 0, z = 0] = toolOf(r.position);
    const poses = r.node.publisher(
      '/operator/pose_target',
      'geometry_msgs/msg/PoseStamped',
      'command',
    );
    again(() =>
      poses.publish({
        header: { stamp: stampOf(0), frame_id: 'ann/base' },
        pose: { position: { x, y: y + 0.05, z }, orientation: { x: 1, y: 0, z: 0, w: 0 } },
      }),
    );
    const near = () =>
      Math.hypot(...toolOf(r.position).map((at, i) => at - ([x, y + 0.05, z][i] ?? 0))) < 0.015;
    await r.until(near, 'the tool where it was dragged to');
  });

  it('lets a leader arm take over by being moved, and leads the arm after it', async () => {
    const { r, reports } = await start();
    const leaders = r.node.publisher(
      '/leader/joint_states',
      'sensor_msgs/msg/JointState',
      'sensor',
    );
    const names = [...JOINTS.slice(0, 5), 'handle'];
    const leader = Float64Array.of(0.2, -0.8, 0.5, 1, 0.1, -1);
    let speed = 0;
    let moved = performance.now();
    again(() => {
      const now = performance.now();
      leader[0] = (leader[0] ?? 0) + (speed * (now - moved)) / 1e3;
      moved = now;
      leaders.publish({
        header: { stamp: stampOf(0), frame_id: '' },
        name: names,
        position: leader,
        velocity: NONE,
        effort: NONE,
      });
    });
    const count = r.commands.length;
    await r.until(() => r.commands.length > count + 50, 'commands');
    expect(reports.at(-1)).toMatchObject({ mode: 'policy', operator: null });
    speed = 0.8;
    await r.until(() => reports.at(-1)?.operator === 'leader', 'the leader in command');
    speed = 0;
    // The gripper's handle turns the other way, half as far.
    const wanted = () => [...leader.slice(0, 5), -0.5 * (leader[5] ?? 0)];
    const together = () => wanted().every((q, j) => Math.abs(q - (r.position[j] ?? 0)) < 0.01);
    await r.until(together, 'the arm slid to the leader');
  });
});
