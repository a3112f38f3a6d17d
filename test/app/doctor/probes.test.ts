// Each probe of the doctor tells good from bad, and says what cures the bad.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { judgeLateness } from '../../../src/app/doctor/clock_probe.js';
import { judgeProfile } from '../../../src/app/doctor/dds_profile_probe.js';
import { judgeNode } from '../../../src/app/doctor/node_probe.js';
import { identityModel, onnxProbe } from '../../../src/app/doctor/onnx_probe.js';
import { diagnosisLine, examine, exitCodeOf } from '../../../src/app/doctor/probe.js';
import { PROBES } from '../../../src/app/doctor/probes.js';
import { projectFolder } from '../../../src/app/doctor/project_folder.js';
import { rclnodejsProbe } from '../../../src/app/doctor/rclnodejs_probe.js';
import { priorityLimit } from '../../../src/app/doctor/realtime_probe.js';
import { judgeRos } from '../../../src/app/doctor/ros_probe.js';
import { dialoutGroup, judgeSerial } from '../../../src/app/doctor/serial_probe.js';
import { judgeSharedMemory } from '../../../src/app/doctor/shared_memory_probe.js';

test('Node must be 20 or newer', () => {
  expect(judgeNode('22.1.0').ok).toBe(true);
  expect(judgeNode('18.19.1')).toMatchObject({ ok: false, cure: expect.stringContaining('20') });
});

describe('ROS 2', () => {
  const env = { ROS_DISTRO: 'jazzy', AMENT_PREFIX_PATH: '/ws:/opt/ros/jazzy' };
  const has =
    (...files: string[]) =>
    (path: unknown) =>
      files.includes(String(path));
  const rcl = '/opt/ros/jazzy/lib/librcl.so';

  test('passes with the default RMW and names it', () => {
    const finding = judgeRos(env, has(rcl, '/opt/ros/jazzy/lib/librmw_fastrtps_cpp.so'));
    expect(finding).toMatchObject({
      ok: true,
      detail: expect.stringContaining('jazzy, rmw_fastrtps_cpp'),
    });
  });

  test('fails when nothing is sourced, when it is unknown and when it is not there', () => {
    expect(judgeRos({}).cure).toContain('npx sinew');
    expect(judgeRos({ ...env, ROS_DISTRO: 'foxy' }).detail).toContain('foxy is not supported');
    expect(judgeRos(env, has()).detail).toContain('no librcl.so');
  });

  test('names the apt package of an RMW that is not installed', () => {
    const finding = judgeRos({ ...env, RMW_IMPLEMENTATION: 'rmw_zenoh_cpp' }, has(rcl));
    expect(finding.cure).toContain('sudo apt install ros-jazzy-rmw-zenoh-cpp');
  });
});

test('rclnodejs carries a message in the environment of the tests', async () => {
  expect(await rclnodejsProbe.run()).toMatchObject({ ok: true });
});

test('rclnodejs is not even tried without ROS 2', async () => {
  const distro = process.env['ROS_DISTRO'];
  delete process.env['ROS_DISTRO'];
  try {
    expect(await rclnodejsProbe.run()).toMatchObject({ ok: false });
  } finally {
    if (distro !== undefined) process.env['ROS_DISTRO'] = distro;
  }
});

test('ONNX Runtime runs the smallest graph, and the probe names the processor', async () => {
  expect(await onnxProbe.run()).toMatchObject({ ok: true, detail: expect.stringContaining('cpu') });
  const session = await InferenceSession.create(identityModel());
  const { y } = await session.run({ x: new Tensor('float32', [4.25], [1]) });
  expect(y?.data[0]).toBe(4.25);
});

test('shared memory must hold the segments of all processes', () => {
  expect(judgeSharedMemory(8000).ok).toBe(true);
  expect(judgeSharedMemory(64)).toMatchObject({
    ok: false,
    cure: expect.stringContaining('--shm-size'),
  });
});

