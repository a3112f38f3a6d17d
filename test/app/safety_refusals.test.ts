/** Safety configurations that are refused before anything starts, with what is wrong and where. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/app/config.js';
import { assembleSafety } from '../../src/app/safety_setup.js';
import { CellFolder, type Change } from './full_cell.js';

let folder: CellFolder;
beforeAll(() => {
  folder = new CellFolder();
});
afterAll(() => folder.remove());

function assemble(sections: string, ...changes: readonly Change[]) {
  return assembleSafety(loadConfig(folder.cell(sections, ...changes)));
}

const PAN = 'shoulder_pan: &arm { velocity: 3.0, acceleration: 20, jerk: 500 }';

describe('a safety configuration is refused', () => {
  it.each([
    ['a missing limit', 'velocity: 3.0, acceleration: 20,', 'velocity: 3.0,', /acceleration/],
    ['a limit of the wrong sign', 'acceleration: 20', 'acceleration: -20', /acceleration/],
    ['inverted limits', PAN, `${PAN.slice(0, -2)}, lower: 1, upper: -1 }`, /inverted/],
    ['a limit wider than the URDF’s', PAN, `${PAN.slice(0, -2)}, upper: 9 }`, /wider/],
  ])('for %s, with joint and file', (_, before, after, what) => {
    expect(() => assemble('', [before, after])).toThrow(what);
    expect(() => assemble('', [before, after])).toThrow(/arm\.yaml.*shoulder_pan/);
  });

  it.each([
    [
      'a link that does not exist',
      'scene: [{ name: t, type: half_space, normal: [0, 0, 1], offset: 0, links: [nose] }]',
      /nose/,
    ],
    [
      'a link that cannot move',
      'scene: [{ name: t, type: sphere, center: [1, 0, 0], radius: 0.1, links: [base_link] }]',
      /base_link/,
    ],
    [
      'a joint that does not exist',
      'effort: { knee: 3 }',
      /cell\.yaml: safety\.effort\.knee: no joint "knee".*shoulder_pan/,
    ],
    [
      'an empty workspace',
      'workspace: { box: { min: [0, 0, 0], max: [1, 1, 1] }, half_spaces: [{ name: out, normal: [1, 0, 0], offset: 2 }] }',
      /cell\.yaml: safety\.workspace: no point/,
    ],
    [
      'an inverted box',
      'workspace: { box: { min: [0, 0, 1], max: [1, 1, 0] } }',
      /cell\.yaml:\d+:\d+: safety\.workspace\.box\.max.*above min/,
    ],
    [
      'inverted bounds',
      'barrier: { gain_bounds: [30, 1] }',
      /cell\.yaml:\d+:\d+: safety\.barrier\.gain_bounds/,
    ],
    [
      'a margin outside its bounds',
      'barrier: { self_margin_m: 0.5 }',
      /safety\.barrier\.self_margin_m.*0\.002 to 0\.1/,
    ],
    [
      'thresholds in the wrong order',
      'risk: { slow_above: 2, hold_above: 1 }',
      /safety\.risk\.hold_above/,
    ],
    [
      'a shape with a key of another',
      'scene: [{ name: s, type: sphere, center: [0, 0, 0], size: 1, radius: 1 }]',
      /safety\.scene\[0\]\.size: unknown key/,
    ],
    [
      'two shapes of one name',
      'scene: [{ name: s, type: sphere, center: [0, 0, 1], radius: 0.1 }, { name: s, type: sphere, center: [0, 0, 1], radius: 0.1 }]',
      /safety\.scene\[1\]\.name.*once/,
    ],
    [
      'an operator’s stream without a topic',
      'watch: { pedal: { kind: operator, timeout_s: 1 } }',
      /safety\.watch\.pedal\.topic/,
    ],
    [
      'an unknown key',
      'tool_speed: 1',
      /cell\.yaml:2:\d+: safety\.tool_speed: unknown key.*tool_speed_m_s/,
    ],
  ])('for %s', (_, section, message) => {
    expect(() => assemble(`safety: { ${section} }`)).toThrow(message);
  });

  it('for a gate whose calibration cannot be read', () => {
    expect(() => assemble('controller: { gate: { calibration: none.json } }')).toThrow(
      /none\.json: cannot be used.*expected a file written by `sinew calibrate gate`/,
    );
  });

  it('for a critic whose score nothing uses', () => {
    expect(() => loadConfig(folder.cell('critic: { graph: a.onnx }'))).toThrow(/safety\.risk/);
  });
});
