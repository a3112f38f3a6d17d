// The set-up's decisions: what is current, what is missing, and how that is said.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
// @ts-expect-error plain JavaScript, which runs before TypeScript is there
import { missingLine } from '../../scripts/setup/missing.mjs';
// @ts-expect-error
import { npmIsCurrent } from '../../scripts/setup/npm_step.mjs';
// @ts-expect-error
import { choosePython } from '../../scripts/setup/python.mjs';
// @ts-expect-error
import { compilerNeeds, nodeHeaders } from '../../scripts/setup/rclnodejs_step.mjs';
// @ts-expect-error
import { wheelsRefusal } from '../../scripts/setup/ros_step.mjs';
// @ts-expect-error
import { hashFolder, isStamped, writeStamp } from '../../scripts/setup/stamp.mjs';
// @ts-expect-error
import { checkNode, dueSteps, STEPS } from '../../scripts/setup/steps.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-setup-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a stamp', () => {
  test('holds while the inputs are the same, and not after a byte has changed', () => {
    const source = join(folder, 'src');
    mkdirSync(source);
    writeFileSync(join(source, 'a.ts'), 'one');
    const stamp = join(folder, 'out', 'setup.stamp');
    expect(isStamped(stamp, hashFolder(source))).toBe(false);
    writeStamp(stamp, hashFolder(source));
    writeFileSync(join(source, 'a.ts'), 'one');
    expect(isStamped(stamp, hashFolder(source))).toBe(true);
    writeFileSync(join(source, 'a.ts'), 'two');
    expect(isStamped(stamp, hashFolder(source))).toBe(false);
  });

  test('notices a file that was renamed', () => {
    writeFileSync(join(folder, 'a.ts'), 'one');
    const before = hashFolder(folder);
    rmSync(join(folder, 'a.ts'));
    writeFileSync(join(folder, 'b.ts'), 'one');
    expect(hashFolder(folder)).not.toBe(before);
  });
});

describe('npm packages', () => {
  const lock = (packages: object): string => JSON.stringify({ packages });
  const zod = { version: '4.0.0', integrity: 'sha512-a' };

  function install(wanted: object, installed: object): boolean {
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    writeFileSync(join(folder, 'package-lock.json'), lock({ '': {}, ...wanted }));
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), lock(installed));
    return npmIsCurrent(folder);
  }

  test('are current when npm installed just what the lockfile says', () => {
    const wanted = { 'node_modules/zod': zod };
    expect(npmIsCurrent(folder)).toBe(false);
    expect(install(wanted, wanted)).toBe(true);
  });

  test('may lack an optional package of another platform, but no other', () => {
    const wanted = {
      'node_modules/zod': zod,
      'node_modules/other-win32': { ...zod, optional: true },
    };
    expect(install(wanted, { 'node_modules/zod': zod })).toBe(true);
    expect(install({ ...wanted, 'node_modules/yaml': zod }, { 'node_modules/zod': zod })).toBe(
      false,
    );
  });

  test('are stale after another version, another content or a removal', () => {
    const wanted = { 'node_modules/zod': zod };
    expect(install(wanted, { 'node_modules/zod': { ...zod, version: '4.0.1' } })).toBe(false);
    expect(install(wanted, { 'node_modules/zod': { ...zod, integrity: 'sha512-b' } })).toBe(false);
    expect(install({}, wanted)).toBe(false);
  });
});

test('a fresh node_modules makes rclnodejs due again, whatever its stamp says', () => {
  const [npm, ros, rclnodejs, build] = STEPS;
  const real = STEPS.map((step: { isCurrent: () => boolean }) => step.isCurrent);
  try {
    for (const step of STEPS) step.isCurrent = () => step !== npm;
    expect(dueSteps()).toEqual([npm, rclnodejs]);
    for (const step of STEPS) step.isCurrent = () => step !== build;
    expect(dueSteps()).toEqual([build]);
    for (const step of STEPS) step.isCurrent = () => true;
    expect(dueSteps()).toEqual([]);
    expect(ros.title).toBe('ROS 2 wheels');
  } finally {
    STEPS.forEach((step: { isCurrent: () => boolean }, index: number) => {
      step.isCurrent = real[index];
    });
  }
});

describe('Python', () => {
  const system = (found: Record<string, [number, boolean]>) => (command: string) => {
    const python = found[command];
    return python && { command, major: 3, minor: python[0], venv: python[1] };
  };

  test('is python3 where that fits, else the newest that does', () => {
    const both = { python3: [11, true], 'python3.13': [13, true] } as const;
    expect(choosePython(system(both as never), {}).python.command).toBe('python3');
    const newer = { python3: [14, true], 'python3.12': [12, true], 'python3.10': [10, true] };
    expect(choosePython(system(newer as never), {}).python.command).toBe('python3.12');
  });

  test('without venv names the package that brings it', () => {
    const line = missingLine([
      { what: 'x', packages: choosePython(system({ python3: [11, false] }), {}).missing },
    ]);
    expect(line).toBe('x; install with: sudo apt install python3-venv');
    const own = choosePython(system({ python3: [9, true], 'python3.10': [10, false] }), {});
    expect(own.missing).toEqual(['python3.10-venv']);
  });

  test('too old or absent is said with the range that is needed', () => {
    expect(choosePython(system({ python3: [9, true] }), {}).why).toContain('3.10 to 3.13');
    expect(choosePython(system({}), {}).missing).toEqual(['python3', 'python3-venv']);
  });

  test('can be named by the user', () => {
    const found = system({ python3: [11, true], '/opt/py': [12, true] });
    expect(choosePython(found, { SINEW_PYTHON: '/opt/py' }).python.minor).toBe(12);
  });
});

test('all that is missing is one line with one command', () => {
  const needs = [...compilerNeeds(() => false), { what: 'no venv', packages: ['python3'] }];
  expect(missingLine(needs)).toBe(
    'no C++ compiler, no make, no python3, no venv; install with: sudo apt install g++ make python3',
  );
  expect(missingLine([])).toBeUndefined();
});

test('the wheels are refused with one line where they do not exist', () => {
  expect(wheelsRefusal('linux', 'x64')).toBeUndefined();
  const line = wheelsRefusal('linux', 'arm64');
  expect(line).toMatch(/x86_64 only .*arm64.*source its setup\.bash/);
  expect(line).not.toContain('\n');
});

test('an old Node is refused', () => {
  expect(() => checkNode('18.20.0')).toThrow(/Node 18\.20\.0 is too old.*20/);
  expect(() => checkNode('20.0.0')).not.toThrow();
});

test('headers are taken only from the very Node that runs', () => {
  const include = join(folder, 'include', 'node');
  mkdirSync(include, { recursive: true });
  const define = (name: string, value: number): string => `#define NODE_${name}_VERSION ${value}\n`;
  const text = define('MAJOR', 20) + define('MINOR', 3) + define('PATCH', 1);
  writeFileSync(join(include, 'node_version.h'), text);
  const node = join(folder, 'bin', 'node');
  expect(nodeHeaders(node, '20.3.1')).toBe(folder);
  expect(nodeHeaders(node, '20.3.2')).toBeUndefined();
  expect(nodeHeaders(join(folder, 'elsewhere', 'bin', 'node'), '20.3.1')).toBeUndefined();
});