describe('the DDS profile', () => {
  test('that sinew ships has room for images', () => {
    const file = join(projectFolder, 'config', 'fastdds.xml');
    expect(judgeProfile(readFileSync(file, 'utf8'), file)).toMatchObject({ ok: true });
  });

  test('fails when its segment is small, when it has none and when it is not XML', () => {
    const profile = (size: number): string =>
      `<dds><a><type>UDPv4</type></a><a><type>SHM</type><segment_size>${size}</segment_size></a></dds>`;
    expect(judgeProfile(profile(16_777_216), 'p').ok).toBe(true);
    expect(judgeProfile(profile(524_288), 'p').detail).toContain('0.5 MiB');
    expect(judgeProfile('<dds></dds>', 'p').ok).toBe(false);
    expect(judgeProfile('<dds>', 'p').ok).toBe(false);
  });
});

test('the limit of real-time priority is read as the kernel writes it', () => {
  const text = (value: string): string =>
    `Max nice priority         0                    0\nMax realtime priority     ${value.padEnd(20)} 0\n`;
  expect(priorityLimit(text('0'))).toBe(0);
  expect(priorityLimit(text('60'))).toBe(60);
  expect(priorityLimit(text('unlimited'))).toBe(99);
  expect(priorityLimit('')).toBe(0);
});

describe('serial ports', () => {
  test('fail by name where the user may not open them', () => {
    const facts = {
      ports: ['/dev/ttyACM0', '/dev/ttyUSB0'],
      open: ['/dev/ttyACM0'],
      member: false,
    };
    expect(judgeSerial(facts).detail).toBe('no permission for /dev/ttyUSB0');
    expect(judgeSerial({ ...facts, open: facts.ports }).ok).toBe(true);
  });

  test('that are not plugged in are judged by the group', () => {
    const facts = { ports: [], open: [] };
    expect(judgeSerial({ ...facts, member: true }).ok).toBe(true);
    expect(judgeSerial({ ...facts, member: false }).cure).toContain('dialout');
    expect(dialoutGroup('root:x:0:\ndialout:x:20:me\n')).toBe(20);
    expect(dialoutGroup('root:x:0:\n')).toBeUndefined();
  });
});

test('the clock is judged by how late the latest wakings are', () => {
  const good = Array.from({ length: 200 }, () => 0.1);
  expect(judgeLateness(good, 80).ok).toBe(true);
  expect(judgeLateness([...good, 5, 5, 5], 80)).toMatchObject({ ok: false });
  expect(judgeLateness([...good, 5], 80).ok).toBe(true);
});

describe('the report', () => {
  const finding = { ok: false, detail: 'broken', cure: 'mend it' };

  test('is a line with the mark, the name and, on failure, the cure', () => {
    const line = diagnosisLine({ name: 'part', essential: true, ...finding });
    expect(line).toMatch(/^FAIL {2}part +broken; cure: mend it$/);
    expect(diagnosisLine({ name: 'part', essential: false, ok: true, detail: 'fine' })).toMatch(
      /^pass/,
    );
  });

  test('fails as a whole only for what is essential', () => {
    const bad = { name: 'part', ...finding };
    expect(exitCodeOf([{ ...bad, essential: false }])).toBe(0);
    expect(exitCodeOf([{ ...bad, essential: true }])).toBe(1);
  });

  test('turns a probe that throws into a failed line', async () => {
    const probe = {
      name: 'part',
      essential: true,
      run: () => {
        throw new Error('first\nsecond');
      },
    };
    expect(await examine(probe)).toMatchObject({ ok: false, detail: 'first second' });
  });

  test('has a line for every part that the set-up documents', () => {
    expect(PROBES.map(({ name }) => name)).toEqual([
      'Node',
      'ROS 2 and RMW',
      'rclnodejs',
      'ONNX Runtime',
      'shared memory',
      'DDS profile',
      'real-time',
      'serial',
      'clock',
    ]);
  });
});
