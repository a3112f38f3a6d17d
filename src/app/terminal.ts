/** A status line that refreshes in place, with log lines above it; plain lines without a terminal. */

const CLEAR_LINE = '\r\u001b[2K';

export class StatusLine {
  readonly #stream: NodeJS.WriteStream;
  readonly #live: boolean;
  #shown = '';

  /** @param live true to refresh in place; false prints only the log lines */
  constructor(stream: NodeJS.WriteStream, live: boolean) {
    this.#stream = stream;
    this.#live = live;
  }

  /** Shows `text`, cut to the width of the terminal. */
  show(text: string): void {
    if (!this.#live) return;
    this.#shown = text.slice(0, Math.max(20, (this.#stream.columns || 80) - 1));
    this.#stream.write(CLEAR_LINE + this.#shown);
  }

  /** Prints a line above the status. */
  log(text: string): void {
    this.#stream.write(this.#live ? `${CLEAR_LINE}${text}\n${this.#shown}` : `${text}\n`);
  }

  /** Ends the status line, so that what follows starts on a line of its own. */
  end(): void {
    if (this.#live && this.#shown !== '') this.#stream.write('\n');
    this.#shown = '';
  }
}

/** `[#####.....] 12/100` */
export function progressBar(done: number, total: number, width = 24): string {
  const full = total === 0 ? width : Math.round((width * done) / total);
  return `[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${done}/${total}`;
}
