/**
 * The safety configuration over real ROS 2: what a controller watches beside the joints, what may
 * change while it is active, and what it tells of its decisions. Each test has a controller of its own.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sinew } from '../integration/child.js';
import { ControllerRig, JOINTS, SWING } from './controller_rig.js';
import { FIELDS, HEAD, speeds } from './decision_rows.js';

const RISE = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
// A busy machine may hold up this process, which is robot and sensors in one.
const SECTIONS = `safety:
  manual_tool_speed_m_s: 0.1
  publish_rate_hz: 100
  effort: { shoulder_lift: 2 }
  wrench: { topic: /wrench, force_n: 20, torque_nm: 5, timeout_s: 5 }
  watch:
    wrist: { kind: camera, timeout_s: 4 }
    pedal: { kind: operator, topic: /pedal, type: std_msgs/msg/Bool, timeout_s: 5 }
  risk: { slow_above: 0.4, hold_above: 0.8, slow_factor: 0.1, timeout_s: 4 }
`;

let rig: ControllerRig;
/** What the sensors say; null: nothing. */
const sensors = { force: 0, camera: true, score: 0 as number | null };

function feed(node: ControllerRig['node']): (stamp: number) => void {
  const wrench = node.publisher('/wrench', 'geometry_msgs/msg/WrenchStamped', 'sensor');
  const camera = node.publisher(
    '/camera/wrist/camera_info',
    'sensor_msgs/msg/CameraInfo',
    'sensor',
  );
  const pedal = node.publisher('/pedal', 'std_msgs/msg/Bool', 'reliable');
  const risk = node.publisher('/risk', 'std_msgs/msg/Float64MultiArray', 'command');
  const header = { stamp: { sec: 0, nanosec: 0 }, frame_id: '' };
  const zero = { x: 0, y: 0, z: 0 };
  const info = {
    header,
    height: 1,
    width: 1,
    distortion_model: '',
    d: new Float64Array(0),
    k: new Float64Array(9),
    r: new Float64Array(9),
    p: new Float64Array(12),
    binning_x: 0,
    binning_y: 0,
    roi: { x_offset: 0, y_offset: 0, height: 0, width: 0, do_rectify: false },
  };
  return (stamp) => {
    wrench.publish({ header, wrench: { force: { ...zero, z: sensors.force }, torque: zero } });
    if (sensors.camera) camera.publish(info);
    pedal.publish({ data: true });
    if (sensors.score === null) return;
    const data = Float64Array.of(stamp, sensors.score);
    risk.publish({ layout: { dim: [], data_offset: 0 }, data });
  };
}

/** Commands one pan motion of 1 rad at 1 rad/s, away from the nearer limit, and awaits its begin. */
async function move(steps = RISE): Promise<void> {
  const [from = 0] = rig.position;
  const sign = from > 0 ? -1 : 1;
  const moved = () => Math.abs((rig.position[0] ?? 0) - from) > 0.05;
  await rig.drive(
    steps.map((step) => sign * step),
    moved,
    'motion',
  );
}

