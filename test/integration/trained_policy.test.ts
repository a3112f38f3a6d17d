/**
 * The shipped policies at the shipped demonstration, in lock-step, so at any speed: from pictures to
 * a cube on its target, through all processes. How often they succeed stands in the README;
 * this tells that they fit the program as it is now.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sinew } from './child.js';
import { Harness } from './harness.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.open();
});
afterAll(() => harness?.close());

describe.each(['flow', 'diffusion'])('the %s policy', (kind) => {
  const folder = `models/so101_pick_${kind}`;

  it('passes its check', async () => {
    const child = sinew(['check', folder]);
    expect(await child.ended(), child.lines.join('\n')).toEqual({ code: 0, signal: null });
  });

  it('picks and places the cube in at least one of two scenes', async () => {
    const set = [
      `policy.package=../${folder}`,
      'policy.deadline_s=60',
      'supervisor.nice={}',
      'episode.time_limit_s=15',
    ];
    const options = set.flatMap((value) => ['--set', value]);
    const run = ['--lockstep', '--episodes', '2', '--seed', '1000000', '--json'];
    const child = harness.run('eval', '--config', 'config/demo.yaml', ...run, ...options);
    await child.ended();
    expect(child.end?.code, harness.log).toBe(0);
    const result = JSON.parse(child.output.at(-1) ?? '');
    expect(result.successes).toBeGreaterThanOrEqual(1);
    expect(result.limit_violations).toBe(0);
  });
});
