// The message about what this system lacks.

/**
 * One line that names all that is missing and the command that installs it.
 * @param {{what: string, packages: string[]}[]} needs
 * @returns {string | undefined} undefined if nothing is
 */
export function missingLine(needs) {
  if (needs.length === 0) return undefined;
  const what = [...new Set(needs.map((need) => need.what))].join(', ');
  const packages = [...new Set(needs.flatMap((need) => need.packages))].sort().join(' ');
  return `${what}; install with: sudo apt install ${packages}`;
}
