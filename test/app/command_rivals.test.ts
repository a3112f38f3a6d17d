/** Who counts as another publisher of commands. */
import { describe, expect, it } from 'vitest';
import { rivals } from '../../src/app/command_rivals.js';

const SELF = '/cell/controller';

describe('rivals on the command topic', () => {
  it('are none where all publishers are our own', () => {
    expect(rivals([], SELF, 0)).toEqual([]);
    expect(rivals([], SELF, 1)).toEqual([]);
    expect(rivals([SELF], SELF, 1)).toEqual([]);
  });

  it('are other nodes, each named once', () => {
    expect(rivals(['/rival', SELF, '/rival', '/controller'], SELF, 1)).toEqual([
      '/rival',
      '/controller',
    ]);
  });

  it('are also nodes of our own name, beyond the publishers that we have', () => {
    expect(rivals([SELF, SELF], SELF, 1)).toEqual(['another /cell/controller']);
    expect(rivals([SELF], SELF, 0)).toEqual(['another /cell/controller']);
    expect(rivals([SELF, '/rival', SELF], SELF, 1)).toEqual(['/rival', 'another /cell/controller']);
  });
});
