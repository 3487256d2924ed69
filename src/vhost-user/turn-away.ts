// turn-away - the end of a connection that nobody serves. A front-end that finds its socket closed while it writes dies of SIGPIPE (virtio_user
// of DPDK 22.11, whose first message wants no reply): it is heard until it waits for an answer, and only then is the socket closed.
import { RingbedError } from "../errors.ts";
import { Connection } from "./connection.ts";
import type { Host, Stream } from "./host.ts";
import { FLAG_NEED_REPLY, REQUESTS, requestName } from "./message.ts";

/** A peer that says nothing keeps its socket no longer. */
const PATIENCE_MS = 1000;

/** Reads a peer's messages, without an answer, until it waits for one; then closes. Closing the stream ends it sooner. */
export async function turnAway(host: Host, stream: Stream): Promise<void> {
  const connection = new Connection(host, stream);
  const cancel = host.after(PATIENCE_MS, () => connection.close());
  try {
    for (let waits = false; !waits; ) {
      const message = await connection.receive();
      if (message === undefined) return;
      connection.discard(message.fds);
      const name = requestName(message.request);
      waits = (message.flags & FLAG_NEED_REPLY) !== 0 || (name !== undefined && REQUESTS[name].reply !== "ack");
    }
  } catch (error) {
    if (!(error instanceof RingbedError)) throw error; // what it says does not matter any more
  } finally {
    cancel();
    connection.close();
  }
}
