// input - where a capture's bytes come from; src/node implements it over files.

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
