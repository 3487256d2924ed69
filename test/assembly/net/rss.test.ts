import { describe, expect, it } from "vitest";
import { freshMachine } from "../../support/engine.ts";

/** The key and the vectors of Microsoft's "Verifying the RSS Hash Calculation"; every driver's test of Toeplitz has them. */
const KEY = "6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa";

const VECTORS = [
  {
    from: "66.9.149.187",
    fromPort: 2794,
    to: "161.142.100.80",
    toPort: 1766,
    addresses: 0x323e8fc2,
    ports: 0x51ccc178,
  },
  { from: "199.92.111.2", fromPort: 14230, to: "65.69.140.83", toPort: 4739, addresses: 0xd718262a, ports: 0xc626b0ea },
  {
    from: "24.19.198.95",
    fromPort: 12898,
    to: "12.22.207.184",
    toPort: 38024,
    addresses: 0xd2d0a5de,
    ports: 0x5c2b394a,
  },
  {
    from: "38.27.205.30",
    fromPort: 48228,
    to: "209.142.163.6",
    toPort: 2217,
    addresses: 0x82989176,
    ports: 0xafc7327f,
  },
  {
    from: "153.39.163.191",
    fromPort: 44251,
    to: "202.188.127.2",
    toPort: 1303,
    addresses: 0x5d1809c5,
    ports: 0x10e828a2,
  },
  {
    from: "3ffe:2501:200:1fff::7",
    fromPort: 2794,
    to: "3ffe:2501:200:3::1",
    toPort: 1766,
    addresses: 0x2cc18cd5,
    ports: 0x40207d3d,
  },
  {
    from: "3ffe:501:8::260:97ff:fe40:efab",
    fromPort: 14230,
    to: "ff02::1",
    toPort: 4739,
    addresses: 0x0f0c461c,
    ports: 0xdde51bbf,
  },
  {
    from: "3ffe:1900:4545:3:200:f8ff:fe21:67cf",
    fromPort: 44251,
    to: "fe80::200:f8ff:fe21:67cf",
    toPort: 38024,
    addresses: 0x4b61e985,
    ports: 0x02d1feef,
  },
];

function address(text: string): number[] {
  if (!text.includes(":")) return text.split(".").map(Number);
  const [head = "", tail = ""] = text.split("::");
  const words = (part: string): number[] => (part ? part.split(":").map((word) => Number.parseInt(word, 16)) : []);
  const [first, last] = [words(head), text.includes("::") ? words(tail) : []];
  const all = [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return all.flatMap((word) => [word >> 8, word & 0xff]);
}

interface FrameOptions {
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
  readonly proto?: number;
  readonly tags?: readonly number[];
  /** words of IPv4 options */
  readonly options?: number;
  /** flags and fragment offset */
  readonly fragment?: number;
}

function frame({
  from,
  to,
  fromPort,
  toPort,
  proto = 6,
  tags = [],
  options = 0,
  fragment = 0,
}: FrameOptions): Uint8Array {
  const be = (n: number): number[] => [n >> 8, n & 0xff];
  const ethernet = [...new Array<number>(12).fill(2), ...tags.flatMap((type) => [...be(type), 0, 5])];
  const l4 = [...be(fromPort), ...be(toPort), 0, 0, 0, 0];
  if (from.includes(":"))
    return Uint8Array.from([
      ...ethernet,
      0x86,
      0xdd,
      0x60,
      0,
      0,
      0,
      0,
      8,
      proto,
      64,
      ...address(from),
      ...address(to),
      ...l4,
    ]);
  const ip = [
    0x45 + options,
    0,
    0,
    28,
    0,
    0,
    ...be(fragment),
    64,
    proto,
    0,
    0,
    ...address(from),
    ...address(to),
    ...new Array<number>(options * 4).fill(1),
  ];
  return Uint8Array.from([...ethernet, 0x08, 0x00, ...ip, ...l4]);
}

const machine = freshMachine();
const key = machine.arena.allocate(64, "an RSS key");
machine.arena.bytes.set(Buffer.from(KEY, "hex"), key);
const place = machine.arena.allocate(4096, "a frame");
const tuple = machine.arena.allocate(64, "a tuple");

function hash(bytes: Uint8Array): number {
  machine.arena.bytes.fill(0xff, place, place + 200);
  machine.arena.bytes.set(bytes, place);
  return machine.engine.rssHash(key, place, bytes.length, tuple) >>> 0;
}

describe("net/rss", () => {
  it.each(VECTORS)("$from -> $to: Microsoft's hash with ports for TCP and UDP, without for others", (v) => {
    expect(hash(frame(v))).toBe(v.ports);
    expect(hash(frame({ ...v, proto: 17 }))).toBe(v.ports);
    expect(hash(frame({ ...v, proto: 47 }))).toBe(v.addresses);
  });

  it.each([[[0x8100]], [[0x88a8, 0x8100]], [[0x8100, 0x8100]]])("VLAN tags %j are skipped", (tags) => {
    for (const v of VECTORS) expect(hash(frame({ ...v, tags }))).toBe(v.ports);
  });

  it("a third VLAN tag is not skipped", () =>
    expect(hash(frame({ ...VECTORS[0]!, tags: [0x8100, 0x8100, 0x8100] }))).toBe(0));

  it("IPv4 options are stepped over", () =>
    expect(hash(frame({ ...VECTORS[0]!, options: 3 }))).toBe(VECTORS[0]!.ports));

  it.each([
    ["the first fragment", 0x2000, false],
    ["a later fragment", 0x00b9, false],
    ["a packet that must not be fragmented", 0x4000, true],
  ])("%s hashes on addresses%s", (_, fragment, withPorts) => {
    expect(hash(frame({ ...VECTORS[0]!, fragment }))).toBe(withPorts ? VECTORS[0]!.ports : VECTORS[0]!.addresses);
  });

  it("frames cut short hash on what is there, and frames without IP to 0", () => {
    const v = VECTORS[0]!;
    const whole = frame(v);
    expect(hash(whole.subarray(0, 37))).toBe(v.addresses);
    expect(hash(whole.subarray(0, 38))).toBe(v.ports);
    for (const n of [0, 13, 14, 33]) expect(hash(whole.subarray(0, n))).toBe(0);
    expect(hash(frame({ ...v, tags: [0x8100] }).subarray(0, 17))).toBe(0);
    const arp = Uint8Array.from(whole);
    arp.set([0x08, 0x06], 12);
    expect(hash(arp)).toBe(0);
    const ipv6 = frame(VECTORS[5]!);
    expect(hash(ipv6.subarray(0, 53))).toBe(0);
    expect(hash(ipv6.subarray(0, 57))).toBe(VECTORS[5]!.addresses);
  });
});
