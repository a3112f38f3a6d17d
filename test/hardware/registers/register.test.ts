/** Registers: values in bytes and back, and tables without contradictions. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modelByNumber, servoModel, servoModels } from '../../../src/hardware/registers/models.js';
import {
  decodeRegister,
  encodeRegister,
  registerRange,
} from '../../../src/hardware/registers/register.js';
import { faultsOf, registerOf } from '../../../src/hardware/registers/servo_model.js';
import { toHex } from '../bytes.js';

const registers = servoModels.flatMap((model) => Object.values(model.registers));

describe('registers', () => {
  it('give back each value that they can hold', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...registers),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (register, part) => {
          const { min, max } = registerRange(register);
          const value = Math.round(min + part * (max - min)) + 0;
          const bytes = encodeRegister(register, value);
          expect(bytes).toHaveLength(register.size);
          expect(decodeRegister(register, bytes)).toBe(value === 0 ? 0 : value);
        },
      ),
    );
  });

  it('write negative values as each vendor does', () => {
    const sts = servoModel('sts3215');
    const xl = servoModel('xl330-m288');
    expect(toHex(encodeRegister(registerOf(sts, 'homing_offset'), -1))).toBe('01 08');
    expect(toHex(encodeRegister(registerOf(sts, 'goal_position'), -300))).toBe('2C 81');
    expect(toHex(encodeRegister(registerOf(xl, 'homing_offset'), -1024))).toBe('00 FC FF FF');
    expect(decodeRegister(registerOf(sts, 'present_load'), Uint8Array.of(0x00, 0x04))).toBe(0);
  });

  it('refuse what does not fit, by name', () => {
    const offset = registerOf(servoModel('sts3215'), 'homing_offset');
    expect(() => encodeRegister(offset, 2048)).toThrow(
      '2048 does not fit the register homing_offset; expected a whole number from -2047 to 2047',
    );
    expect(() => encodeRegister(offset, 1.5)).toThrow(/1.5/);
  });

  it('do not overlap, and new servos hold values that fit', () => {
    for (const model of servoModels) {
      const byAddress = Object.values(model.registers).sort((a, b) => a.address - b.address);
      byAddress.forEach((register, i) => {
        const next = byAddress[i + 1];
        if (next) expect(register.address + register.size).toBeLessThanOrEqual(next.address);
      });
      for (const [name, value] of Object.entries(model.factory)) {
        expect(() => encodeRegister(registerOf(model, name), value)).not.toThrow();
      }
    }
  });

  it('are found by the name and the number of a model', () => {
    expect(modelByNumber('feetech', 777)?.name).toBe('sts3215');
    expect(modelByNumber('dynamixel', 777)).toBeUndefined();
    expect(() => servoModel('sts9')).toThrow(/unknown servo model "sts9"; expected one of sts3215/);
  });

  it('name the faults of a servo with their cure', () => {
    const names = (model: string, status: number) =>
      faultsOf(servoModel(model), status).map(({ name }) => name);
    expect(names('sts3215', 0b10_0101)).toEqual(['voltage', 'overheat', 'overload']);
    expect(names('xm430-w350', 0b10_0100)).toEqual(['overheat', 'overload']);
    expect(names('sts3215', 0)).toEqual([]);
  });
});
