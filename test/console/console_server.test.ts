/** The server over real connections: who is let in, who is heard, and what a slow or rude page meets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ConsoleServer, SOCKET_PATH } from '../../src/console/console_server.js';
import type { OperatorMessage } from '../../src/console/operator_message.js';
import type { PageSession } from '../../src/console/page_session.js';
import type { StateMessage } from '../../src/console/protocol.js';
import { until } from '../integration/until.js';

const TOKEN = 'a-token-of-this-test';
const LIMIT = 2048;

let site: string;
let server: ConsoleServer;
let operated: { page: PageSession; message: OperatorMessage }[];
let left: PageSession[];
const clients: Client[] = [];

/** A page as the server sees one. */
class Client {
  readonly socket: WebSocket;
  readonly messages: Record<string, unknown>[] = [];
  frames = 0;
  closed: number | undefined;
  refused: string | undefined;
  session = '';

  constructor(headers: Record<string, string> = {}) {
    const own = `127.0.0.1:${server.port}`;
    this.socket = new WebSocket(`ws://${own}${SOCKET_PATH}`, {
      headers: { Origin: `http://${own}`, ...headers },
    });
    this.socket.on('message', (data, binary) => {
      if (binary) this.frames++;
      else this.messages.push(JSON.parse(data.toString()));
    });
    this.socket.on('close', (code) => {
      this.closed = code;
    });
    this.socket.on('error', (error) => {
      this.refused = error.message;
    });
    clients.push(this);
  }

  async greet(token: string | undefined = TOKEN): Promise<this> {
    await until(() => this.socket.readyState === WebSocket.OPEN, 'an open connection');
    this.socket.send(JSON.stringify({ type: 'hello', ...(token === '' ? {} : { token }) }));
    await until(() => this.messages.length > 0, 'a welcome');
    this.session = String(this.messages[0]?.['session']);
    return this;
  }

  send(seq: number, more: object): void {
    this.socket.send(JSON.stringify({ session: this.session, seq, echo: 1, ...more }));
  }

  notices(): string[] {
    return this.messages.filter(({ type }) => type === 'notice').map(({ text }) => String(text));
  }
}

const state = (n: number): StateMessage => ({
  ...{ type: 'state', n, time: 0, joints: null, authority: null, ages: {} },
  ...{ clearances: [], pages: 1 },
});
const beat = { type: 'authority', deadman: true, mode: 'operator', groups: ['arm'] };

/** Status and body of a plain request. */
function get(path: string, headers: Record<string, string> = {}): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, path, headers };
    request(options, (response) => {
      let body = '';
      response.on('data', (part) => {
        body += part;
      });
      response.on('end', () => resolve([response.statusCode ?? 0, body]));
    })
      .on('error', reject)
      .end();
  });
}

beforeEach(async () => {
  site = mkdtempSync(join(tmpdir(), 'sinew-console-'));
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>page</title>');
  operated = [];
  left = [];
  server = await ConsoleServer.start(
    {
      ...{ host: '127.0.0.1', port: 0, allowedHosts: [], token: TOKEN, site },
      ...{ maxMessageBytes: LIMIT, messageRate: 100, linkTimeout: 60, maxPages: 3 },
    },
    {
      welcome: ({ session, role }) =>
        ({ type: 'welcome', session, role }) as unknown as StateMessage,
      operate: (page, message) => operated.push({ page, message }),
      pages: () => {},
      left: (page) => left.push(page),
    },
  );
});

afterEach(async () => {
  for (const { socket } of clients.splice(0)) socket.terminate();
  await server.stop();
  rmSync(site, { recursive: true });
});

describe('the page', () => {
  it('comes with headers that let nothing else in, and only what was built', async () => {
    expect((await get('/'))[1]).toContain('<title>page</title>');
    expect((await get('/../package.json'))[0]).toBe(404);
    expect((await get('/%2e%2e/package.json'))[0]).toBe(404);
    expect((await get('/nothing'))[0]).toBe(404);
  });

  it('is not told to a foreign name that resolves to this computer', async () => {
    const [status, body] = await get('/', { Host: `evil.example:${server.port}` });
    expect(status).toBe(421);
    expect(body).not.toContain('title');
  });

  it('stands in the printed link with the token behind #', () => {
    expect(server.link).toBe(`http://127.0.0.1:${server.port}/#token=${TOKEN}`);
  });
});

