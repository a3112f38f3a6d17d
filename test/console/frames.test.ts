/** Pictures and rows as they go to the page. */
import { describe, expect, it } from 'vitest';
import { cameraFrame } from '../../src/console/camera_frame.js';
import { monitorColumns, monitorFrame } from '../../src/console/monitor_frame.js';
import { RowRing } from '../../src/console/page/row_ring.js';
import { CAMERA_HEADER, FRAME_CAMERA, FRAME_MONITOR } from '../../src/console/protocol.js';
import type { ImageMessage } from '../../src/ros/message_types.js';

function image(more: Partial<ImageMessage> = {}): ImageMessage {
  const width = more.width ?? 2;
  const height = more.height ?? 2;
  return {
    header: { stamp: { sec: 3, nanosec: 500_000_000 }, frame_id: '' },
    ...{ width, height, encoding: 'rgb8', is_bigendian: 0, step: width * 3 },
    data: Uint8Array.from({ length: width * height * 3 }, (_, i) => i),
    ...more,
  };
}

describe('a camera frame', () => {
  it('has its camera, size and stamp before the pixels', () => {
    const frame = cameraFrame(image(), 1, 320);
    expect(frame.readUInt8(0)).toBe(FRAME_CAMERA);
    expect(frame.readUInt8(1)).toBe(1);
    expect([frame.readUInt16LE(2), frame.readUInt16LE(4)]).toEqual([2, 2]);
    expect(frame.readDoubleLE(8)).toBe(3.5);
    expect([...frame.subarray(CAMERA_HEADER)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it('is shrunk by whole numbers to the width allowed', () => {
    const frame = cameraFrame(image({ width: 640, height: 480 }), 0, 320);
    expect([frame.readUInt16LE(2), frame.readUInt16LE(4)]).toEqual([320, 240]);
    expect(frame.byteLength).toBe(CAMERA_HEADER + 320 * 240 * 3);
  });

  it('turns other orders of colours, grey and padded rows into red, green, blue', () => {
    const pixels = (more: Partial<ImageMessage>) => [
      ...cameraFrame(image({ width: 1, height: 1, ...more }), 0, 320).subarray(CAMERA_HEADER),
    ];
    expect(pixels({ encoding: 'bgr8', data: Uint8Array.of(1, 2, 3) })).toEqual([3, 2, 1]);
    expect(pixels({ encoding: 'mono8', step: 1, data: Uint8Array.of(9) })).toEqual([9, 9, 9]);
    const data = Uint8Array.of(1, 2, 3, 0, 4, 5, 6, 0);
    expect(pixels({ height: 2, step: 4, data })).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('is refused for an unknown encoding and for missing bytes', () => {
    expect(() => cameraFrame(image({ encoding: 'yuv422' }), 0, 320)).toThrow(/yuv422.*expected/);
    expect(() => cameraFrame(image({ data: new Uint8Array(5) }), 0, 320)).toThrow(/5 bytes/);
  });
});

describe('a frame of the monitor', () => {
  const message = (data: number[]) => ({
    layout: { dim: [], data_offset: 0 },
    data: Float64Array.from(data),
  });
  const row = (time: number, value: number) => [time, value, value + 1, Number.NaN, value + 2, 4];

  it('reaches the page’s ring with its times whole', () => {
    const frame = monitorFrame(message([...row(1.7e9, 1), ...row(1.7e9 + 0.01, 2)]), 1);
    expect(frame?.readUInt8(0)).toBe(FRAME_MONITOR);
    const ring = new RowRing(monitorColumns(1), 3);
    ring.take(Uint8Array.from(frame ?? []).buffer);
    expect(ring.count).toBe(2);
    expect(ring.time(1) - ring.time(0)).toBeCloseTo(0.01, 5);
    expect([1, 2, 3, 4, 5].map((column) => ring.at(1, column))).toEqual([2, 3, Number.NaN, 4, 4]);
  });

  it('is left out when it has not whole rows', () => {
    expect(monitorFrame(message([1, 2, 3]), 1)).toBeUndefined();
    expect(monitorFrame(message([]), 1)).toBeUndefined();
  });

  it('pushes the oldest rows out, and begins anew when the clock went back', () => {
    const ring = new RowRing(monitorColumns(1), 3);
    const take = (...times: number[]) => {
      const frame = monitorFrame(message(times.flatMap((time) => row(time, time))), 1);
      ring.take(Uint8Array.from(frame ?? []).buffer);
    };
    take(1, 2, 3, 4);
    expect([0, 1, 2].map((i) => ring.at(i, 1))).toEqual([2, 3, 4]);
    take(1);
    expect(ring.count).toBe(1);
  });
});
