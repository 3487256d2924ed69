// fault - what a peer did against the protocol, or could not be given. It ends its connection, or is answered with a refusal where the
// peer asked for an answer; nothing else is touched.
import { RunError, UsageError } from "../errors.ts";

/** Message: `what: found X, expected Y`. */
export class PeerFault extends RunError {}

/** A path that no socket can be had at; the same message. */
export class SocketError extends UsageError {
  /** What strerror says of it. */
  readonly reason: string;

  constructor(message: string, reason: string) {
    super(message);
    this.reason = reason;
  }
}

export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}
