// rxonly - receives and frees. Source: testpmd's rxonly.
import { Lcore } from "../memory/lcore-context";
import { streamCharge, streamConsume, streamRx } from "./stream";

/** @returns packets received */
export function rxonlyForward(lcore: usize, stream: usize): u32 {
  const n = streamRx(lcore, stream);
  if (n) {
    streamCharge(lcore, stream, n);
    streamConsume(lcore, stream, changetype<Lcore>(lcore).packets, n);
  }
  return n;
}
