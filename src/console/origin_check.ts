/**
 * Who may talk to the server: only a page that came from it. `Host` is checked against the names that
 * this server goes by, so that a foreign name which resolves to this computer (DNS rebinding) finds
 * nothing; `Origin` against the same, so that a foreign page cannot open a connection.
 */

/** Names with port, in small letters, that a browser on this computer reaches the server by. */
export function ownHosts(host: string, port: number, allowed: readonly string[] = []): Set<string> {
  const names = new Set([`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]);
  // An address that stands for all is no name.
  if (host !== '0.0.0.0' && host !== '::') {
    names.add(`${host.includes(':') ? `[${host}]` : host}:${port}`.toLowerCase());
  }
  for (const name of allowed) names.add(name.toLowerCase());
  return names;
}

/** Whether the `Host` header is one of ours. */
export function isOwnHost(host: string | undefined, own: ReadonlySet<string>): boolean {
  return host !== undefined && own.has(host.toLowerCase());
}

/** Whether the `Origin` header is that of a page of ours; a browser sends it with every connection. */
export function isOwnOrigin(origin: string | undefined, own: ReadonlySet<string>): boolean {
  const match = /^https?:\/\/([^/]+)$/.exec(origin ?? '');
  return match?.[1] !== undefined && own.has(match[1].toLowerCase());
}
