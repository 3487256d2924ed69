// rdline-history - the lines that a console remembers: a ring of BUFSIZ bytes, each line with its NUL, the oldest leaving first.
// Follows the history functions of lib/cmdline/cmdline_rdline.c (22.11).

/** RDLINE_HISTORY_BUF_SIZE: BUFSIZ of glibc. */
const HISTORY_BYTES = 8192;

export class RdlineHistory {
  /** Oldest first. */
  private readonly lines: string[] = [];

  add(line: string): void {
    if (line.length >= HISTORY_BYTES) return;
    while (line.length >= HISTORY_BYTES - this.bytes()) this.lines.shift();
    this.lines.push(line);
  }

  /** Index 0 is the newest. */
  get(index: number): string | undefined {
    return this.lines[this.lines.length - 1 - index];
  }

  /** rdline_remove_first_history_item. */
  removeNewest(): void {
    this.lines.pop();
  }

  private bytes(): number {
    return this.lines.reduce((sum, line) => sum + line.length + 1, 0);
  }
}
