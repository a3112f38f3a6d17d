// `sinew check`: good packages pass with their parity fixture, and every fault is named.
import { describe, expect, it } from 'vitest';
import { checkPackage } from '../../src/policy/package_check.js';
import { fixture } from './packages.js';

describe('checking a good package', () => {
  it.each(['tiny_flow', 'tiny_diffusion', 'tiny_candidates'])(
    'finds that %s computes the chunk of its parity fixture',
    async (name) => {
      const report = await checkPackage(fixture(name));
      expect(report.faults).toEqual([]);
      expect(report.parity?.error).toBeLessThan(1e-6);
    },
  );
});
