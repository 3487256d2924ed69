// rdline - the console's line editor: bytes in, what is to be shown and finished lines out.
// Follows lib/cmdline/cmdline_rdline.c and cmdline_in of 22.11, byte for byte, and does the same whether its input is a terminal or
// a pipe: it echoes what is typed, and CR LF at a line's end. Tab completes, `?` lists (so no line has one), Ctrl-C drops the
// line, Ctrl-D on an empty one ends the input. Only printable ASCII gets into a line; what exceeds 512 characters is dropped.
// Invariants: 1. `left` ends and `right` begins at the cursor. 2. While the user looks at older lines (`shown` >= 0), the history's
// newest entry is the line that was being typed.
// The terminal must be in raw mode: no echo, no line buffering, no signals from keys.
import type { Completion } from "./complete.ts";
import { RdlineHistory } from "./rdline-history.ts";
import { type Key, Vt100 } from "./vt100.ts";

/** RDLINE_BUF_SIZE and RDLINE_PROMPT_SIZE. */
const LINE_MAXIMUM = 512;
const PROMPT_MAXIMUM = 31;

const CLEAR_RIGHT = "\x1b[0K";
const LEFT = "\x1b[D";
const RIGHT = "\x1b[C";
/** Up a line and to its beginning: undoes a line end. */
const HOME = "\x1bM\x1bE";

export interface RdlineHost {
  write(text: string): void;
  /** What Tab gives for the line up to the cursor; state as `complete` of console/complete.ts has it. */
  complete(line: string, state: number): Completion;
}

/** line: a line is finished; it is to be run before `next` is called. end: Ctrl-D on an empty line. */
export type RdlineEvent = { readonly kind: "line"; readonly line: string } | { readonly kind: "end" };

const isBlank = (c: string): boolean => c === " " || c === "\t";
const isPrintable = (c: string): boolean => c >= " " && c <= "~";

export class Rdline {
  private readonly host: RdlineHost;
  private readonly prompt: string;
  private readonly vt100 = new Vt100();
  private readonly history = new RdlineHistory();
  private left = "";
  private right = "";
  private killed = "";
  /** Index of the shown line in the history; -1: none. */
  private shown = -1;

  /** Shows the prompt. */
  constructor(prompt: string, host: RdlineHost) {
    this.prompt = prompt.slice(0, PROMPT_MAXIMUM);
    this.host = host;
    this.newLine();
  }

  /** A byte that was typed or read. */
  take(byte: number): RdlineEvent | undefined {
    const c = String.fromCharCode(byte);
    const key = this.vt100.take(c);
    if (key === "more") return undefined;
    if (key !== "none") return this.press(key);
    if (isPrintable(c) && this.left.length + this.right.length < LINE_MAXIMUM) {
      this.left += c;
      this.host.write(c);
      this.showRight(false);
    }
    return undefined;
  }

  /** After a line has been run: remembers it and shows the prompt. Not called after `quit`. */
  next(): void {
    const line = this.left + this.right;
    if (line !== "" && line !== this.history.get(0)) this.history.add(line);
    this.newLine();
  }

  private newLine(): void {
    this.vt100.reset();
    this.left = "";
    this.right = "";
    this.shown = -1;
    this.host.write(this.prompt);
  }

  private press(key: Key): RdlineEvent | undefined {
    switch (key) {
      case "return":
        return this.finish();
      case "delete or end of input":
        if (this.left + this.right === "") return { kind: "end" };
        this.deleteRight();
        return undefined;
      case "cancel":
        this.host.write("\r\n");
        this.newLine();
        return undefined;
      case "tab":
        this.complete(0);
        return undefined;
      case "help":
        this.complete(-1);
        return undefined;
      case "redisplay":
        this.redisplay();
        return undefined;
      case "up":
        this.showOlder();
        return undefined;
      case "down":
        this.showNewer();
        return undefined;
      default:
        this.edit(key);
        return undefined;
    }
  }

  private finish(): RdlineEvent {
    this.host.write("\r\n");
    if (this.shown !== -1) this.history.removeNewest();
    return { kind: "line", line: this.left + this.right };
  }

