/** The word in the printed link that lets a page operate. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 192 random bits, fit for a link. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** Compares in a time that does not tell how much of it was right. */
export function tokenMatches(given: string | undefined, token: string): boolean {
  if (given === undefined) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** The link for an operator. What follows # stays in the browser and reaches no log. */
export function operatorLink(host: string, port: number, token: string): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}/#token=${token}`;
}
