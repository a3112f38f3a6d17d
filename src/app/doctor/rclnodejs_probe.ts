/** Doctor: does rclnodejs load, and does a message get from a publisher to a subscription? */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding, Probe } from './probe.js';
import { projectFolder } from './project_folder.js';

const TIMEOUT_MS = 20_000;

/**
 * Runs in a process of its own: a native library that does not fit may take its process along, and
 * rclnodejs must not be initialised twice in one.
 */
const ROUND_TRIP = `
import { createRequire } from 'node:module';
const rclnodejs = createRequire(process.cwd() + '/')('rclnodejs');
await rclnodejs.init();
const node = rclnodejs.createNode('sinew_doctor_' + process.pid);
const topic = 'sinew_doctor_' + process.pid;
node.createSubscription('std_msgs/msg/Float64', topic, () => {
  console.log((performance.now() - sent).toFixed(1));
  process.exit(0);
});
const publisher = node.createPublisher('std_msgs/msg/Float64', topic);
let sent = 0;
setInterval(() => { sent = performance.now(); publisher.publish({ data: 1 }); }, 20);
rclnodejs.spin(node);
`;

async function roundTrip(): Promise<Finding> {
  if (!process.env['ROS_DISTRO']) {
    return { ok: false, detail: 'not tried without ROS 2', cure: 'see ROS 2 above' };
  }
  // Without its binary, loading rclnodejs would start a compilation: that is the set-up's business.
  const addon = ['node_modules', 'rclnodejs', 'build', 'Release', 'rclnodejs.node'];
  if (!existsSync(join(projectFolder, ...addon))) {
    return { ok: false, detail: 'not built', cure: 'npm run setup' };
  }
  return new Promise((resolve) => {
    const args = ['--input-type=module', '-e', ROUND_TRIP];
    const options = { cwd: projectFolder, timeout: TIMEOUT_MS };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (!error) resolve({ ok: true, detail: `loads; a message took ${stdout.trim()} ms` });
      else {
        const line = stderr.split('\n').find((text) => /error/i.test(text)) ?? 'no message arrived';
        const cure = 'npm run setup; if it stays, delete .setup and node_modules and set up again';
        resolve({ ok: false, detail: line.trim().slice(0, 160), cure });
      }
    });
  });
}

export const rclnodejsProbe: Probe = { name: 'rclnodejs', essential: true, run: roundTrip };
