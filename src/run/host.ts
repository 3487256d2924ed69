// host - what a run asks of the machine it runs on. src/node implements it over Node; a web page could over its own.

/** A capture being read. */
export interface HostInput {
  /** What messages call it. */
  readonly name: string;
  /** Bytes of a regular file, else undefined. */
  readonly size: number | undefined;
  /** When the file was last written, nanoseconds since 1970; else undefined. */
  readonly mtimeNs: bigint | undefined;
  /** Reads on into `into`. @returns bytes; 0 at the end */
  read(into: Uint8Array): number;
  /** Starts again at the first byte. @throws UsageError where that cannot be */
  rewind(): void;
  close(): void;
}

/** A file being written: complete after commit, absent after abort. */
export interface HostOutput {
  write(chunk: Uint8Array): void;
  commit(): void;
  abort(): void;
}

export interface Digest {
  update(bytes: Uint8Array): void;
  hex(): string;
}

export interface Host {
  /** The bytes of engine.wasm. */
  engineBytes(): Uint8Array<ArrayBuffer>;
  openInput(path: string): HostInput;
  openOutput(path: string): HostOutput;
  /** A whole file. what: the word that errors call it by. @throws UsageError with words when it cannot be read */
  readFile(path: string, what: string): Uint8Array;
  /** Path of the shipped cost profile. */
  defaultProfile(): string;
  sha256(): Digest;
  /** Milliseconds since some moment. */
  nowMs(): number;
  /** Nanoseconds since 1970. */
  dateNs(): bigint;
  /** Lets timers and signals in. */
  rest(): Promise<void>;
  /** The run was asked to stop (SIGINT). */
  interrupted(): boolean;
  /** A line for the user beside the result: warnings, corrections. */
  warn(line: string): void;
}
