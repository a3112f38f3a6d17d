/** The scores that the gate judges, of real packages: spread, distance from known states, the package's. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { KnownStates, knownStatesFile } from '../../src/policy/known_states.js';
import { ObservationBlock } from '../../src/policy/observation_block.js';
import { loadPackage } from '../../src/policy/package_file.js';
import { PolicyProgram, type ProgramOptions } from '../../src/policy/program/policy_program.js';
import type { NoiseSource } from '../../src/policy/samplers/sampler.js';
import { createScore, newestState, stateJoints } from '../../src/policy/uncertainty.js';
import { fixture } from './packages.js';

const folder = mkdtempSync(join(tmpdir(), 'sinew-known-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(name: string, options: ProgramOptions = {}) {
  const source = loadPackage(fixture(name));
  const program = await PolicyProgram.open(source, options);
  const observation = new ObservationBlock(source.spec);
  return { source, program, observation };
}

/** Noise for candidate `k` on; every candidate has a start of its own. */
const noiseFrom =
  (k: number, length: number): NoiseSource =>
  (_draw, out) => {
    for (let i = 0; i < out.length; i++) {
      const row = k + Math.floor(i / length);
      out[i] = Math.sin(1 + 7 * row + 1.3 * (i % length));
    }
  };

describe('the spread of candidates', () => {
  it('is the standard deviation of chunks drawn one by one', async () => {
    const count = 4;
    const many = await open('tiny_flow', { candidates: count });
    const { steps, width } = many.program.shape;
    await many.program.infer(many.observation, noiseFrom(0, steps * width));
    const single = await open('tiny_flow');
    const chunks: number[][] = [];
    for (let k = 0; k < count; k++) {
      const actions = await single.program.infer(single.observation, noiseFrom(k, steps * width));
      chunks.push([...actions]);
      expect(single.program.timing.spread).toBeNaN();
    }
    const [first = []] = chunks;
    const variances = first.map((_, i) => {
      const values = chunks.map((chunk) => chunk[i] ?? 0);
      const mean = values.reduce((sum, value) => sum + value, 0) / count;
      return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
    });
    const expected = Math.sqrt(variances.reduce((sum, v) => sum + v, 0) / variances.length);
    expect(expected).toBeGreaterThan(0.001);
    expect(many.program.timing.spread).toBeCloseTo(expected, 5);
  });

  it('is refused of a single candidate', () => {
    const { spec } = loadPackage(fixture('tiny_flow'));
    expect(() => createScore({ uncertainty: 'candidate_spread' }, spec, undefined)).toThrow(
      /no score "candidate_spread".*policy\.candidates of 2 or more/,
    );
  });
});

describe('the package’s own score', () => {
  it('counts the other way round: what it rates low is uncertain', async () => {
    const { source, program, observation } = await open('tiny_candidates');
    const score = createScore({ uncertainty: 'package_score' }, source.spec, undefined);
    const { steps, width } = program.shape;
    const seen = new Set<number>();
    for (let k = 0; k < 3; k++) {
      await program.infer(observation, noiseFrom(100 * k, steps * width));
      const { timing, actions } = program;
      const state = newestState(source.spec, observation);
      const value = score?.score({ begins: k, actions, timing, state });
      expect(value).toBe(-timing.score);
      expect(Number.isFinite(value)).toBe(true);
      seen.add(value ?? Number.NaN);
    }
    expect(seen.size).toBe(3);
  });

  it('is refused of a package without a scoring graph', () => {
    const { spec } = loadPackage(fixture('tiny_flow'));
    expect(() => createScore({ uncertainty: 'package_score' }, spec, undefined)).toThrow(
      /package with a scoring graph/,
    );
  });
});

describe('the distance from known states', () => {
  const states = Array.from({ length: 50 }, (_, i) => [0.02 * i, Math.sin(i), -0.4]);

  it('is nothing at a known state, and grows away from all of them', () => {
    const known = new KnownStates(states);
    for (const state of states) expect(known.distance(state)).toBeCloseTo(0, 9);
    const away = [0.1, 0.3, 1, 3].map((by) => known.distance([0.98 + by, Math.sin(49), -0.4]));
    expect(away).toEqual([...away].sort((a, b) => a - b));
    expect(away[0]).toBeGreaterThan(0.1);
  });

  it('is no number for a state that holds none', () => {
    expect(new KnownStates(states).distance([0, Number.NaN, 0])).toBeNaN();
  });

  it('is scored by the file of the calibration, by the names of its joints', () => {
    const { spec } = loadPackage(fixture('tiny_flow'));
    const joints = stateJoints(spec);
    const rows = states.map((row) => joints.map((_, j) => row[j] ?? 0));
    const file = join(folder, 'known.json');
    const turned = knownStatesFile(
      'tiny_flow',
      [...joints].reverse(),
      rows.map((row) => [...row].reverse()),
    );
    writeFileSync(file, JSON.stringify(turned));
    const score = createScore({ uncertainty: 'state_distance' }, spec, file);
    const timing = {
      total: 0,
      encode: 0,
      loop: 0,
      loopGraphs: 0,
      graphs: 0,
      spread: NaN,
      score: NaN,
    };
    const at = (state: readonly number[]) =>
      score?.score({ begins: 0, actions: [], timing, state });
    expect(at(rows[7] ?? [])).toBeCloseTo(0, 3);
    expect(at((rows[7] ?? []).map((q) => q + 1))).toBeGreaterThan(0.5);
  });

  it('is refused without a file, and with one that is something else', () => {
    const { spec } = loadPackage(fixture('tiny_flow'));
    const settings = { uncertainty: 'state_distance' } as const;
    expect(() => createScore(settings, spec, undefined)).toThrow(/policy\.known_states/);
    const file = join(folder, 'other.json');
    writeFileSync(file, '{"format": "sinew.gate"}');
    expect(() => createScore(settings, spec, file)).toThrow(/other\.json.*sinew calibrate gate/);
  });
});
