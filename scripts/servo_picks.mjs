#!/usr/bin/env node
// Picks the cube over emulated servos: `npm run test:servo-picks`, a few episodes, or as many as are
// asked for: `npm run test:servo-picks -- --episodes 20`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rosEnvironment } from './ros_env.mjs';
import { projectRoot } from './setup/stamp.mjs';

const { values } = parseArgs({ options: { episodes: { type: 'string', default: '3' } } });
if (!/^[1-9]\d*$/.test(values.episodes)) {
  console.error(`servo_picks: --episodes ${values.episodes}: expected a whole number above 0`);
  process.exit(2);
}
const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
const config = join('test', 'hardware', 'picks', 'vitest.config.ts');
const child = spawn(process.execPath, [vitest, 'run', '--config', config], {
  stdio: 'inherit',
  cwd: projectRoot,
  env: { ...rosEnvironment(), SINEW_PICK_EPISODES: values.episodes },
});
child.on('exit', (code) => process.exit(code ?? 1));
