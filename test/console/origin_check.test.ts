/** By which names the server may be reached, and from which pages. */
import { describe, expect, it } from 'vitest';
import { isOwnHost, isOwnOrigin, ownHosts } from '../../src/console/origin_check.js';
import { operatorLink, tokenMatches } from '../../src/console/token.js';

const own = ownHosts('127.0.0.1', 8470, ['arm.lab:8470']);

describe('origins', () => {
  it('know the server by the names of this computer and those allowed', () => {
    for (const host of ['127.0.0.1:8470', 'localhost:8470', '[::1]:8470', 'ARM.lab:8470']) {
      expect(isOwnHost(host, own), host).toBe(true);
    }
  });

  it('refuse a foreign name that resolves to this computer, and another port', () => {
    for (const host of ['evil.example:8470', '127.0.0.1:80', 'localhost', '', undefined]) {
      expect(isOwnHost(host, own), host).toBe(false);
    }
  });

  it('refuse a foreign page, a page without an origin, and look-alikes', () => {
    expect(isOwnOrigin('http://127.0.0.1:8470', own)).toBe(true);
    for (const origin of [
      ...[undefined, 'null', 'http://evil.example', 'http://127.0.0.1:8470.evil.example'],
      ...['http://evil.example/127.0.0.1:8470', 'file://', 'http://127.0.0.1:8471'],
    ]) {
      expect(isOwnOrigin(origin, own), origin).toBe(false);
    }
  });

  it('do not make a name of an address that stands for all', () => {
    expect(isOwnHost('0.0.0.0:8470', ownHosts('0.0.0.0', 8470))).toBe(false);
  });
});

describe('the token', () => {
  it('matches itself and nothing else', () => {
    expect(tokenMatches('secret', 'secret')).toBe(true);
    for (const given of ['secre', 'secret1', '', undefined]) {
      expect(tokenMatches(given, 'secret')).toBe(false);
    }
  });

  it('stands behind the # of a link, where no server sees it', () => {
    expect(operatorLink('127.0.0.1', 8470, 'abc')).toBe('http://127.0.0.1:8470/#token=abc');
    expect(operatorLink('::1', 1, 'abc')).toBe('http://[::1]:1/#token=abc');
    expect(new URL(operatorLink('0.0.0.0', 1, 'abc')).search).toBe('');
  });
});
