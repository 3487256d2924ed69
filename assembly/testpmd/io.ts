// io - forwards as is: packets and flags untouched. Source: testpmd's default engine (iofwd).
import { streamCharge, streamRx, streamTx } from "./stream";

/** @returns packets received */
export function ioForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n) {
    streamCharge(lcore, stream, n);
    streamTx(lcore, stream, n);
  }
  return n;
}
