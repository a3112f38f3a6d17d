/** The critic's graph: what it must look like, and that its score is the graph's. */

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { criticSection } from '../../src/policy/critic_config.js';
import { NextTargets } from '../../src/policy/next_targets.js';
import { RiskCritic } from '../../src/policy/risk_critic.js';

const folder = resolve('test/policy/fixtures/critic');
const WEIGHTS = join(folder, 'weights.onnx');
const LOOKAHEAD = join(folder, 'lookahead.onnx');
const POSITION = Float64Array.of(-0.5, 1, 2, 3, 4, 5);
const VELOCITY = Float64Array.of(1, -2, 3, 0, 0, 0);
const NONE = new Float64Array(0);

function load(file: string, settings: object = {}, joints = 6): Promise<RiskCritic> {
  return RiskCritic.load(file, criticSection.parse({ graph: file, ...settings }), joints);
}

function lookahead(): Promise<RiskCritic> {
  return load(LOOKAHEAD, { targets_input: 'targets', targets: 4, output: 'risk' });
}

describe('a critic', () => {
  it('scores positions and velocities by its graph', async () => {
    const critic = await load(WEIGHTS);
    expect(critic.seesTargets).toBe(false);
    expect(await critic.score(POSITION, VELOCITY, NONE)).toBeCloseTo(0.5 + 0.6, 6);
    expect(await critic.score(POSITION, new Float64Array(6), NONE)).toBeCloseTo(0.5, 6);
    expect(critic.runTime).toBeGreaterThan(0);
  });

  it('scores the next targets where its graph looks at them', async () => {
    const critic = await lookahead();
    expect(critic.seesTargets).toBe(true);
    const targets = Float64Array.from({ length: 24 }, (_, i) => POSITION[i % 6] as number);
    expect(await critic.score(POSITION, VELOCITY, targets)).toBe(0);
    targets[20] = 2.75;
    expect(await critic.score(POSITION, VELOCITY, targets)).toBeCloseTo(0.75, 6);
  });

  it('gives NaN for what is not finite, whatever the graph makes of it', async () => {
    const critic = await lookahead();
    const bad = Float64Array.from(POSITION).fill(Number.NaN, 2, 3);
    const targets = new Float64Array(24);
    expect(await critic.score(bad, VELOCITY, targets)).toBeNaN();
    expect(await critic.score(POSITION, bad, targets)).toBeNaN();
    expect(await critic.score(POSITION, VELOCITY, targets.fill(Infinity, 3, 4))).toBeNaN();
  });
});

describe('a critic is refused', () => {
  it('when its graph has another shape, naming both', async () => {
    await expect(load(WEIGHTS, {}, 7)).rejects.toThrow(
      /weights\.onnx: input "state" is float32\[1,12\]; the critic section expects float32\[1,14\]/,
    );
    await expect(load(LOOKAHEAD, { targets_input: 'targets', output: 'risk' })).rejects.toThrow(
      /"targets" is float32\[1,4,6\]; the critic section expects float32\[1,8,6\]/,
    );
  });

  it('when its graph has other names, naming both', async () => {
    await expect(load(WEIGHTS, { input: 'observation' })).rejects.toThrow(
      /no input "observation"; it has state/,
    );
    await expect(load(WEIGHTS, { output: 'risk' })).rejects.toThrow(
      /no output "risk"; it has score/,
    );
    await expect(load(LOOKAHEAD, { output: 'risk' })).rejects.toThrow(
      /"targets" is fed by nothing/,
    );
  });

  it('when its file is not the one declared, not there, or no graph', async () => {
    const sha256 = createHash('sha256').update(readFileSync(WEIGHTS)).digest('hex');
    expect((await load(WEIGHTS, { sha256 })).sha256).toBe(sha256);
    const other = '0'.repeat(64);
    await expect(load(WEIGHTS, { sha256: other })).rejects.toThrow(
      new RegExp(`${sha256}.*expected ${other}`),
    );
    await expect(load(join(folder, 'none.onnx'))).rejects.toThrow(/none\.onnx: cannot read/);
    const copy = mkdtempSync(join(tmpdir(), 'sinew-critic-'));
    const file = join(copy, 'cut.onnx');
    writeFileSync(file, readFileSync(WEIGHTS).subarray(0, 60));
    await expect(load(file)).rejects.toThrow(/cut\.onnx: not a graph/);
    rmSync(copy, { recursive: true });
  });
});

describe('the next targets', () => {
  const chunk = () => {
    const targets = new NextTargets(3, 1, 8);
    targets.take(10, 4, Float64Array.of(0, 1, 2, 3), Float64Array.of(0.1, 0.2, 0.3, 0.4));
    return targets;
  };

  it('are where the arm is, before the first chunk', () => {
    expect([...new NextTargets(3, 1, 8).look(0, Float64Array.of(7))]).toEqual([7, 7, 7]);
  });

  it('are those due after now, the last one repeated', () => {
    const position = Float64Array.of(7);
    expect([...chunk().look(9, position)]).toEqual([0.1, 0.2, 0.3]);
    expect([...chunk().look(10.5, position)]).toEqual([0.2, 0.3, 0.4]);
    expect([...chunk().look(12, position)]).toEqual([0.4, 0.4, 0.4]);
    expect([...chunk().look(99, position)]).toEqual([0.4, 0.4, 0.4]);
  });
});
