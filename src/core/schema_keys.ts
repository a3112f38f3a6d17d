/** Which keys a zod schema knows at a path, so that an error can list them. */
import { z } from 'zod';

/** The keys of the object at `path` in `schema`; empty when there is none or any key goes. */
export function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at = unwrap(schema);
  for (const key of path) {
    const inner = step(at, key);
    if (inner === undefined) return [];
    at = unwrap(inner);
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function step(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(key)];
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return undefined;
}

/** Takes off what does not change the shape: optional, default, prefault, readonly, pipe. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe) return unwrap(schema.in);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly
  ) {
    return unwrap(schema.def.innerType);
  }
  return schema;
}
