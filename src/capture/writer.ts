/**
 * What every capture writer takes and gives.
 *
 * A batch is what the engine hands out: records of [u32 little-endian length][bytes] back to back, and a time for each.
 * Chunks go to the sink in order and whole; their memory is used again after the sink returns, so a sink that keeps a
 * chunk copies it. Output depends on the arguments alone: no date, host or program version is written.
 */

/** Takes the next bytes of the capture; they are valid only until it returns. */
export type Sink = (chunk: Uint8Array) => void;

/** What a port's interface statistics say. */
export interface PortDrops {
  /** Packets the port handled, dropped ones included. */
  readonly received: bigint;
  readonly dropped: bigint;
}

export interface CaptureWriter {
  /**
   * Appends a batch of packets of one port and direction.
   * @param batch records of [u32 LE length][bytes] back to back
   * @param times nanoseconds since 1970, one a packet
   * @param port the port's place in the list of ports the writer was made with
   * @throws RangeError when the batch is not whole records or has more packets than times: a bug of the caller
   */
  write(batch: Uint8Array, times: BigUint64Array, port: number, direction: "in" | "out"): void;
  /** Writes what is left, with pcapng also a port's statistics for each that is given; the writer is then spent. */
  finish(statistics?: readonly PortDrops[]): void;
}
