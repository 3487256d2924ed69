// vt100 - keys from the bytes that a terminal sends: lib/cmdline's parser of control sequences (cmdline_vt100.c of 22.11).
// A sequence ends at its final letter, known or not; the letter of an unknown one is then taken as typed, as there.

export type Key =
  | "up"
  | "down"
  | "right"
  | "left"
  | "backspace"
  | "return"
  | "home"
  | "end"
  | "kill"
  | "yank"
  | "cancel"
  | "delete"
  | "tab"
  | "delete or end of input"
  | "redisplay"
  | "delete word left"
  | "word left"
  | "word right"
  | "help"
  | "delete word right";

const ESCAPE = "\x1b";

const KEYS: ReadonlyMap<string, Key> = new Map([
  [`${ESCAPE}[A`, "up"],
  [`${ESCAPE}[B`, "down"],
  [`${ESCAPE}[C`, "right"],
  [`${ESCAPE}[D`, "left"],
  ["\x7f", "backspace"],
  ["\n", "return"],
  ["\x01", "home"],
  ["\x05", "end"],
  ["\x0b", "kill"],
  ["\x19", "yank"],
  ["\x03", "cancel"],
  ["\x06", "right"],
  ["\x02", "left"],
  [`${ESCAPE}[3~`, "delete"],
  ["\t", "tab"],
  ["\x04", "delete or end of input"],
  ["\x0c", "redisplay"],
  ["\r", "return"],
  [`${ESCAPE}\x7f`, "delete word left"],
  [`${ESCAPE}b`, "word left"],
  [`${ESCAPE}f`, "word right"],
  ["?", "help"],
  ["\x17", "delete word left"],
  ["\x10", "up"],
  ["\x0e", "down"],
  [`${ESCAPE}d`, "delete word right"],
  ["\b", "backspace"],
]);

/** CMDLINE_VT100_BUF_SIZE. */
const SEQUENCE_MAXIMUM = 8;

export class Vt100 {
  private sequence = "";
  private state: "init" | "escape" | "csi" = "init";

  /** A byte, as a character. @returns a key; "none": no key; "more": a sequence goes on */
  take(c: string): Key | "none" | "more" {
    if (this.sequence.length >= SEQUENCE_MAXIMUM) {
      this.state = "init";
      this.sequence = "";
    }
    this.sequence += c;
    if (this.state === "init") {
      if (c !== ESCAPE) return this.end();
      this.state = "escape";
    } else if (this.state === "escape") {
      if (c === "[") this.state = "csi";
      else if (c >= "0" && c <= "\x7f") return this.end();
    } else if (c >= "@" && c <= "~") {
      return this.end();
    }
    return "more";
  }

  /** vt100_init: what has been read of a sequence stays read. */
  reset(): void {
    this.state = "init";
  }

  private end(): Key | "none" {
    const key = KEYS.get(this.sequence) ?? "none";
    this.sequence = "";
    this.state = "init";
    return key;
  }
}
