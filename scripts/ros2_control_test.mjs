#!/usr/bin/env node
// Tests against doubles of ros2_control's controller_manager and controllers, with their real
// messages: `npm run test:ros2-control`. Makes the messages first where ROS 2 lacks them.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { rosEnvironment } from './ros_env.mjs';
import { makeRos2ControlMessages } from './ros2_control_messages.mjs';
import { projectRoot } from './setup/stamp.mjs';

await makeRos2ControlMessages((line) => console.log(`ros2_control messages: ${line}`));
const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
const config = join('test', 'ros2_control', 'vitest.config.ts');
const args = [vitest, 'run', '--config', config, ...process.argv.slice(2)];
const child = spawn(process.execPath, args, {
  stdio: 'inherit',
  cwd: projectRoot,
  env: rosEnvironment(),
});
child.on('exit', (code) => process.exit(code ?? 1));
