/** Dark or light: as the system has it, unless the operator chose. */
const KEY = 'sinew-theme';

export function applyTheme(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const chosen = localStorage.getItem(KEY);
  document.documentElement.dataset['theme'] = chosen ?? (dark ? 'dark' : 'light');
}

export function toggleTheme(): void {
  const dark = document.documentElement.dataset['theme'] === 'dark';
  localStorage.setItem(KEY, dark ? 'light' : 'dark');
  applyTheme();
}
