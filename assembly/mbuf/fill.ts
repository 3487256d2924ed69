// fill - spreads a frame that is longer than one data room over a chain of mbufs.
import { Lcore } from "../memory/lcore-context";
import { mbufFree } from "./free";
import { Mbuf, mbufChain, mbufData, mbufReset } from "./mbuf";
import { mempoolGet } from "./mempool";

/**
 * Appends the bytes from `from` to the packet m (one segment, its own bytes in place) in further mbufs.
 * rearm: of the further segments, whose dataOff it holds; room: bytes that each takes
 * @returns false: no mbuf for one of them; those appended are freed, m is what it was but for its lengths and nbSegs: reset or free it
 */
export function mbufAppend(lcore: usize, pool: usize, m: usize, from: usize, length: u32, rearm: u64, room: u32): bool {
  const place: usize = changetype<Lcore>(lcore).scratch;
  let last = m;
  while (length) {
    if (!mempoolGet(lcore, pool, place, 1)) {
      const rest: usize = changetype<Mbuf>(m).next;
      changetype<Mbuf>(m).next = 0;
      if (rest) mbufFree(lcore, rest);
      return false;
    }
    const s: usize = load<u32>(place), part = min<u32>(length, room);
    mbufReset(s, rearm, part, 0);
    memory.copy(mbufData(s), from, part);
    mbufChain(m, last, s);
    last = s;
    from += part;
    length -= part;
  }
  return true;
}
