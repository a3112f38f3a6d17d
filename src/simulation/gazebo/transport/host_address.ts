/**
 * The address that peers are told to connect to.
 */
import { networkInterfaces } from 'node:os';

/**
 * @param wanted address given by the configuration
 * @returns that, else GZ_IP or IGN_IP, else the first address of another interface than loopback,
 *   else 127.0.0.1
 */
export function hostAddress(wanted?: string, env: NodeJS.ProcessEnv = process.env): string {
  const named = wanted || env['GZ_IP'] || env['IGN_IP'];
  if (named) return named;
  const outward = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  return outward?.address ?? '127.0.0.1';
}
