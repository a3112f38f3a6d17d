/** What the messages on ~/safety say of how fast the arm was commanded to move. */
import { loadRobot, robotKinematics } from '../../src/description/robot.js';
import { JOINTS } from './controller_rig.js';

/** Numbers before those of the joints, and numbers a joint; see docs/topics.md. */
export const HEAD = 2;
export const FIELDS = 4;

/** Greatest speed of pan (rad/s), and mean speed of the tool (m/s) while it moved, over the commands told of. */
export function speeds(decisions: readonly Float64Array[]): { pan: number; tool: number } {
  const robot = loadRobot('config/so101.yaml');
  const kinematics = robotKinematics(robot);
  const pose = new Float64Array(16);
  const rows = decisions.map((row) => {
    const q = JOINTS.map((_, i) => row[HEAD + i * FIELDS + 2] ?? Number.NaN);
    kinematics.forward(q, pose);
    return { time: row[0] ?? 0, pan: q[0] ?? 0, tool: [pose[3], pose[7], pose[11]] as number[] };
  });
  let pan = 0;
  let way = 0;
  let time = 0;
  for (const [i, row] of rows.entries()) {
    const last = rows[i - 1];
    // Pauses of the machine are capped by the loop: no speed is to be read off them.
    if (last === undefined || row.time - last.time > 0.025) continue;
    const elapsed = row.time - last.time;
    pan = Math.max(pan, Math.abs(row.pan - last.pan) / elapsed);
    const step = Math.hypot(...row.tool.map((x, k) => x - (last.tool[k] ?? 0)));
    if (step === 0) continue;
    way += step;
    time += elapsed;
  }
  return { pan, tool: way / time };
}
