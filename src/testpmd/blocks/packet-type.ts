// packet-type - what software finds a frame to be: rte_net_get_ptype and rte_get_ptype_name of DPDK 22.11's lib/net and lib/mbuf.
// One pass over outer headers, and over inner ones behind a tunnel without L4 (GRE, IP in IP). A tag of 0x8100 counts once,
// a second one is an inner L2; 0x88a8 is taken with the tag behind it.

export interface PacketType {
  /** Names of the layers that were found, in order; none: unknown. */
  readonly names: readonly string[];
  /** Header lengths in bytes of the layers that were found. */
  readonly lengths: readonly (readonly [name: string, bytes: number])[];
}

/** The front of a frame. A read past its end gives undefined, as rte_pktmbuf_read gives NULL. */
class Frame {
  private readonly view: DataView;
  /** Bytes of the packet; those that are not at hand count as there, with zeros. */
  private readonly length: number;

  constructor(bytes: Uint8Array, length: number) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.length = length;
  }

  has(at: number, size: number): boolean {
    return at + size <= this.length;
  }

  u8(at: number): number {
    return at < this.view.byteLength ? this.view.getUint8(at) : 0;
  }

  u16(at: number): number {
    return (this.u8(at) << 8) | this.u8(at + 1);
  }

  /** An EtherType as it lies in memory: 22.11 compares them so with each other, and with protocols, on a little-endian machine. */
  type(at: number): number {
    return this.u8(at) | (this.u8(at + 1) << 8);
  }
}

/** In memory's order: 0x0800, 0x86dd, ... */
const ETHER_TYPE_IPV4 = 0x0008;
const ETHER_TYPE_IPV6 = 0xdd86;
const ETHER_TYPE_VLAN = 0x0081;
const ETHER_TYPE_QINQ = 0xa888;
const ETHER_TYPE_TEB = 0x5865;
const ETHER_TYPES_MPLS = [0x4788, 0x4888];
const ETHER_BYTES = 14;
const TAG_BYTES = 4;
const IPV4_BYTES = 20;
const IPV6_BYTES = 40;
const TCP_BYTES = 20;
const L4_NAMES: Readonly<Record<number, string>> = { 6: "L4_TCP", 17: "L4_UDP", 132: "L4_SCTP" };
const L4_BYTES: Readonly<Record<number, number>> = { 17: 8, 132: 12 };
/** Hop-by-hop, routing, fragment, ESP, AH, destination options. */
const IPV6_EXTENSIONS = [0, 43, 44, 50, 51, 60];
const PROTOCOL_IPIP = 4;
const PROTOCOL_IPV6 = 41;
const PROTOCOL_GRE = 47;
/** Bytes of a GRE header by its checksum, routing, key and sequence bits; others are no GRE that is known. */
const GRE_BYTES: Readonly<Record<number, number>> = { 0: 4, 1: 8, 2: 8, 8: 8, 3: 12, 9: 12, 10: 12, 11: 16 };

/** Where the headers go on: an EtherType before L3, a protocol behind it. */
interface Position {
  at: number;
  next: number;
}

/** Layers found so far. */
interface Found {
  l2: string;
  l3: string;
  l4: string;
}

/** An L3 header and the L4 behind it. @returns whether parsing goes on behind them; false at its end */
function parseIp(frame: Frame, p: Position, found: Found, lengths: Map<string, number>): boolean {
  if (p.next === ETHER_TYPE_IPV4) {
    if (!frame.has(p.at, IPV4_BYTES)) return false;
    const first = frame.u8(p.at);
    if (first >> 4 === 4 && (first & 0xf) >= 5) found.l3 = first === 0x45 ? "L3_IPV4" : "L3_IPV4_EXT";
    const length = (first & 0xf) * 4;
    lengths.set("l3", length);
    const fragment = (frame.u16(p.at + 6) & 0x3fff) !== 0;
    const protocol = frame.u8(p.at + 9);
    p.at += length;
    return parseProtocol(p, found, lengths, fragment, protocol);
  }
  if (p.next === ETHER_TYPE_IPV6) {
    if (!frame.has(p.at, IPV6_BYTES)) return false;
    const start = p.at;
    const first = frame.u8(p.at + 6);
    p.at += IPV6_BYTES;
    lengths.set("l3", IPV6_BYTES);
    const extended = IPV6_EXTENSIONS.includes(first);
    found.l3 = extended ? "L3_IPV6_EXT" : "L3_IPV6";
    const { protocol, fragment } = extended ? skipExtensions(frame, p, first) : { protocol: first, fragment: false };
    if (protocol === undefined) return false;
    lengths.set("l3", p.at - start);
    if (protocol === 0) return false;
    return parseProtocol(p, found, lengths, fragment, protocol);
  }
  return true;
}

function parseProtocol(
  p: Position,
  found: Found,
  lengths: Map<string, number>,
  fragment: boolean,
  protocol: number,
): boolean {
  p.next = protocol;
  if (!fragment) found.l4 = L4_NAMES[protocol] ?? "";
  else {
    found.l4 = "L4_FRAG";
    lengths.set("l4", 0);
  }
  return !fragment;
}

/** rte_net_skip_ip6_ext: at most 5 headers. protocol undefined: they cannot be followed */
function skipExtensions(frame: Frame, p: Position, first: number): { protocol: number | undefined; fragment: boolean } {
  let protocol = first;
  for (let i = 0; i < 5; i++) {
    if (protocol === 59) return { protocol: 0, fragment: false };
    const options = protocol === 0 || protocol === 43 || protocol === 60;
    if (!options && protocol !== 44) return { protocol, fragment: false };
    if (!frame.has(p.at, 2)) return { protocol: undefined, fragment: false };
    const next = frame.u8(p.at);
    p.at += options ? (frame.u8(p.at + 1) + 1) * 8 : 8;
    if (!options) return { protocol: next, fragment: true };
    protocol = next;
  }
  return { protocol: undefined, fragment: false };
}

