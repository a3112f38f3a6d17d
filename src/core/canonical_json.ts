/** JSON in one form only, so that equal values give equal bytes: keys sorted, no white space. */

/**
 * The text of plain data: what JSON knows, and numbers that it does not (NaN, ±Infinity) as strings
 * of that name. Keys whose value is undefined are left out, −0 is 0.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  if (ArrayBuffer.isView(value)) return canonicalJson([...(value as unknown as Iterable<number>)]);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value instanceof Map) return canonicalJson(Object.fromEntries(value));
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`;
}
