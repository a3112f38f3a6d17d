// Module hooks of typescript_loader.mjs; Node runs them on a thread of their own.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import typescript from 'typescript';
import { projectRoot } from './setup/stamp.mjs';

const source = `${pathToFileURL(join(projectRoot, 'src')).href}/`;
const compiled = `${pathToFileURL(join(projectRoot, 'dist')).href}/`;
const compilerOptions = {
  module: typescript.ModuleKind.ESNext,
  target: typescript.ScriptTarget.ES2022,
  inlineSourceMap: true,
  inlineSources: true,
};

export async function resolve(specifier, context, next) {
  if (specifier.startsWith('.') && context.parentURL?.endsWith('.ts')) {
    const url = new URL(specifier, context.parentURL).href;
    if (url.startsWith(source)) return next(compiled + url.slice(source.length), context);
    const typed = url.replace(/\.js$/, '.ts');
    if (typed !== url && existsSync(fileURLToPath(typed))) return next(typed, context);
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const fileName = fileURLToPath(url);
  const { outputText } = typescript.transpileModule(readFileSync(fileName, 'utf8'), {
    fileName,
    compilerOptions,
  });
  return { format: 'module', source: outputText, shortCircuit: true };
}