  private edit(key: Key): void {
    const { host } = this;
    switch (key) {
      case "left":
        this.moveLeft(1, LEFT);
        break;
      case "right":
        this.moveRight(1, RIGHT);
        break;
      case "word left": {
        const count = wordAtEnd(this.left);
        this.moveLeft(count, LEFT.repeat(count));
        break;
      }
      case "word right": {
        const count = wordAtStart(this.right);
        this.moveRight(count, RIGHT.repeat(count));
        break;
      }
      case "home":
        this.moveLeft(this.left.length, `\x1b[${this.left.length}D`);
        break;
      case "end":
        this.moveRight(this.right.length, `\x1b[${this.right.length}C`);
        break;
      case "backspace":
        if (this.left === "") break;
        this.left = this.left.slice(0, -1);
        host.write("\b");
        this.showRight(true);
        break;
      case "delete":
        this.deleteRight();
        break;
      case "delete word left": {
        const count = wordAtEnd(this.left);
        this.left = this.left.slice(0, this.left.length - count);
        host.write("\b".repeat(count));
        this.showRight(true);
        break;
      }
      case "delete word right":
        this.right = this.right.slice(wordAtStart(this.right));
        this.showRight(true);
        break;
      case "kill":
        this.killed = this.right;
        this.right = "";
        host.write(CLEAR_RIGHT);
        break;
      case "yank":
        this.insert(this.killed);
        this.showRight(false);
        break;
    }
  }

  /** how: what makes the terminal's cursor do the same. */
  private moveLeft(count: number, how: string): void {
    if (count === 0 || this.left === "") return;
    const at = this.left.length - count;
    this.right = this.left.slice(at) + this.right;
    this.left = this.left.slice(0, at);
    this.host.write(how);
  }

  private moveRight(count: number, how: string): void {
    if (count === 0 || this.right === "") return;
    this.left += this.right.slice(0, count);
    this.right = this.right.slice(count);
    this.host.write(how);
  }

  private deleteRight(): void {
    if (this.right === "") return;
    this.right = this.right.slice(1);
    this.showRight(true);
  }

  /** At the cursor, as far as there is room. */
  private insert(text: string): void {
    const room = LINE_MAXIMUM - this.left.length - this.right.length;
    const taken = text.slice(0, Math.max(room, 0));
    this.left += taken;
    this.host.write(taken);
  }

  /** display_right_buffer: shows what is right of the cursor anew, and comes back. always: also when that is nothing */
  private showRight(always: boolean): void {
    if (!always && this.right === "") return;
    const back = this.right === "" ? "" : `\x1b[${this.right.length}D`;
    this.host.write(CLEAR_RIGHT + this.right + back);
  }

  private redisplay(): void {
    this.host.write(HOME + this.prompt + this.left);
    this.showRight(true);
  }

  /** state: 0 appends what is certain, if anything is; -1 lists at once */
  private complete(state: number): void {
    const { host, left } = this;
    let answer = host.complete(left, state);
    if (answer.kind === "none") return;
    if (answer.kind === "append") {
      this.insert(answer.text);
      this.showRight(true);
      return;
    }
    host.write("\r\n");
    while (answer.kind === "choice") {
      host.write(` ${answer.text}\r\n`);
      answer = host.complete(left, answer.state);
    }
    this.redisplay();
  }

  private showOlder(): void {
    if (this.shown === 0) this.history.removeNewest();
    if (this.shown <= 0) {
      this.history.add(this.left + this.right);
      this.shown = 0;
    }
    if (this.show(this.shown + 1)) this.shown++;
  }

  private showNewer(): void {
    if (this.shown - 1 < 0) return;
    this.shown--;
    this.show(this.shown);
  }

  private show(index: number): boolean {
    const line = this.history.get(index);
    if (line === undefined) return false;
    this.vt100.reset();
    this.left = line;
    this.right = "";
    this.redisplay();
    return true;
  }
}

/** Characters of the last word, blanks behind it included. */
function wordAtEnd(text: string): number {
  let at = text.length;
  while (at > 0 && isBlank(text.charAt(at - 1))) at--;
  while (at > 0 && !isBlank(text.charAt(at - 1))) at--;
  return text.length - at;
}

/** Characters of the first word, blanks before it included. */
function wordAtStart(text: string): number {
  let at = 0;
  while (at < text.length && isBlank(text.charAt(at))) at++;
  while (at < text.length && !isBlank(text.charAt(at))) at++;
  return at;
}
