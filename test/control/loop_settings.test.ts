/** Settings of the loop: refused outside their bounds, clamped in the tick all the same. */
import { describe, expect, it } from 'vitest';
import { ControlMemory } from '../../src/control/control_memory.js';
import { boundBarrier, checkSettings, type LoopSettings } from '../../src/control/loop_settings.js';

const BASE: LoopSettings = { blendS: 0.1, cubic: 1, jointStateTimeoutS: 0.2, chunkTimeoutS: 2 };
const BOUNDS = { gain: [1, 30], margin: [0.002, 0.1] } as const;
const INITIAL = { gain: 8, selfMargin: 0.01, sceneMargin: 0.02 };

describe('the settings of the loop', () => {
  it.each([
    [{}],
    [{ barrierGain: 1, selfMargin: 0.002, sceneMargin: 0.1, manual: 1 }],
    [{ barrierGain: 30, selfMargin: 0.1, sceneMargin: 0.002, manual: 0 }],
    [{ blendS: 0, cubic: 0 }],
  ])('are accepted inside their bounds: %j', (settings) => {
    expect(() => checkSettings({ ...BASE, ...settings }, BOUNDS)).not.toThrow();
  });

  it.each([
    [{ barrierGain: 0.9 }, /barrierGain is 0.9; expected a number from 1 to 30/],
    [{ barrierGain: 31 }, /barrierGain is 31/],
    [{ selfMargin: 0.001 }, /selfMargin is 0.001; expected a number from 0.002 to 0.1/],
    [{ sceneMargin: 0.11 }, /sceneMargin is 0.11; expected a number from 0.002 to 0.1/],
    [{ manual: 2 }, /manual is 2; expected a number from 0 to 1/],
    [{ cubic: -1 }, /cubic is -1/],
    [{ blendS: Number.NaN }, /blendS is NaN/],
    [{ chunkTimeoutS: Infinity }, /chunkTimeoutS is Infinity/],
    [{ jointStateTimeoutS: -1 }, /jointStateTimeoutS is -1/],
  ])('are refused outside of them: %j', (settings, message) => {
    expect(() => checkSettings({ ...BASE, ...settings }, BOUNDS)).toThrow(message);
  });

  it('keep the barriers inside their bounds in the tick, whatever shared memory says', () => {
    const out = { gain: 0, selfMargin: 0, sceneMargin: 0 };
    const wild = { barrierGain: 1e9, selfMargin: -1, sceneMargin: 0.05 };
    boundBarrier({ ...BASE, ...wild }, INITIAL, BOUNDS, out);
    expect(out).toEqual({ gain: 30, selfMargin: 0.002, sceneMargin: 0.05 });
  });

  it('leave the barriers as they were where nothing, or no number, is said', () => {
    const out = { gain: 0, selfMargin: 0, sceneMargin: 0 };
    boundBarrier({ ...BASE, barrierGain: Number.NaN, selfMargin: 0.03 }, INITIAL, BOUNDS, out);
    expect(out).toEqual({ gain: 8, selfMargin: 0.03, sceneMargin: 0.02 });
  });

  it('come through shared memory whole, with NaN for what was left out', () => {
    const memory = new ControlMemory(2, 4);
    memory.writeSettings({ ...BASE, manual: 1 });
    const read: LoopSettings = { ...BASE };
    ControlMemory.attach(memory.buffers).readSettings(read);
    const nothing = Number.NaN;
    const others = { barrierGain: nothing, selfMargin: nothing, sceneMargin: nothing };
    expect(read).toEqual({ ...BASE, manual: 1, ...others });
  });
});
