#!/usr/bin/env node
// Runs the vendors' own Python SDKs against the servo emulator: `npm run test:servo-sdk`. They go
// into a virtual environment in .setup/, pinned by hash in bench/servo.lock.
import { spawn } from 'node:child_process';
import { register } from 'node:module';
import { join } from 'node:path';
import { projectRoot } from './setup/stamp.mjs';

register('./typescript_hooks.mjs', import.meta.url);
const { benchPython } = await import('../bench/lib/python.ts');

const python = await benchPython('servo.lock', 'servo-venv');
const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
const config = join('test', 'hardware', 'sdk', 'vitest.config.ts');
const child = spawn(process.execPath, [vitest, 'run', '--config', config], {
  stdio: 'inherit',
  cwd: projectRoot,
  env: { ...process.env, SINEW_SERVO_SDK_PYTHON: python },
});
child.on('exit', (code) => process.exit(code ?? 1));
