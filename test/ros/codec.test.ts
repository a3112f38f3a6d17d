/** The codec against another implementation of CDR, and against bytes that are not a message. */
import type { parse } from '@foxglove/rosmsg';
import { ros2jazzy } from '@foxglove/rosmsg-msgs-common';
import { MessageReader, MessageWriter } from '@foxglove/rosmsg2-serialization';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SinewError } from '../../src/core/error.js';
import { decode, encode, messageTypeNames } from '../../src/ros/codec.js';
import type { MessageTypeName } from '../../src/ros/message_types.js';
import { json, samples } from './samples.js';

const definitions = ros2jazzy as Record<string, Parameters<typeof definitionsOf>[0]>;
type Definition = ReturnType<typeof parse>[number];
function definitionsOf(root: Definition): Definition[] {
  const found = new Map<string, Definition>();
  const visit = (definition: Definition, name: string) => {
    if (found.has(name)) return;
    found.set(name, { ...definition, name });
    for (const field of definition.definitions) {
      if (field.isComplex !== true) continue;
      const nested = definitions[field.type] ?? definitions[field.type.replace('/', '/msg/')];
      if (nested === undefined) throw new Error(`no definition of ${field.type}`);
      visit(nested, field.type);
    }
  };
  visit(root, root.name ?? '');
  return [...found.values()];
}
function definitionOf(type: MessageTypeName): Definition[] {
  const root = definitions[type] ?? definitions[type.replace('/msg/', '/')];
  if (root === undefined) throw new Error(`no definition of ${type}`);
  return definitionsOf(root);
}

/** The writer of the other implementation takes the length of a string for its length in UTF-8. */
function ascii(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/[^ -~]/gu, '?');
  if (ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(ascii);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, ascii(item)]));
}

describe.each(messageTypeNames)('%s', (type) => {
  const message = ascii(samples[type]) as (typeof samples)[typeof type];

  it('is written as the other implementation writes it, byte for byte', () => {
    const theirs = new MessageWriter(definitionOf(type)).writeMessage(message);
    expect(encode(type, message).toString('hex')).toBe(Buffer.from(theirs).toString('hex'));
  });

  it('is read as the other implementation reads it', () => {
    const theirs = new MessageReader(definitionOf(type)).readMessage(encode(type, message));
    expect(json(decode(type, encode(type, message)))).toEqual(json(theirs));
  });

  it('comes back as it was, text outside ASCII included', () => {
    expect(json(decode(type, encode(type, samples[type])))).toEqual(json(samples[type]));
  });

  it('is refused at whatever byte it is cut off', () => {
    const whole = Buffer.from(encode(type, samples[type]));
    for (let length = 0; length < whole.length; length++) {
      // A copy, so that a read past the end could not find the rest.
      const cut = Buffer.from(whole.subarray(0, length));
      expect(() => decode(type, cut), `${length} of ${whole.length} bytes`).toThrow(SinewError);
    }
  });

  it('never throws anything but a SinewError, whatever the bytes', () => {
    const whole = Buffer.from(encode(type, samples[type]));
    const changed = fc
      .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 })
      .map((changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    const random = fc
      .uint8Array({ maxLength: 200 })
      .map((rest) => Buffer.from([0, 1, 0, 0, ...rest]));
    fc.assert(
      fc.property(fc.oneof(changed, random), (bytes) => {
        try {
          decode(type, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(SinewError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('decode', () => {
  it('reads the other byte order', () => {
    const bytes = Buffer.alloc(4 + 4 + 4 + 4 + 4 + 8);
    bytes.writeUInt32BE(0, 4); // no dimensions
    bytes.writeUInt32BE(7, 8);
    bytes.writeUInt32BE(1, 12);
    bytes.writeDoubleBE(1.25, 20);
    expect(decode('std_msgs/msg/Float64MultiArray', bytes)).toEqual({
      layout: { dim: [], data_offset: 7 },
      data: Float64Array.of(1.25),
    });
  });

  it('names the type and the encoding that it does not know', () => {
    expect(() => decode('std_msgs/msg/Bool', Buffer.from([0, 7, 0, 0, 1]))).toThrow(
      /^std_msgs\/msg\/Bool: unknown encoding 0,7; expected a CDR header/,
    );
  });

  it('does not allocate for a sequence that is not there', () => {
    const bytes = Buffer.from(
      encode('sensor_msgs/msg/JointState', samples['sensor_msgs/msg/JointState']),
    );
    bytes.writeUInt32LE(0xffff_ffff, 24); // the number of names
    expect(() => decode('sensor_msgs/msg/JointState', bytes)).toThrow(/4294967295 elements/);
  });

  it('gives the pixels of an image without copying them', () => {
    const bytes = Buffer.from(encode('sensor_msgs/msg/Image', samples['sensor_msgs/msg/Image']));
    const { data } = decode('sensor_msgs/msg/Image', bytes);
    expect(data.buffer).toBe(bytes.buffer);
    expect(data.byteLength).toBe(18);
  });
});
