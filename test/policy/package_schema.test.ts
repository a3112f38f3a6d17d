// models/policy.schema.json is the JSON Schema of policy.json, made from the same source.
import { expect, it } from 'vitest';
import { z } from 'zod';
import { packageSchema } from '../../src/policy/package_schema.js';

it('equals the schema that the runtime validates with (renew it with: npx vitest -u)', async () => {
  const schema = z.toJSONSchema(packageSchema, { io: 'input' });
  const text = `${JSON.stringify(schema, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../models/policy.schema.json');
});
