// csum beyond its recordings: offload flags and lengths, counters of bad checksums, and sums of any length and place against a plain one.
import { describe, expect, it } from "vitest";
import { ENGINE_5TSWAP, ENGINE_CSUM } from "../../../assembly/abi/engines.ts";
import * as offload from "../../../assembly/abi/forwarding.ts";
import type { PortSettings } from "../../../src/wasm/forwarding.ts";
import { payload } from "../../support/captures.ts";
import { inputOf } from "../../support/forwarded.ts";
import { lane } from "../../support/lane.ts";
import { withSeed } from "../../support/random.ts";

const V4 = 1n << 55n;
const V6 = 1n << 56n;
const IP_SUM = 1n << 54n;
const TCP_SUM = 1n << 52n;
const SCTP_SUM = 2n << 52n;
const UDP_SUM = 3n << 52n;
const TCP_SEG = 1n << 50n;

/** A frame of these protocols: `l4` 6 TCP, 17 UDP or 132 SCTP, with n bytes of payload. */
function frame(version: 4 | 6, l4: number, n: number): Uint8Array {
  const header = l4 === 6 ? 20 : l4 === 17 ? 8 : 12;
  const l3 = version === 4 ? 20 : 40;
  const bytes = new Uint8Array(14 + l3 + header + n);
  const view = new DataView(bytes.buffer);
  bytes.set(payload(14 + l3 + header + n, n));
  if (version === 4) {
    bytes.set([8, 0, 0x45], 12);
    view.setUint16(16, l3 + header + n);
    view.setUint16(20, 0);
    bytes[23] = l4;
  } else {
    bytes.set([0x86, 0xdd, 0x60], 12);
    view.setUint16(18, header + n);
    bytes[20] = l4;
  }
  if (l4 === 6) bytes[14 + l3 + 12] = 0x50;
  if (l4 === 17) bytes[14 + l3 + 6] ||= 1;
  return bytes;
}

/** The sum of RFC 1071, complemented, the plain way. */
function sumOf(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (let i = 0; i < bytes.length; i += 2) sum += (bytes[i]! << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536);
  return ~sum & 0xffff;
}

/** What the UDP or TCP checksum field must hold. */
function l4Sum(bytes: Uint8Array): number {
  const four = bytes[12] === 8;
  const [addresses, at, l4] = four ? [bytes.slice(26, 34), 34, bytes[23]!] : [bytes.slice(22, 54), 54, bytes[20]!];
  const data = bytes.slice(at);
  data.fill(0, l4 === 6 ? 16 : 6, l4 === 6 ? 18 : 8);
  const sum = sumOf(data, l4 + data.length + (~sumOf(addresses) & 0xffff));
  return sum === 0 && l4 === 17 ? 0xffff : sum;
}

function forwarded(port: PortSettings, frames: readonly Uint8Array[], cuts?: (bytes: Uint8Array) => number[]) {
  const it = lane({ engine: ENGINE_CSUM });
  it.machine.forwarding.setPortConfig(0, port);
  it.push(frames.map((bytes, i) => it.hands.packet(it.pool, bytes, i, cuts?.(bytes))));
  it.poll();
  return it.pull().map((m) => ({ bytes: it.hands.bytes(m), fields: it.hands.fields(m) }));
}

