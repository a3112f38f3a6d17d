/** Another package for a policy that runs: what the page's choice does, at the real process. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Harness } from '../integration/harness.js';
import { PATIENCE_S } from '../integration/until.js';

const folder = mkdtempSync(join(tmpdir(), 'sinew-package-'));
let harness: Harness;

beforeAll(async () => {
  cpSync(join(import.meta.dirname, '..', 'integration', 'fixtures', 'circle'), folder, {
    recursive: true,
  });
  const file = join(folder, 'policy.json');
  const spec = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...spec, name: 'other_circle' }));
  harness = await Harness.open();
});
afterAll(async () => {
  await harness?.close();
  rmSync(folder, { recursive: true, force: true });
});

it('takes another package while it is unconfigured, and refuses it before', async () => {
  const child = harness.launch('policy');
  const { policy } = harness;
  await harness.reached(policy, 'inactive');
  await expect(policy.setParameters({ package: folder }, PATIENCE_S)).rejects.toThrow(
    /only while the node is unconfigured/,
  );
  await policy.bringTo('unconfigured', PATIENCE_S);
  await policy.setParameters({ package: folder }, PATIENCE_S);
  await policy.bringTo('inactive', PATIENCE_S);
  await harness.until(() => child.said(/ready: other_circle/), 'the other package');
  expect(await policy.getParameters(['package'], PATIENCE_S)).toEqual({ package: folder });
});

it('stays unconfigured, saying why, with a folder that is no package', async () => {
  const { policy } = harness;
  await policy.bringTo('unconfigured', PATIENCE_S);
  await policy.setParameters({ package: join(folder, 'none') }, PATIENCE_S);
  await expect(policy.bringTo('inactive', PATIENCE_S)).rejects.toThrow();
  expect(await policy.state(PATIENCE_S)).toBe('unconfigured');
  await policy.setParameters({ package: folder }, PATIENCE_S);
  await policy.bringTo('inactive', PATIENCE_S);
});