/** Waits until the controller has stopped by itself, for this reason and no other. */
async function stoppedBy(fault: string): Promise<void> {
  await rig.reached('inactive');
  await rig.until(() => /"stopped: /.test(rig.stderr), 'the reason in the log');
  expect(rig.stderr.match(/"stopped: .*"/g)).toEqual([expect.stringContaining(fault)]);
  await rig.fault(fault);
}

beforeEach(async () => {
  Object.assign(sensors, { force: 0, camera: true, score: 0 });
  rig = await ControllerRig.start({ sections: SECTIONS });
  rig.effort = new Float64Array(JOINTS.length);
  rig.feed = feed(rig.node);
  await rig.activate();
});
afterEach(() => rig?.stop());

describe('an active controller', () => {
  it('tells every decision with what is, what was asked for, what went out and why', async () => {
    const count = rig.decisions.length;
    const limited = () =>
      rig.decisions.slice(count).find((row) => row[1] === 1 && (row[HEAD + 3] ?? 0) > 0);
    // A step of 0.5 rad at once has to be limited.
    const step = [0, ...Array(20).fill(0.5)];
    await rig.drive(step, () => limited() !== undefined, 'a limited decision');
    const row = limited() ?? new Float64Array(0);
    expect(row).toHaveLength(HEAD + JOINTS.length * FIELDS);
    const [actual = 9, desired = 0, command = 9] = row.subarray(HEAD);
    expect(command).not.toBe(desired);
    expect(Math.abs(actual - command)).toBeLessThan(0.2);
    const safety = await rig.diagnosis('safety');
    expect(safety.last_limited_joint).toBe('gripper');
    expect(safety.last_limited_reason).toMatch(/limit|catching up/);
    expect(safety.last_limited_desired_rad).toBeTypeOf('number');
    await rig.until(() => rig.resting(), 'rest');
  });

  it('refuses to change its safety configuration, and keeps its digest', async () => {
    const { sha256 } = await rig.diagnosis('safety');
    for (const name of ['joint_state_timeout_s', 'chunk_timeout_s']) {
      await expect(rig.controller.setParameters({ [name]: 4 }, 60)).rejects.toThrow(
        new RegExp(`${name}: .*fixed while the controller is active; deactivate it`),
      );
    }
    await rig.controller.setParameters({ barrier_gain: 12, self_margin_m: 0.004 }, 60);
    await expect(rig.controller.setParameters({ barrier_gain: 31 }, 60)).rejects.toThrow(/1 to 30/);
    await expect(rig.controller.setParameters({ scene_margin_m: 0.5 }, 60)).rejects.toThrow(
      /to 0.1/,
    );
    expect((await rig.diagnosis('safety')).sha256).toBe(sha256);
    const explain = sinew(['safety', 'explain', '--config', rig.file, '--json']);
    await explain.ended();
    expect(JSON.parse(explain.output.join('\n')).sha256).toBe(sha256);
    await rig.controller.change('deactivate', 60);
    await rig.controller.setParameters({ chunk_timeout_s: 4 }, 60);
    await rig.until(async () => (await rig.diagnosis('safety')).sha256 !== sha256, 'a new digest');
    await rig.controller.setParameters({ chunk_timeout_s: 20 }, 60);
    await rig.until(
      async () => (await rig.diagnosis('safety')).sha256 === sha256,
      'the old digest',
    );
    await rig.activate();
  });

  it('moves no faster on average than manual mode lets tools, which ends only while it is inactive', async () => {
    let from = rig.decisions.length;
    await move();
    await rig.until(() => rig.resting(20), 'rest');
    expect(speeds(rig.decisions.slice(from)).tool).toBeGreaterThan(0.15);
    const manual = (data: boolean) => rig.call('manual', 'std_srvs/srv/SetBool', { data });
    expect((await manual(true)).success).toBe(true);
    await rig.diagnosed('safety', 'manual', /true/);
    from = rig.decisions.length;
    await move();
    await rig.until(() => rig.resting(20), 'rest');
    const { tool } = speeds(rig.decisions.slice(from));
    expect(tool).toBeGreaterThan(0.02);
    // On average: times of a busy machine. That every tick keeps it is proven in test/safety.
    expect(tool).toBeLessThan(0.1);
    const refusal = await manual(false);
    expect(refusal.success).toBe(false);
    expect(refusal.message).toMatch(/only while the controller is not active/);
    await rig.controller.change('deactivate', 60);
    expect((await manual(false)).success).toBe(true);
    await rig.diagnosed('safety', 'manual', /false/);
  });

  it('stops when the tool is pushed harder than the threshold', async () => {
    await move(SWING);
    sensors.force = 30;
    await stoppedBy('force_exceeded');
    sensors.force = 0;
    await rig.activate();
  });

  it('stops when a joint pushes harder than its threshold', async () => {
    await move(SWING);
    rig.effort[1] = -2.5;
    await stoppedBy('effort_exceeded');
    rig.effort[1] = 0;
    await rig.activate();
  });

  it('holds while a camera is silent, and goes on with a chunk of after its return', async () => {
    await move(SWING);
    sensors.camera = false;
    await rig.fault('camera_stale');
    // It may last for half a second before the arm holds; then no chunk moves it.
    await rig.until(() => {
      rig.chunk(RISE);
      return rig.resting(50);
    }, 'rest in spite of chunks');
    expect(await rig.state()).toBe('active');
    sensors.camera = true;
    await rig.fault('camera_stale', false);
    await move();
    await rig.until(() => rig.resting(20), 'rest');
  });

  it('slows above one score, holds above another, for NaN and for silence', async () => {
    sensors.score = 0.5;
    await rig.fault('risk_slow');
    let from = rig.decisions.length;
    await move();
    await rig.until(() => rig.decisions.length > from + 60, 'decisions');
    expect(speeds(rig.decisions.slice(from)).pan).toBeLessThan(0.3 * 1.02);
    for (const [score, name] of [
      [0.9, 'risk_hold'],
      [Number.NaN, 'risk_stale'],
      [null, 'risk_stale'],
    ] as const) {
      sensors.score = score;
      await rig.fault(name);
      await rig.until(() => rig.resting(), `rest for ${name}`);
      rig.chunk(RISE.map((step) => -step));
      from = rig.decisions.length;
      await rig.until(() => rig.decisions.length > from + 50, 'decisions');
      expect(speeds(rig.decisions.slice(from)).pan).toBe(0);
      sensors.score = 0;
      await rig.fault(name, false);
      await move();
    }
    await rig.until(() => rig.resting(20), 'rest');
  });

  it('is not made faster, nor cleared of another fault, by any score', async () => {
    sensors.score = Number.NEGATIVE_INFINITY;
    const from = rig.decisions.length;
    await move();
    await rig.until(() => rig.resting(20), 'rest');
    expect(speeds(rig.decisions.slice(from)).pan).toBeLessThan(3 * 1.02);
    sensors.force = 30;
    await stoppedBy('force_exceeded');
  });
});
