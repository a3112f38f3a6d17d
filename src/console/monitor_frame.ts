/** Rows of `/controller/monitor` as the page takes them: 32 bits a number, times from the first row on. */
import type { Float64MultiArray } from '../ros/message_types.js';
import { FRAME_MONITOR, MONITOR_FIELDS, MONITOR_HEADER } from './protocol.js';

/** Numbers of a row: its time, then the fields of each joint. */
export function monitorColumns(joints: number): number {
  return 1 + joints * MONITOR_FIELDS.length;
}

/**
 * undefined when the message has not whole rows for so many joints. The header holds the ROS time (s)
 * of the first row, and each row begins with the time since then.
 */
export function monitorFrame({ data }: Float64MultiArray, joints: number): Buffer | undefined {
  const columns = monitorColumns(joints);
  const rows = data.length / columns;
  if (!Number.isInteger(rows) || rows === 0) return undefined;
  const out = Buffer.alloc(MONITOR_HEADER + rows * columns * 4);
  const first = data[0] ?? 0;
  out.writeUInt8(FRAME_MONITOR, 0);
  out.writeUInt16LE(columns, 2);
  out.writeUInt32LE(rows, 4);
  out.writeDoubleLE(first, 8);
  for (let i = 0; i < rows * columns; i++) {
    const value = data[i] ?? Number.NaN;
    out.writeFloatLE(i % columns === 0 ? value - first : value, MONITOR_HEADER + 4 * i);
  }
  return out;
}