/** L4's length. @returns false where TCP is cut, which takes the L4 away */
function measureL4(frame: Frame, p: Position, found: Found, lengths: Map<string, number>): boolean {
  if (found.l4 === "L4_TCP") {
    if (!frame.has(p.at, TCP_BYTES)) return false;
    lengths.set("l4", (frame.u8(p.at + 12) & 0xf0) >> 2);
  } else {
    lengths.set("l4", L4_BYTES[p.next] ?? 0);
  }
  return true;
}

const isTag = (type: number): boolean => type === ETHER_TYPE_VLAN || type === ETHER_TYPE_QINQ;

/** A tag, or two of them where the first is 0x88a8. @returns false where they are cut */
function parseTags(frame: Frame, p: Position, lengths: Map<string, number>): boolean {
  const bytes = p.next === ETHER_TYPE_QINQ ? 2 * TAG_BYTES : TAG_BYTES;
  if (!frame.has(p.at + bytes - TAG_BYTES, TAG_BYTES)) return false;
  p.next = frame.type(p.at + bytes - 2);
  p.at += bytes;
  lengths.set("l2", (lengths.get("l2") ?? 0) + bytes);
  return true;
}

const tagName = (type: number): string => (type === ETHER_TYPE_VLAN ? "L2_ETHER_VLAN" : "L2_ETHER_QINQ");

/** Tunnel behind an L3 header. @returns its name; "" for none */
function parseTunnel(frame: Frame, p: Position): string {
  if (p.next === PROTOCOL_IPIP) p.next = ETHER_TYPE_IPV4;
  else if (p.next === PROTOCOL_IPV6) p.next = ETHER_TYPE_IPV6;
  else if (p.next === PROTOCOL_GRE && frame.has(p.at, 4)) {
    const bytes = GRE_BYTES[frame.u16(p.at) >> 12];
    if (bytes === undefined) return "";
    p.next = frame.type(p.at + 2);
    p.at += bytes;
    return p.next === ETHER_TYPE_TEB ? "TUNNEL_NVGRE" : "TUNNEL_GRE";
  } else return "";
  return "TUNNEL_IP";
}

/** rte_net_get_ptype of a frame. bytes: its front; length: bytes of all of it */
export function packetTypeOf(bytes: Uint8Array, length: number): PacketType {
  const frame = new Frame(bytes, length);
  if (!frame.has(0, ETHER_BYTES)) return { names: [], lengths: [] };
  const outer: Found = { l2: "L2_ETHER", l3: "", l4: "" };
  const inner: Found = { l2: "", l3: "", l4: "" };
  const outerLengths = new Map([["l2", ETHER_BYTES]]);
  const innerLengths = new Map<string, number>();
  const p: Position = { at: ETHER_BYTES, next: frame.type(12) };
  let tunnel = "";
  let tunnelBytes = 0;

  const parseOuter = (): boolean => {
    if (isTag(p.next)) {
      outer.l2 = tagName(p.next);
      if (!parseTags(frame, p, outerLengths)) return false;
    } else if (ETHER_TYPES_MPLS.includes(p.next)) {
      // however many labels there are, none is told: so in 22.11
      return false;
    }
    if (!parseIp(frame, p, outer, outerLengths)) return false;
    if (outer.l4 !== "") {
      if (!measureL4(frame, p, outer, outerLengths)) outer.l4 = "";
      return false;
    }
    const start = p.at;
    tunnel = parseTunnel(frame, p);
    tunnelBytes = p.at - start;
    return true;
  };

  const parseInner = (): void => {
    innerLengths.set("l2", 0);
    if (p.next === ETHER_TYPE_TEB) {
      if (!frame.has(p.at, ETHER_BYTES)) return;
      inner.l2 = "L2_ETHER";
      p.next = frame.type(p.at + 12);
      p.at += ETHER_BYTES;
      innerLengths.set("l2", ETHER_BYTES);
    }
    if (isTag(p.next)) {
      inner.l2 = tagName(p.next);
      if (!parseTags(frame, p, innerLengths)) return;
    }
    if (!parseIp(frame, p, inner, innerLengths)) return;
    if (inner.l4 === "" || measureL4(frame, p, inner, innerLengths)) return;
    // a cut inner TCP takes all outer layers and the tunnel away with itself: so in 22.11
    inner.l4 = "";
    Object.assign(outer, { l2: "", l3: "", l4: "" });
    tunnel = "";
  };

  if (parseOuter()) parseInner();
  return describe(outer, outerLengths, tunnel, tunnelBytes, inner, innerLengths);
}

function describe(
  outer: Found,
  outerLengths: ReadonlyMap<string, number>,
  tunnel: string,
  tunnelBytes: number,
  inner: Found,
  innerLengths: ReadonlyMap<string, number>,
): PacketType {
  const layers = [
    ...(["l2", "l3", "l4"] as const).map((l) => [outer[l], `${l}_len`, outerLengths.get(l) ?? 0] as const),
    [tunnel, "tunnel_len", tunnelBytes] as const,
    ...(["l2", "l3", "l4"] as const).map(
      (l) => [inner[l] === "" ? "" : `INNER_${inner[l]}`, `inner_${l}_len`, innerLengths.get(l) ?? 0] as const,
    ),
  ].filter(([name]) => name !== "");
  return { names: layers.map(([name]) => name), lengths: layers.map(([, name, bytes]) => [name, bytes] as const) };
}
