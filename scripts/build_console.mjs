#!/usr/bin/env node
// Builds the operator's page (src/console/page) into dist/console/site, from where the console serves
// it. It needs no network, neither here nor in the browser.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { projectRoot } from './setup/stamp.mjs';

export async function buildConsole() {
  await build({
    root: join(projectRoot, 'src', 'console', 'page'),
    base: './',
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    build: {
      outDir: join(projectRoot, 'dist', 'console', 'site'),
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      // One file of script: three alone is most of it.
      chunkSizeWarningLimit: 2000,
    },
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await buildConsole();