describe("testpmd csum", () => {
  const {
    TX_OFFLOAD_IPV4_CKSUM: ip,
    TX_OFFLOAD_UDP_CKSUM: udp,
    TX_OFFLOAD_TCP_CKSUM: tcp,
    TX_OFFLOAD_SCTP_CKSUM: sctp,
  } = offload;

  it.each([
    [4, 17, 0, V4],
    [4, 17, ip, V4 | IP_SUM],
    [4, 17, ip | udp, V4 | IP_SUM | UDP_SUM],
    [4, 6, tcp, V4 | TCP_SUM],
    [4, 6, udp, V4],
    [6, 17, ip | udp, V6 | UDP_SUM],
    [6, 6, tcp, V6 | TCP_SUM],
    [4, 132, sctp, V4 | SCTP_SUM],
  ] as const)(
    "IPv%i protocol %i with tx offloads %i sets the flags of what it leaves to the port",
    (version, l4, offloads, flags) => {
      const sent = frame(version, l4, 20);
      const [{ bytes, fields } = { bytes: sent, fields: undefined }] = forwarded(
        { txOffloads: BigInt(offloads), macSwap: false },
        [sent],
      );
      expect(fields!.olFlags).toBe(flags);
      const l3 = version === 4 ? 20 : 40;
      expect(fields!.txOffload).toBe(BigInt(14 | (l3 << 7) | ((l4 === 6 ? 20 : l4 === 17 ? 8 : 0) << 16)));
      const at = 14 + l3 + (l4 === 6 ? 16 : l4 === 17 ? 6 : 8);
      const changed = (from: number, n: number): boolean =>
        `${bytes.slice(from, from + n)}` !== `${sent.slice(from, from + n)}`;
      if (version === 4) expect(changed(24, 2)).toBe((offloads & ip) === 0);
      expect(changed(at, 2)).toBe((flags & (3n << 52n)) === 0n);
    },
  );

  it("an SCTP packet whose length is no multiple of 4 is not left to the port", () => {
    const [it] = forwarded({ txOffloads: BigInt(sctp) }, [frame(4, 132, 21)]);
    expect(it!.fields.olFlags).toBe(V4);
    expect([...it!.bytes.slice(42, 46)]).toEqual([0, 0, 0, 0]);
  });

  it.each([
    [100, 200, V4 | IP_SUM | TCP_SEG],
    [100, 100, V4],
  ])("a TCP packet for segments of %i bytes with %i of payload", (tsoBytes, n, flags) => {
    const [it] = forwarded({ tsoBytes }, [frame(4, 6, n)]);
    expect(it!.fields.olFlags).toBe(flags);
    expect(it!.fields.txOffload >> 24n).toBe(BigInt(tsoBytes));
  });

  it("a tunnel's outer checksums left to the port are flagged, with outer lengths in the metadata", () => {
    const offloads = offload.TX_OFFLOAD_OUTER_IPV4_CKSUM | offload.TX_OFFLOAD_OUTER_UDP_CKSUM;
    const [it] = forwarded(
      { parseTunnel: true, txOffloads: BigInt(offloads), macSwap: false },
      inputOf("tunnels").slice(4, 5),
    );
    expect(it!.fields.olFlags).toBe(V4 | (1n << 45n) | (1n << 59n) | (1n << 58n) | (1n << 41n));
    expect(it!.fields.txOffload).toBe(BigInt(30 | (20 << 7) | (8 << 16)) | (20n << 40n) | (14n << 49n));
  });

  it("writes right sums over payloads of every length, in one segment and in several", () => {
    withSeed(7, (random) => {
      for (let round = 0; round < 12; round++) {
        const frames = Array.from({ length: 30 }, () =>
          frame(random.below(2) ? 4 : 6, random.below(2) ? 6 : 17, random.below(1900)),
        );
        // cut behind the headers at even places: sums from odd ones on are wrong in the real one, see csum-sum
        const cuts = (bytes: Uint8Array): number[] => {
          const first = Math.min(80 + 2 * random.below(400), bytes.length);
          return round % 2 && first < bytes.length ? [first, bytes.length - first] : [bytes.length];
        };
        for (const { bytes } of forwarded({ macSwap: false }, frames, cuts)) {
          const four = bytes[12] === 8;
          if (four) expect(sumOf(bytes.slice(14, 34))).toBe(0);
          const at = (four ? 34 : 54) + ((four ? bytes[23] : bytes[20]) === 6 ? 16 : 6);
          expect((bytes[at]! << 8) | bytes[at + 1]!, `length ${bytes.length} in round ${round}`).toBe(l4Sum(bytes));
        }
      }
    });
  });

  it("a segment that begins at an odd byte is summed as 22.11 does: the low half swapped, the rest forgotten", () => {
    const bytes = frame(4, 17, 600);
    bytes.fill(0xff, 42);
    const [cut] = forwarded({ macSwap: false }, [bytes], () => [101, bytes.length - 101]);
    const data = bytes.slice(34);
    data.fill(0, 6, 8);
    /** Words as they lie in memory, not folded. */
    const words = (part: Uint8Array): number => part.reduce((sum, byte, i) => sum + byte * (i % 2 ? 256 : 1), 0);
    const swapped = (n: number): number => ((n & 0xff) << 8) | ((n >> 8) & 0xff);
    let sum = words(data.slice(0, 67)) + swapped(words(data.slice(67)) & 0xffff);
    sum += words(bytes.slice(26, 34)) + 17 * 256 + swapped(data.length);
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    expect(cut!.bytes[40]! | (cut!.bytes[41]! << 8)).toBe(~sum & 0xffff);
    const [whole] = forwarded({ macSwap: false }, [bytes]);
    expect(cut!.bytes.slice(40, 42)).not.toEqual(whole!.bytes.slice(40, 42));
  });

  it("counts what received flags say of checksums", () => {
    const it = lane({ engine: ENGINE_CSUM });
    const flags = [
      1n << 4n,
      1n << 7n,
      (1n << 4n) | (1n << 7n),
      1n << 3n,
      1n << 8n,
      1n << 5n,
      1n << 21n,
      (1n << 3n) | (1n << 4n),
    ];
    const packets = flags.map((olFlags) => {
      const m = it.hands.packet(it.pool, frame(4, 17, 9));
      it.machine.engine.mbufSetFlags(m, olFlags);
      return m;
    });
    it.push(packets);
    it.poll();
    expect(it.machine.forwarding.readStream(it.stream)).toMatchObject({
      rxBadIpChecksum: 2,
      rxBadL4Checksum: 2,
      rxBadOuterIpChecksum: 1,
      rxBadOuterL4Checksum: 1,
    });
    expect(it.pull().map((m) => it.hands.fields(m).olFlags)).toEqual(flags.map(() => V4));
  });

  it.each([
    ["csum", ENGINE_CSUM],
    ["5tswap", ENGINE_5TSWAP],
  ])("%s: tags to the end of the buffer lead nowhere, and nothing outside it is written", (_, engine) => {
    const it = lane({ engine });
    const tags = new Uint8Array(2048);
    for (let i = 12; i < 2048; i += 4) tags.set([0x81, 0], i);
    const pool = it.machine.addPool(1, 0, 4); // nobody else's buffer lies behind the packet's
    const [first = 0] = it.hands.take(pool, 1);
    const end = it.hands.fields(first).buffer + 2176;
    const behind = it.machine.arena.bytes.slice(end, end + 8192);
    it.hands.free([first]);
    // an IPv4 header of 60 bytes at every place near the end of the buffer, and none
    for (let at = 1900; at < 2060; at += 4) {
      const late = tags.slice();
      if (at <= 2036) late.set([8, 0, 0x4f, 0, 0, 40, 0, 0, 0, 0, 64, 17], at);
      it.push([it.hands.packet(pool, late)]);
      it.poll();
      it.hands.free(it.pull());
    }
    expect(it.machine.arena.bytes.slice(end, end + 8192)).toEqual(behind);
    expect(it.machine.engine.mempoolAvailable(pool)).toBe(1);
  });
});
