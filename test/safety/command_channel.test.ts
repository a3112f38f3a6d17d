/** The channel carries the filter's commands between threads, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandChannel } from '../../src/safety/command_channel.js';
import { SafetyFilter } from '../../src/safety/filter.js';
import { isSafeCommand } from '../../src/safety/safe_command.js';

const LIMITS = ['a', 'b'].map((name) => ({
  name,
  lower: -1,
  upper: 1,
  velocity: 2,
  acceleration: 10,
  jerk: 200,
}));

function command() {
  const filter = new SafetyFilter(LIMITS);
  filter.start(Float64Array.of(0, 0.5));
  const made = filter.follow(0.01, Float64Array.of(0.3, 0.5), Float64Array.of(0, 0.5));
  if (made === undefined) throw new Error('no command');
  return made;
}

describe('the command channel', () => {
  it('gives the other end what was sent, once', () => {
    const sender = new CommandChannel(2);
    const receiver = new CommandChannel(2, sender.buffer);
    expect(receiver.receive()).toBeUndefined();
    const sent = command();
    sent.clearance = 0.25;
    sent.nearest = 3;
    sent.energy = 0.75;
    sent.measured.set([0.01, 0.49]);
    sent.reasons.set([2, 7]);
    sender.send(sent, 12.5);
    const received = receiver.receive();
    expect(received).toEqual(sent);
    expect(receiver.time).toBe(12.5);
    expect(received !== undefined && isSafeCommand(received)).toBe(true);
    expect(receiver.receive()).toBeUndefined();
  });

  it('gives the newest of several', () => {
    const channel = new CommandChannel(2);
    const sent = command();
    channel.send(sent, 1);
    channel.send(sent, 2);
    channel.receive();
    expect(channel.time).toBe(2);
    expect(channel.receive()).toBeUndefined();
  });

  it.each(['positions', 'velocities', 'accelerations'] as const)(
    'gives nothing when %s are not finite',
    (field) => {
      const channel = new CommandChannel(2);
      const sent = command();
      sent[field][1] = Number.NaN;
      channel.send(sent, 1);
      expect(channel.receive()).toBeUndefined();
    },
  );

  it('gives nothing half written, and the next command whole', () => {
    const channel = new CommandChannel(2);
    channel.send(command(), 2);
    const sequence = new Int32Array(channel.buffer, 0, 2);
    sequence[0] = 5;
    expect(channel.receive()).toBeUndefined();
    sequence[0] = 2;
    expect(channel.receive()).toEqual(command());
  });
});

describe('a safe command', () => {
  it('is told from what only looks like one', () => {
    const made = command();
    expect(isSafeCommand(made)).toBe(true);
    expect(isSafeCommand({ ...made })).toBe(false);
    expect(isSafeCommand(Object.create(made))).toBe(false);
  });

  it('can be made by no file outside src/safety', () => {
    const src = resolve(import.meta.dirname, '../../src');
    const files = readdirSync(src, { recursive: true, encoding: 'utf8' });
    const outside = files.filter((file) => file.endsWith('.ts') && !file.startsWith('safety'));
    expect(outside.length).toBeGreaterThan(20);
    const guilty = outside.filter((file) =>
      readFileSync(join(src, file), 'utf8').includes('safety/internal'),
    );
    expect(guilty).toEqual([]);
  });
});
