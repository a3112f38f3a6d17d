/** What a zod schema expected where a value does not fit, in words that go on after "expected". */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

export function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'too_small': {
      const word = issue.inclusive === true ? 'at least' : 'above';
      return size(issue.origin, issue.exact === true ? 'exactly' : word, issue.minimum);
    }
    case 'too_big': {
      const word = issue.inclusive === true ? 'at most' : 'below';
      return size(issue.origin, issue.exact === true ? 'exactly' : word, issue.maximum);
    }
    case 'invalid_value':
      return oneOf(issue.values.map(String));
    case 'invalid_union':
      return alternatives(issue);
    case 'invalid_key':
      return issue.issues.map(expectation).join(', ');
    case 'invalid_type':
      if (issue.expected === 'int') return 'a whole number';
      break;
  }
  return issue.message.replace(/^Invalid input: expected /, '').replace(/, received .*$/, '');
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`;
}

/** Of what may be one thing or another: the things, or what tells them apart. */
function alternatives(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  if ('options' in issue && Array.isArray(issue.options)) return oneOf(issue.options.map(String));
  const each = issue.errors.flatMap((issues) => issues.slice(0, 1).map(expectation));
  return [...new Set(each)].join(' or ');
}

/** "a number above 0", "at least 2 entries"; `word` says on which side of `bound` it has to be. */
function size(origin: string, word: string, bound: number | bigint): string {
  const count = (thing: string, things: string) =>
    `${word} ${bound} ${Number(bound) === 1 ? thing : things}`;
  switch (origin) {
    case 'number':
    case 'int':
    case 'bigint':
      return `a number ${word === 'above' || word === 'below' ? '' : 'of '}${word} ${bound}`;
    case 'string':
      return word === 'at least' && bound === 1
        ? 'a text that is not empty'
        : `a text of ${count('character', 'characters')}`;
    default:
      return count('entry', 'entries');
  }
}
