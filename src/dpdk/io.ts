// io - where a testpmd console prints, and how it ends early.

/** The program's two streams. Text is written as it is: lines bring their own ends. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
}

/** rte_exit and exit: ends the program after what has been printed. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** rte_exit: prints why and ends the program. text: as printf would print it, line end included */
export function rteExit(io: Io, text: string): never {
  io.err(`EAL: Error - exiting with code: 1\n  Cause: ${text}`);
  throw new Exit(1);
}
