/** What must not move the arm: pages from elsewhere, pages without the token, floods and replays. */
import { createServer, type Server } from 'node:http';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import type { TestBrowser } from './browser.js';
import { type ConsoleRig, shareConsole, TOKEN } from './console_rig.js';

let rig: ConsoleRig;
let browser: TestBrowser;

shareConsole((both) => {
  ({ rig, browser } = both);
});

/** A page of a site of its own, on another port of this computer. */
async function foreignPage(): Promise<{ page: Page; server: Server }> {
  const server = createServer((_, response) =>
    response.end('<!doctype html><title>foreign</title>'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const page = await browser.context.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  return { page, server };
}

/**
 * Opens a connection in the page by hand, greets with the token, and runs `script` with `socket`,
 * `welcome`, `send(seq, message)`, `authority` (the newest word on it) and `closed` (a promise of the
 * close code) at hand.
 */
function byHand<T>(page: Page, script: string): Promise<T> {
  return page.evaluate<T>(`new Promise((resolve, reject) => {
    const socket = new WebSocket('ws://127.0.0.1:${rig.port}/live');
    const closed = new Promise((done) => { socket.onclose = ({ code }) => done(code); });
    socket.onerror = () => {};
    let echo = 0;
    let authority;
    let welcome;
    const send = (seq, message) =>
      socket.send(JSON.stringify({ session: welcome.session, seq, echo, ...message }));
    const beat = { type: 'authority', deadman: true, mode: 'operator', groups: ['arm'] };
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', token: '${TOKEN}' }));
    socket.onmessage = ({ data }) => {
      if (typeof data !== 'string') return;
      const message = JSON.parse(data);
      if (message.type === 'state') {
        echo = message.n;
        authority = message.authority;
      }
      if (message.type === 'welcome') welcome = message;
      if (welcome === undefined || echo === 0 || socket.begun) return;
      socket.begun = true;
      (async () => { ${script} })().then(resolve, reject);
    };
    closed.then((code) => { if (!socket.begun) resolve({ refused: code }); });
  })`);
}

describe('a page from another origin', () => {
  it('gets no connection, though it knows the token', async () => {
    const { page, server } = await foreignPage();
    try {
      const outcome = await byHand<{ refused: number }>(
        page,
        'send(1, beat); return { refused: 0 };',
      );
      expect(outcome).toEqual({ refused: 1006 });
      expect(rig.authority.mode).toBe('policy');
    } finally {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    }
  });
});

describe('a page without the token', () => {
  it('sees everything and can do nothing, not even by its keys', async () => {
    const page = await browser.page(rig.link('straight', ''));
    await page.locator('#alarm .note', { hasText: 'view only' }).waitFor();
    await page.locator('.camera[data-stale="false"]').first().waitFor();
    expect(await page.locator('#e-stop').isDisabled()).toBe(true);
    expect(await page.locator('#take').isDisabled()).toBe(true);
    const before = rig.authorities.length;
    for (const key of ['t', 'Space', 'h', 'Enter']) await page.keyboard.press(key);
    await rig.until(() => rig.authorities.length > before + 5, 'more words on authority');
    expect(rig.authority).toMatchObject({ phase: 'active', mode: 'policy', operator: null });
  });

  it('is refused by the server as well, whatever it sends', async () => {
    const page = await browser.page(rig.link('straight', ''));
    const text = await byHand<string>(
      page,
      `const other = new WebSocket(socket.url);
       await new Promise((done) => { other.onopen = done; });
       other.send(JSON.stringify({ type: 'hello', token: 'a-token-that-is-not-right' }));
       const next = () => new Promise((done) => {
         other.onmessage = ({ data }) => {
           if (typeof data !== 'string') return;
           const message = JSON.parse(data);
           if (['welcome', 'notice'].includes(message.type)) done(message);
         };
       });
       const { session } = await next();
       other.send(JSON.stringify({ ...beat, session, seq: 1, echo }));
       return (await next()).text;`,
    );
    expect(text).toMatch(/view only/);
    expect(rig.authority.mode).toBe('policy');
  });
});

describe('an operator’s page that misbehaves', () => {
  it('loses authority by a flood, and the arm holds; another page can still stop it', async () => {
    const page = await browser.page(rig.link());
    const other = await browser.page(rig.link());
    const code = await byHand<number>(
      page,
      `let seq = 0;
       const mine = () => authority?.operator === welcome.operator && authority.deadman;
       while (!mine()) {
         send(++seq, { ...beat, deadman: false, mode: 'hold' });
         for (let i = 0; i < 20 && !mine(); i++) {
           send(++seq, beat);
           await new Promise((done) => setTimeout(done, 50));
         }
       }
       for (let i = 0; i < 6000; i++) send(++seq, beat);
       return await closed;`,
    );
    expect(code).toBe(1008);
    await rig.granted(({ mode }) => mode === 'hold', 'holding');
    await other.keyboard.press('Space');
    await rig.granted(({ phase }) => phase === 'e_stop', 'the e-stop');
  });

  it('is cut off by a message too long', async () => {
    const page = await browser.page(rig.link());
    const code = await byHand<number>(
      page,
      `send(1, { ...beat, groups: ['x'.repeat(10000)] });
       return await closed;`,
    );
    expect(code).toBe(1009);
    expect(rig.authority.mode).toBe('policy');
  });

  it('takes over by nothing that was replayed, neither here nor in another session', async () => {
    const page = await browser.page(rig.link());
    const answers = await byHand<string[]>(
      page,
      `const answers = [];
       const heard = socket.onmessage;
       const refusals = new Promise((done) => {
         socket.onmessage = (event) => {
           heard(event);
           if (typeof event.data !== 'string') return;
           const message = JSON.parse(event.data);
           if (message.type === 'notice') answers.push(message.text);
           if (answers.length === 3) done();
         };
       });
       send(5, { ...beat, deadman: false, mode: 'hold' });
       send(5, beat);
       send(4, beat);
       socket.send(JSON.stringify({ ...beat, session: 'of-yesterday', seq: 6, echo }));
       await refusals;
       return answers;`,
    );
    expect(answers).toEqual([
      'replayed or out of order',
      'replayed or out of order',
      'another session',
    ]);
    expect(rig.authority.mode).toBe('policy');
  });
});