describe('a connection', () => {
  it('from another origin, or without one, is refused', async () => {
    for (const headers of [{ Origin: 'http://evil.example' }, { Origin: 'null' }, { Origin: '' }]) {
      const client = new Client(headers);
      await until(() => client.refused !== undefined, 'a refusal');
      expect(client.refused).toContain('403');
    }
    expect(server.refusedOrigins).toBe(3);
  });

  it('by a foreign host name is refused', async () => {
    const client = new Client({ Host: `evil.example:${server.port}` });
    await until(() => client.refused !== undefined, 'a refusal');
    expect(client.refused).toContain('403');
  });

  it('without the token, or with an old one, may look but not operate', async () => {
    for (const token of ['', 'the-token-of-yesterday']) {
      const client = await new Client().greet(token);
      expect(client.messages[0]?.['role']).toBe('viewer');
      client.send(1, beat);
      client.send(2, { type: 'e_stop' });
      await until(() => client.notices().length === 2, 'two refusals');
      expect(client.notices()[0]).toMatch(/view only/);
    }
    expect(operated).toEqual([]);
  });

  it('with the token operates, each message once', async () => {
    const client = await new Client().greet();
    server.sendState(state(1));
    client.send(1, beat);
    client.send(1, beat);
    await until(() => client.notices().length === 1, 'a refusal');
    expect(client.notices()).toEqual(['replayed or out of order']);
    expect(operated.map(({ message }) => message.seq)).toEqual([1]);
  });

  it('cannot use what another connection sent', async () => {
    const first = await new Client().greet();
    const second = await new Client().greet();
    second.send(1, { ...beat, session: first.session });
    await until(() => second.notices().length === 1, 'a refusal');
    expect(second.notices()).toEqual(['another session']);
    expect(operated).toEqual([]);
  });

  it('that sends a message too long is closed, and moved nothing', async () => {
    const client = await new Client().greet();
    client.send(1, { ...beat, groups: ['x'.repeat(LIMIT)] });
    await until(() => client.closed !== undefined, 'the end of the connection');
    expect(client.closed).toBe(1009);
    expect(operated).toEqual([]);
    await until(
      () => left.some(({ session }) => session === client.session),
      'the page to be forgotten',
    );
  });

  it('that floods moves nothing more, but can still stop', async () => {
    const client = await new Client().greet();
    server.sendState(state(1));
    for (let seq = 1; seq <= 400; seq++) client.send(seq, beat);
    client.send(401, { type: 'e_stop' });
    await until(() => operated.some(({ message }) => message.type === 'e_stop'), 'the e-stop');
    const beats = operated.filter(({ message }) => message.type === 'authority').length;
    expect(beats).toBeLessThan(200);
    expect(operated[0]?.page.refused.get('too many messages')).toBeGreaterThan(200);
  });

  it('that goes on flooding is closed', async () => {
    const client = await new Client().greet();
    for (let seq = 1; seq <= 4000; seq++) client.send(seq, beat);
    await until(() => client.closed !== undefined, 'the end of the connection');
    expect(client.closed).toBe(1008);
  });

  it('that sends what is no message is told so, and closed when it goes on', async () => {
    const client = await new Client().greet();
    client.socket.send('{not json');
    client.socket.send(JSON.stringify({ type: 'authority' }));
    client.socket.send(Buffer.of(1, 2, 3));
    await until(() => client.notices().length === 3, 'three refusals');
    for (let i = 0; i < 20; i++) client.socket.send('[]');
    await until(() => client.closed !== undefined, 'the end of the connection');
    expect(operated).toEqual([]);
  });

  it('that does not greet first is closed', async () => {
    const client = new Client();
    await until(() => client.socket.readyState === WebSocket.OPEN, 'an open connection');
    client.socket.send(JSON.stringify({ ...beat, session: '', seq: 1, echo: 0 }));
    await until(() => client.closed !== undefined, 'the end of the connection');
    expect(client.closed).toBe(1008);
  });

  it('beyond the number of pages is refused', async () => {
    for (let i = 0; i < 3; i++) await new Client().greet();
    const client = new Client();
    await until(() => client.refused !== undefined, 'a refusal');
    expect(client.refused).toContain('503');
  });

  it('that does not read misses pictures, and memory does not grow', async () => {
    const slow = await new Client().greet();
    const quick = await new Client().greet();
    slow.socket.pause();
    const picture = Buffer.alloc(200_000);
    let sent = 0;
    await until(async () => {
      for (let i = 0; i < 20; i++) server.sendFrame(picture);
      sent += 20;
      await new Promise((resolve) => setImmediate(resolve));
      return server.skipped > 100;
    }, 'dropped pictures');
    const waiting = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 500; i++) server.sendFrame(picture);
    expect(process.memoryUsage().arrayBuffers - waiting).toBeLessThan(500 * picture.length * 0.1);
    await until(() => quick.frames > 0, 'a picture for the page that reads');
    expect(sent).toBeGreaterThan(0);
  });
});
