// two-sided - guesses whether a capture without directions holds both what a port received and what one sent, from its first packets:
// either copies of packets that differ in their MAC addresses alone (as a forwarder leaves them), or both directions of conversations.
import { INGRESS_BYTES } from "../../assembly/abi/ingress.ts";

/** Packets that are looked at. */
const SAMPLE = 1024;
/** Fewer than this many signs are chance. */
const SIGNS = 4;
const ADDRESSES = 12;
const ETHERNET_HEADER = 14;
const MULTICAST = 1;

/** @returns what makes the capture look two-sided, in words; undefined: nothing */
export function twoSided(bytes: Uint8Array, index: Uint32Array, count: number): string | undefined {
  const frames = sample(bytes, index, count);
  const copies = rewrittenCopies(frames);
  if (copies >= SIGNS && copies * 4 >= frames.length) {
    return `${copies} of its first ${frames.length} packets repeat another one with other MAC addresses`;
  }
  const answers = answeringPackets(frames);
  if (answers >= SIGNS && answers * 5 >= frames.length) {
    return `${answers} of its first ${frames.length} packets go back between MAC addresses that others go forth`;
  }
  return undefined;
}

function sample(bytes: Uint8Array, index: Uint32Array, count: number): Uint8Array[] {
  const words = INGRESS_BYTES / 4;
  return Array.from({ length: Math.min(count, SAMPLE) }, (_, i) => {
    const data = index[i * words] ?? 0;
    return bytes.subarray(data, data + (index[i * words + 1] ?? 0));
  }).filter((frame) => frame.length >= ETHERNET_HEADER);
}

/** Packets whose bytes behind the addresses came before under other addresses: once, for a sweep over addresses is no forwarder. */
function rewrittenCopies(frames: readonly Uint8Array[]): number {
  const seen = new Map<string, Set<string>>();
  for (const frame of frames) {
    const rest = `${frame.length} ${hash(frame, ADDRESSES)}`;
    const addresses = seen.get(rest) ?? new Set();
    seen.set(rest, addresses.add(frame.subarray(0, ADDRESSES).join()));
  }
  return [...seen.values()].filter((addresses) => addresses.size === 2).length;
}

/** Unicast packets that go against the direction in which most packets between their two addresses go. */
function answeringPackets(frames: readonly Uint8Array[]): number {
  const pairs = new Map<string, number>();
  for (const frame of frames) {
    if (((frame[0] ?? 0) & MULTICAST) !== 0) continue;
    const pair = `${frame.subarray(0, 6).join()} ${frame.subarray(6, 12).join()}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  let answers = 0;
  for (const [pair, count] of pairs) {
    const [to = "", from = ""] = pair.split(" ");
    // Each pair is met from both ends; a packet to oneself is no answer.
    if (to < from) answers += Math.min(count, pairs.get(`${from} ${to}`) ?? 0);
  }
  return answers;
}

/** FNV-1a over the bytes from `from` on. */
function hash(bytes: Uint8Array, from: number): number {
  let value = 0x811c9dc5;
  for (let i = from; i < bytes.length; i++) value = Math.imul(value ^ bytes[i]!, 0x01000193);
  return value >>> 0;
}
