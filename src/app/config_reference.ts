/** Writes docs/configuration.md from the schemas, so that page and checks cannot differ. */
import { z } from 'zod';
import { configSchema } from './config.js';

/** The part of JSON Schema that zod gives for our sections. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const HEAD = `# The set-up file

One YAML file describes a cell for all processes: \`npx sinew up --config FILE\`. Paths in it are
relative to the file. An unknown key, a wrong type or a value out of range is refused with file, line
and key path. \`--set key.path=value\` puts a value over the file for one run.

This page is made from the schemas (\`node scripts/write_config_docs.mjs\`); a test keeps it true.
`;

/** The page as Markdown. */
export function configReference(): string {
  const root = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as Schema;
  const parts = [HEAD];
  for (const [name, section] of Object.entries(root.properties ?? {})) {
    if (section.properties === undefined) {
      parts.push(`\n## ${name}\n\n${section.description ?? ''}\n`);
      continue;
    }
    parts.push(`\n## ${name}\n\n| key | value | default | meaning |\n|---|---|---|---|\n`);
    parts.push(...rows(section, ''));
  }
  return parts.join('');
}

function rows(section: Schema, prefix: string): string[] {
  return Object.entries(section.properties ?? {}).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    const inner = value.properties !== undefined ? value : undefined;
    if (inner !== undefined) return rows(inner, `${path}.`);
    const list = value.items?.properties !== undefined ? rows(value.items, `${path}[].`) : [];
    const cells = [`\`${path}\``, kind(value), fallback(value), value.description ?? ''];
    return [`| ${cells.join(' | ')} |\n`, ...list];
  });
}

function kind(schema: Schema): string {
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(kind).join(' or ');
  const low = schema.minimum ?? schema.exclusiveMinimum;
  const open = schema.exclusiveMinimum !== undefined ? '>' : '≥';
  const bounds = [
    ...(low === undefined || low <= -9e15 ? [] : [`${open} ${low}`]),
    ...(schema.maximum === undefined || schema.maximum >= 9e15 ? [] : [`≤ ${schema.maximum}`]),
  ];
  const type = String(schema.type ?? 'value').replace(',', ' or ');
  return bounds.length === 0 ? type : `${type}, ${bounds.join(', ')}`;
}

function fallback(schema: Schema): string {
  if (schema.default === undefined) return '';
  const text = JSON.stringify(schema.default);
  return text.length > 60 ? 'see the demo' : `\`${text}\``;
}
