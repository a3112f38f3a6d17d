// Module hooks for runner.mjs: TypeScript without a build, and its `vitest` in place of the real one.
// A file that is imported with a query passes it on to what it imports, so that another number there
// loads all of it anew. Node runs hooks on a thread of their own.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import typescript from 'typescript';

const own = new URL('./vitest.mjs', import.meta.url).href;
const compilerOptions = {
  module: typescript.ModuleKind.ESNext,
  target: typescript.ScriptTarget.ES2022,
};
/** Compiled text by file. */
const compiled = new Map();

export async function resolve(specifier, context, next) {
  const parent = context.parentURL ? new URL(context.parentURL) : undefined;
  if (!parent?.pathname.endsWith('.ts')) return next(specifier, context);
  if (specifier === 'vitest') return { url: own, shortCircuit: true };
  if (!specifier.startsWith('.')) return next(specifier, context);
  const url = new URL(specifier.replace(/\.js$/, '.ts'), parent);
  url.search = parent.search;
  return { url: url.href, shortCircuit: true };
}

export async function load(url, context, next) {
  const file = new URL(url);
  if (file.protocol !== 'file:' || !file.pathname.endsWith('.ts')) return next(url, context);
  const fileName = fileURLToPath(file);
  if (!compiled.has(fileName)) {
    const text = readFileSync(fileName, 'utf8');
    const { outputText } = typescript.transpileModule(text, { fileName, compilerOptions });
    compiled.set(fileName, outputText);
  }
  const source = quicken(compiled.get(fileName), file.searchParams.has('counting'));
  return { format: 'module', source, shortCircuit: true };
}

/**
 * Stryker writes all mutants into the code, asks a function for the number of each, as text, whether
 * it is the one to try, and tells another one that the code was reached. In hot loops that takes ten
 * times as long as the code itself, so here both become inline, on `globalThis.mutants` (runner.mjs).
 */
export function quicken(text, counting) {
  const numbers = (list) => list.match(/\d+/g);
  return text
    .replace(/\bstryMutAct_\w+\("(\d+)"\)/g, (_, id) =>
      counting ? 'false' : `(mutants.active === ${id} && mutants.hit())`,
    )
    .replace(/\bstryCov_\w+\(("\d+"(?:, "\d+")*)\)/g, (_, ids) =>
      counting ? `(${numbers(ids).map((id) => `mutants.reached[${id}]++`)})` : '0',
    )
    .replace(/^/, 'const { mutants } = globalThis;');
}
