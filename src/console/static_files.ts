/** Serves the built page, and nothing else, to whoever reaches it by one of our names. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { SinewError } from '../core/error.js';
import { isOwnHost } from './origin_check.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page loads nothing from elsewhere, runs no script but its own, and stands in no frame. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
};

interface Asset {
  readonly body: Buffer;
  readonly type: string;
  readonly tag: string;
}

export class StaticFiles {
  readonly #assets = new Map<string, Asset>();

  /**
   * Reads all files of `folder`: they are few, and what is not among them does not exist.
   *
   * @throws SinewError when the page has not been built
   */
  constructor(folder: string) {
    for (const file of filesIn(folder)) {
      const type = TYPES[extname(file)];
      if (type === undefined) continue;
      const body = readFileSync(file);
      const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 16)}"`;
      this.#assets.set(`/${relative(folder, file).split(sep).join('/')}`, { body, type, tag });
    }
    const index = this.#assets.get('/index.html');
    if (index === undefined) {
      throw new SinewError('the page has not been built', {
        where: folder,
        expected: 'index.html',
        cure: 'run `npm run setup`',
      });
    }
    this.#assets.set('/', index);
  }

  /** Answers a request; hosts that are not ours are told nothing. */
  answer(request: IncomingMessage, response: ServerResponse, own: ReadonlySet<string>): void {
    if (!isOwnHost(request.headers.host, own)) {
      plain(response, 421, 'not a name of this server');
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      plain(response, 405, 'only GET');
      return;
    }
    const path = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
    const asset = this.#assets.get(path);
    if (asset === undefined) {
      plain(response, 404, 'no such file');
      return;
    }
    const headers = {
      ...HEADERS,
      'Content-Type': asset.type,
      'Cache-Control': path.startsWith('/assets/') ? 'max-age=31536000, immutable' : 'no-cache',
      ETag: asset.tag,
    };
    if (request.headers['if-none-match'] === asset.tag) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(200, { ...headers, 'Content-Length': asset.body.byteLength });
    response.end(request.method === 'HEAD' ? undefined : asset.body);
  }
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${text}\n`);
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true })
      .map((name) => join(folder, String(name)))
      .filter((file) => statSync(file).isFile());
  } catch {
    return [];
  }
}
