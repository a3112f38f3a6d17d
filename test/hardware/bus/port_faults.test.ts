/** The lines for ports that cannot be opened. */
import { describe, expect, it } from 'vitest';
import { openFault } from '../../../src/hardware/bus/port_faults.js';

const line = (message: string, others: string[] = []) =>
  openFault('/dev/ttyACM0', new Error(message), others).message;

describe('a port that cannot be opened', () => {
  it('says who may open it when permission is missing', () => {
    expect(line('Error: Permission denied, cannot open /dev/ttyACM0')).toBe(
      '/dev/ttyACM0: no permission to open the serial port; add yourself to its group ' +
        '(sudo usermod -aG dialout $USER) and log in again',
    );
  });

  it('lists the ports that are there when it is not', () => {
    expect(line('Error: No such file or directory, cannot open', ['/dev/ttyACM1'])).toMatch(
      /no such serial port; .*; ports here: \/dev\/ttyACM1$/,
    );
  });

  it('passes on what it does not know, in one line', () => {
    expect(line('Error: odd\nthing')).toMatch(/cannot be opened \(Error: odd\)/);
  });
});
