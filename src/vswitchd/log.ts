// log - ovs-vswitchd's log: `DATE|NUMBER|MODULE|LEVEL|TEXT` lines, as its log file has them.
import { VlogLevels } from "./vlog-levels.ts";

export type LogLevel = "DBG" | "INFO" | "WARN" | "ERR";

const VLOG = { DBG: "dbg", INFO: "info", WARN: "warn", ERR: "err" } as const;

export class Log {
  readonly levels = new VlogLevels();
  private readonly date: () => string;
  private readonly write: (line: string, level: LogLevel) => void;
  private count = 0;

  /** date: of now, as vlog writes it */
  constructor(date: () => string, write: (line: string, level: LogLevel) => void) {
    this.date = date;
    this.write = write;
  }

  debug(module: string, text: string): void {
    this.line(module, "DBG", text);
  }

  info(module: string, text: string): void {
    this.line(module, "INFO", text);
  }

  warn(module: string, text: string): void {
    this.line(module, "WARN", text);
  }

  error(module: string, text: string): void {
    this.line(module, "ERR", text);
  }

  private line(module: string, level: LogLevel, text: string): void {
    if (!this.levels.passes(module, VLOG[level])) return;
    const number = String(++this.count).padStart(5, "0");
    this.write(`${this.date()}|${number}|${module}|${level}|${text}`, level);
  }
}
