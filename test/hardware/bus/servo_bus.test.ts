/** The bus on emulated servos behind a pseudo-terminal: what it reads and writes, and what goes wrong. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { ServoBus } from '../../../src/hardware/bus/servo_bus.js';
import { BROADCAST_ID } from '../../../src/hardware/protocol/packet.js';
import { servoModel } from '../../../src/hardware/registers/models.js';
import { fromHex } from '../bytes.js';
import { emulate, LOSSY, openRig, type Rig, type RigOptions } from '../emulated.js';

let rig: Rig | undefined;
const open = async (options: RigOptions = {}) => {
  rig = await openRig(options);
  return rig;
};
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

describe.each(['sts3215', 'xl330-m288'])('a bus of %s', (name) => {
  const model = servoModel(name);
  const { goal_position: goal, present_position: present, torque_enable: torque } = model.registers;

  it('finds its servos and nothing else', async () => {
    const { bus } = await open({ model: name, bus: LOSSY });
    expect((await bus.scan(0, 4)).map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('writes, reads, and defers until told to act', async () => {
    const { bus, emulator } = await open({ model: name });
    expect(await bus.write(2, torque.address, Uint8Array.of(1))).toBe(0);
    expect(await bus.read(2, torque.address, 1)).toEqual(Uint8Array.of(1));
    const data = new Uint8Array(goal.size);
    data.set([0x10, 0x08]);
    await bus.write(2, goal.address, data, true);
    expect(emulator.bus.servo(2).get('goal_position')).not.toBe(0x810);
    await bus.action();
    await bus.read(2, goal.address, goal.size);
    expect(emulator.bus.servo(2).get('goal_position')).toBe(0x810);
  });

  it('reads and writes several servos at once', async () => {
    const { bus, emulator, clock } = await open({ model: name });
    await bus.write(BROADCAST_ID, torque.address, Uint8Array.of(1));
    const goals = [2000, 2100, 2200].map((value) => {
      const bytes = new Uint8Array(goal.size);
      bytes.set([value & 0xff, value >> 8]);
      return bytes;
    });
    await bus.syncWrite(goal.address, [1, 2, 3], goals);
    await bus.read(1, present.address, present.size);
    clock.time += 2;
    const replies = await bus.syncRead(present.address, present.size, [3, 1, 2]);
    const positions = replies.map((reply) => (reply?.data[0] ?? 0) | ((reply?.data[1] ?? 0) << 8));
    expect(positions).toEqual([2200, 2000, 2100]);
    expect(emulator.bus.servo(1).get('goal_position')).toBe(2000);
  });

  it('asks again when a reply is lost, garbled or cut short', async () => {
    const { bus, emulator } = await open({ model: name, bus: LOSSY });
    for (const kind of ['drop', 'corrupt', 'half'] as const) {
      emulator.faults.plan({ kind });
      expect(await bus.read(1, present.address, 2)).toEqual(fromHex('00 08'));
    }
    expect(bus.counts).toMatchObject({ retries: 3, timeouts: 3 });
    expect(emulator.faults.left).toBe(0);
  });

  it('asks in a sync read again for those alone whose reply is lost', async () => {
    const { bus, emulator } = await open({ model: name, bus: LOSSY });
    emulator.faults.plan({ kind: 'drop' }, { id: 2 });
    const replies = await bus.syncRead(present.address, 2, [1, 2, 3]);
    expect(replies.map((reply) => reply?.id)).toEqual([1, 2, 3]);
    expect(bus.counts).toMatchObject({ requests: 2, replies: 3 });
  });

  it('reaches the servos behind a missing one, and reports that one missing', async () => {
    const { bus } = await open({ model: name, ids: [1, 3], bus: LOSSY });
    const replies = await bus.syncRead(present.address, 2, [1, 2, 3]);
    expect(replies.map((reply) => reply?.id)).toEqual([1, undefined, 3]);
  });

  it('finds the reply in noise, and counts the noise', async () => {
    const { bus, emulator } = await open({ model: name });
    const bytes = fromHex('FF FF 01 FF FF FD 00 01 00 FF');
    emulator.faults.plan({ kind: 'noise', bytes });
    expect(await bus.read(1, present.address, 2)).toEqual(fromHex('00 08'));
    await bus.read(1, present.address, 2);
    expect(bus.counts).toMatchObject({ retries: 0, strayBytes: bytes.length });
  });

  it('does not take a late reply for the answer to the next request', async () => {
    const { bus, emulator, shafts } = await open({ model: name, bus: { ...LOSSY, retries: 1 } });
    // With the old position, it comes before the answer to the third request.
    emulator.faults.plan({ kind: 'late', after: 2 });
    await bus.read(1, present.address, 2);
    for (const shaft of shafts) shaft.position += 0.5;
    const [low = 0, high = 0] = await bus.read(1, present.address, 2);
    expect(low | (high << 8)).toBe(2048 + 326);
    await bus.ping(1);
    expect(emulator.faults.left).toBe(0);
    expect(bus.counts.strayBytes).toBe(model.protocol.statusLength(2));
    expect(bus.counts.timeouts).toBe(1);
  });

  it('does not take its own computer’s being busy for a servo’s silence', async () => {
    const { bus } = await open({ model: name, bus: LOSSY });
    const answer = bus.read(1, present.address, 2);
    // Nothing runs here for longer than a reply may take, neither servo nor bus.
    await Promise.resolve();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * LOSSY.replyTimeoutMs);
    expect(await answer).toHaveLength(2);
    expect(bus.counts).toMatchObject({ timeouts: 0, retries: 0 });
  });

  it('works through an adapter that hears itself', async () => {
    const { bus, emulator } = await open({
      model: name,
      emulator: { echo: true },
      bus: { echo: 'probe' },
    });
    expect(await bus.ping(1)).toEqual({ id: 1, error: 0 });
    expect(await bus.write(1, torque.address, Uint8Array.of(1))).toBe(0);
    expect((await bus.syncRead(present.address, 2, [1, 2, 3])).every(Boolean)).toBe(true);
    emulator.bus.servo(2).raise('overload');
    expect((await bus.ping(2))?.error).not.toBe(0);
    expect(bus.counts).toMatchObject({ timeouts: 0, strayBytes: 0 });
  });

  it('says in one line which servo is silent, where, and what to do', async () => {
    const { bus, emulator } = await open({ model: name, bus: { retries: 0, replyTimeoutMs: 5 } });
    await expect(bus.read(9, present.address, 2)).rejects.toThrow(
      `${emulator.path} at ${model.factoryBaud} baud: servo 9 does not answer; check its power`,
    );
  });

  it('tells two servos with one id from one that is missing', async () => {
    const { bus } = await open({ model: name, ids: [4, 4], bus: { replyTimeoutMs: 5 } });
    await expect(bus.read(4, present.address, 2)).rejects.toThrow(
      /garbled replies.*two servos with one id/,
    );
  });

  it('fails at once when the port is unplugged, and again at each further request', async () => {
    const { bus, emulator } = await open({ model: name });
    let told = 0;
    bus.onLost = () => {
      told++;
    };
    emulator.faults.plan({ kind: 'drop' }, { count: 99 });
    const reading = bus.read(1, present.address, 2);
    emulator.unplug();
    await expect(reading).rejects.toThrow(/the serial port is gone; plug the adapter in again/);
    await expect(bus.ping(1)).rejects.toThrow(/the serial port is gone/);
    expect(told).toBe(1);
    expect(bus.isOpen).toBe(false);
  });

  it('hears nothing at a wrong speed and everything after the speed is set right', async () => {
    const { bus } = await open({
      model: name,
      emulator: { baud: true },
      // The emulator asks another program for the speed, which takes its time.
      bus: { baud: 115_200, replyTimeoutMs: 2_000 },
    });
    expect(await bus.ping(1)).toBeUndefined();
    await bus.setBaud(model.factoryBaud);
    expect(await bus.ping(1, 3)).toEqual({ id: 1, error: 0 });
  });
});

describe('a bus', () => {
  it('reads other registers of each Dynamixel at once', async () => {
    const { bus } = await open({ model: 'xl430-w250' });
    const replies = await bus.bulkRead([
      { id: 1, address: 144, length: 2 },
      { id: 2, address: 146, length: 1 },
    ]);
    expect(replies.map((reply) => reply?.data)).toEqual([Uint8Array.of(100, 0), Uint8Array.of(25)]);
  });

  it('does one transaction after the other, whoever asks', async () => {
    const { bus } = await open({ ids: [1, 2, 3, 4, 5, 6] });
    const ids = Array.from({ length: 60 }, (_, i) => (i % 6) + 1);
    const read = await Promise.all(ids.map((id) => bus.read(id, 5, 1)));
    expect(read.map(([id]) => id)).toEqual(ids);
    expect(bus.counts).toMatchObject({ requests: 60, replies: 60, strayBytes: 0 });
  });

  it.each([
    ['has locked', 'fcntl.flock(port, fcntl.LOCK_EX)'],
    ['has open without a lock', 'pass'],
  ])('does not open a port that another program %s, and names the program', async (_, hold) => {
    const { emulator, kind } = emulate();
    const take = `import fcntl, os, sys; port = os.open('${emulator.path}', os.O_RDWR); ${hold}; print('mine', flush=True); sys.stdin.read()`;
    const other = spawn('python3', ['-c', take], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      await once(other.stdout, 'data');
      const options = { path: emulator.path, baud: kind.factoryBaud, protocol: kind.protocol };
      await expect(ServoBus.open(options)).rejects.toThrow(
        new RegExp(
          `^${emulator.path}: the serial port is in use: python3.* \\(process ${other.pid}\\) has it; stop that program$`,
        ),
      );
    } finally {
      other.stdin.end();
      emulator.close();
    }
  });

  it('does not open a port that its user may not open, and says who may', async () => {
    const { emulator, kind } = emulate();
    chmodSync(emulator.path, 0);
    // Nothing is forbidden to root.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.('nobody');
    try {
      const options = { path: emulator.path, baud: kind.factoryBaud, protocol: kind.protocol };
      await expect(ServoBus.open(options)).rejects.toThrow(
        `${emulator.path}: no permission to open the serial port; add yourself to its group`,
      );
    } finally {
      if (root) process.seteuid?.(0);
      emulator.close();
    }
  });

  it('says that a port does not exist, or is none', async () => {
    const { emulator, kind } = emulate();
    emulator.close();
    const options = { baud: 1_000_000, protocol: kind.protocol };
    await expect(ServoBus.open({ path: '/dev/ttyNONE7', ...options })).rejects.toThrow(
      /^\/dev\/ttyNONE7: no such serial port; plug the adapter in and check the name; /,
    );
    await expect(ServoBus.open({ path: '/dev/null', ...options })).rejects.toThrow(
      /^\/dev\/null: not a serial port; give the path of one/,
    );
  });
});
