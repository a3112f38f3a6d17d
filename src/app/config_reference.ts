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
  readonly prefixItems?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly const?: unknown;
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
    if (value.properties !== undefined) return rows(value, `${path}.`);
    const cells = [`\`${path}\``, kind(value), fallback(value), value.description ?? ''];
    return [`| ${cells.join(' | ')} |\n`, ...inner(value, path)];
  });
}

/** Rows of what a list holds, or a section whose keys the user names. */
function inner(value: Schema, path: string): string[] {
  const named = value.additionalProperties;
  if (typeof named === 'object' && named.properties !== undefined) {
    return rows(named, `${path}.<name>.`);
  }
  const forms = value.items?.oneOf ?? value.items?.anyOf ?? [value.items ?? {}];
  return rows({ properties: merged(forms) }, `${path}[].`);
}

/** The keys of several forms as one section; what tells the forms apart lists its values. */
function merged(forms: readonly Schema[]): Record<string, Schema> {
  const keys: Record<string, Schema> = {};
  for (const form of forms) {
    for (const [key, schema] of Object.entries(form.properties ?? {})) {
      const known = keys[key];
      const { const: value, ...rest } = schema;
      keys[key] =
        value === undefined
          ? (known ?? schema)
          : { ...rest, ...known, enum: [...(known?.enum ?? []), value] };
    }
  }
  return keys;
}

function kind(schema: Schema): string {
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `\`${String(value)}\``).join(', ');
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms !== undefined) return forms.map(kind).join(' or ');
  const [item, ...others] = schema.prefixItems ?? [];
  if (item !== undefined) return kind(item).replace('number', `${others.length + 1} numbers`);
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
