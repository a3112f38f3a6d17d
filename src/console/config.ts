/** The `console` section of a set-up file: where the operator's page is served and what it may ask. */
import { z } from 'zod';

export const consoleSection = z
  .strictObject({
    host: z
      .string()
      .default('127.0.0.1')
      .describe('address that the page is served on; 127.0.0.1 keeps it on this computer'),
    port: z
      .int()
      .min(0)
      .max(65535)
      .default(8470)
      .describe('0 takes a free one; the printed link has it'),
    token: z
      .string()
      .min(16)
      .max(200)
      .regex(/^[\w-]+$/, 'letters, digits, _ and -')
      .optional()
      .describe(
        'what lets a page operate and not only look; a new random one at each start if absent',
      ),
    allowed_hosts: z
      .array(z.string().min(1))
      .default([])
      .describe('further names that a browser may reach this page by, such as arm.lab:8470'),
    cameras: z
      .array(z.string().min(1))
      .max(8)
      .default(['wrist', 'front'])
      .describe('cameras shown, by the name in their topic'),
    camera_width: z
      .int()
      .min(32)
      .max(1920)
      .default(320)
      .describe('wider pictures are shrunk to at most this many pixels'),
    max_message_bytes: z
      .int()
      .min(256)
      .max(65536)
      .default(4096)
      .describe('a longer message of a page ends its connection'),
    message_rate_hz: z
      .number()
      .min(20)
      .max(1000)
      .default(200)
      .describe('messages of one page a second; the rest is dropped and motion ends'),
    link_timeout_s: z
      .number()
      .min(0.1)
      .max(5)
      .default(0.5)
      .describe('a motion message that answers to an older state of ours than this moves nothing'),
    max_pages: z.int().min(1).max(64).default(8).describe('pages at once'),
    policies: z
      .array(z.string().min(1))
      .default([])
      .describe('policy packages to choose from, relative to this file'),
    instructions: z
      .array(z.string().min(1))
      .default([])
      .describe('instructions offered for policies that take one'),
  })
  .describe('the operator’s page; see docs/operating.md');

export type ConsoleConfig = z.output<typeof consoleSection>;
