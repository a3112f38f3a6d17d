/** Bytes as text, to compare and to show: `FF FF 01`. */
export function toHexLine(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ');
}
