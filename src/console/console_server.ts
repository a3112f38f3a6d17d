/**
 * The page's server: HTTP for the built files, WebSocket for all that is live, on one address.
 * Connections are taken only from pages of our own, by our own name.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { steadyNow } from '../core/clock.js';
import { SinewError } from '../core/error.js';
import type { OperatorMessage } from './operator_message.js';
import { isOwnHost, isOwnOrigin, ownHosts } from './origin_check.js';
import { PageSession, type SessionHandler } from './page_session.js';
import type { ServerMessage, StateMessage } from './protocol.js';
import { StaticFiles } from './static_files.js';
import { newToken, operatorLink, tokenMatches } from './token.js';

/** Where a page opens its connection. */
export const SOCKET_PATH = '/live';
/** A page that has not greeted by then is turned away, ms. */
const GREETING_MS = 5000;
const VIOLATION = 1008;
const GOING_AWAY = 1001;

export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly allowedHosts: readonly string[];
  /** A new random one if absent. */
  readonly token?: string;
  readonly maxMessageBytes: number;
  readonly messageRate: number;
  /** s */
  readonly linkTimeout: number;
  readonly maxPages: number;
  /** Folder of the built page. */
  readonly site: string;
}

export interface ServerHandler {
  /** What a new page is told first. */
  welcome(session: PageSession): ServerMessage;
  operate(session: PageSession, message: OperatorMessage): void;
  /** The number of pages has changed. */
  pages(count: number): void;
  left(session: PageSession): void;
}

export class ConsoleServer {
  readonly #options: ServerOptions;
  readonly #handler: ServerHandler;
  readonly #files: StaticFiles;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #sessions = new Set<PageSession>();
  readonly #token: string;
  #own: ReadonlySet<string> = new Set();
  /** Connections refused for their host or origin. */
  refusedOrigins = 0;

  private constructor(options: ServerOptions, handler: ServerHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#token = options.token ?? newToken();
    this.#files = new StaticFiles(options.site);
    this.#http = createServer((request, response) =>
      this.#files.answer(request, response, this.#own),
    );
    // Slow headers hold no connection for long.
    this.#http.headersTimeout = 5000;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: options.maxMessageBytes,
      perMessageDeflate: false,
    });
    this.#http.on('upgrade', (request, socket, head) => {
      const { host, origin } = request.headers;
      if (!isOwnHost(host, this.#own) || !isOwnOrigin(origin, this.#own)) {
        this.refusedOrigins++;
        refuse(socket, '403 Forbidden');
      } else if (request.url !== SOCKET_PATH) {
        refuse(socket, '404 Not Found');
      } else if (this.#sessions.size >= options.maxPages) {
        refuse(socket, '503 Service Unavailable');
      } else {
        this.#sockets.handleUpgrade(request, socket, head, (client) => this.#open(client));
      }
    });
  }

  /**
   * Begins to serve.
   *
   * @throws SinewError when the page has not been built or the address cannot be had
   */
  static async start(options: ServerOptions, handler: ServerHandler): Promise<ConsoleServer> {
    const server = new ConsoleServer(options, handler);
    await new Promise<void>((resolve, reject) => {
      server.#http.once('error', (error: NodeJS.ErrnoException) => {
        const where = `console: ${options.host}:${options.port}`;
        const cure = 'set console.port (0 takes a free one)';
        const taken = error.code === 'EADDRINUSE';
        reject(
          new SinewError(taken ? 'the port is in use' : error.message, {
            where,
            cure,
            cause: error,
          }),
        );
      });
      server.#http.listen(options.port, options.host, resolve);
    });
    server.#own = ownHosts(options.host, server.port, options.allowedHosts);
    return server;
  }

  get port(): number {
    const address = this.#http.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** For an operator; whoever has it can move the arm. */
  get link(): string {
    return operatorLink(this.#options.host, this.port, this.#token);
  }

  /** Pages that have greeted. */
  get pages(): number {
    return [...this.#sessions].filter(({ greeted }) => greeted).length;
  }

  /** Frames that were dropped for slow pages. */
  get skipped(): number {
    return [...this.#sessions].reduce((sum, { skipped }) => sum + skipped, 0);
  }

  sendState(message: StateMessage): void {
    const now = steadyNow();
    for (const session of this.#sessions) session.sendState(message, now);
  }

  sendAll(message: ServerMessage): void {
    for (const session of this.#sessions) if (session.greeted) session.send(message);
  }

  sendFrame(frame: Buffer): void {
    for (const session of this.#sessions) session.sendFrame(frame);
  }

  async stop(): Promise<void> {
    for (const session of this.#sessions) session.close(GOING_AWAY, 'the console stops');
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
  }

  #open(client: WebSocket): void {
    const session = randomBytes(12).toString('base64url');
    const handler: SessionHandler = {
      greeted: (page) => {
        page.send(this.#handler.welcome(page));
        this.#handler.pages(this.pages);
      },
      operate: (page, message) => this.#handler.operate(page, message),
      closed: (page) => {
        this.#sessions.delete(page);
        this.#handler.left(page);
        this.#handler.pages(this.pages);
      },
    };
    const page = new PageSession(
      client,
      {
        session,
        operator: `console-${session.replace(/[^A-Za-z0-9]/g, '').slice(0, 6)}`,
        rate: this.#options.messageRate,
        linkTimeout: this.#options.linkTimeout,
        authorise: (token) => this.#authorise(token),
      },
      handler,
    );
    this.#sessions.add(page);
    setTimeout(() => {
      if (!page.greeted) page.close(VIOLATION, 'no greeting');
    }, GREETING_MS).unref();
  }

  #authorise(token: string | undefined): { role: 'operator' | 'viewer'; why?: string } {
    if (tokenMatches(token, this.#token)) return { role: 'operator' };
    const why =
      token === undefined
        ? 'view only: open the link that sinew printed to operate'
        : 'view only: the token is of an earlier start; open the newest link';
    return { role: 'viewer', why };
  }
}

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
