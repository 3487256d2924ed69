// ovs-odp - reads the flows of `ovs-appctl dpctl/dump-flows -m` into keys and masks: "name(value/mask)" or "name(field=value/mask,...)", nested in
// encap() behind a tag. Ports are "p1" of number 1 and so on. What is not printed is zero, in key and mask.
import type { FlowField, FlowFields } from "../../src/wasm/ovs-flow.ts";

export interface OdpFlow {
  readonly key: FlowFields;
  readonly mask: FlowFields;
  readonly packets: number;
  readonly bytes: number;
  readonly tcpFlags: number;
  readonly miniflowBits: readonly [number, number];
}

type Fields = Partial<Record<FlowField, bigint>>;
type Reader = (text: string) => bigint;

const number: Reader = (text) => BigInt(text);
const macAddress: Reader = (text) => BigInt(`0x${text.replaceAll(":", "")}`);
const ipv4Address: Reader = (text) => text.split(".").reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
const ipv6Address: Reader = (text) => {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const whole = dotted
    ? `${dotted[1]}${(ipv4Address(dotted[2]!) >> 16n).toString(16)}:${(ipv4Address(dotted[2]!) & 0xffffn).toString(16)}`
    : text;
  const [head = "", tail] = whole.split("::");
  const words = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const missing = tail === undefined ? 0 : 8 - words(head).length - words(tail).length;
  const all = [...words(head), ...new Array<string>(missing).fill("0"), ...words(tail ?? "")];
  return all.reduce((value, word) => (value << 16n) | BigInt(`0x${word}`), 0n);
};
const fragment: Reader = (text) => BigInt(["no", "first", "", "later"].indexOf(text));
const port: Reader = (text) => BigInt(text.replace("p", ""));
const TCP_FLAGS = ["fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr", "ns", "[200]", "[400]", "[800]"];
/** As statistics have them, lowest bit first; higher ones stand as "[800]". */
const FLAG_LETTERS = "FSRP.UECN";
/** "syn|ack", "0", or with a mask "+syn-ack". */
const tcpFlags: Reader = (text) =>
  text === "0" ? 0n : text.split("|").reduce((value, name) => value | (1n << BigInt(TCP_FLAGS.indexOf(name))), 0n);

const ONES = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

/** Where each printed field goes, how it reads, and how many bits an exact mask has. */
const PLACES: Record<string, readonly [FlowField, Reader, number]> = {
  skb_priority: ["skb_priority", number, 32],
  skb_mark: ["pkt_mark", number, 32],
  ct_zone: ["ct_zone", number, 16],
  ct_mark: ["ct_mark", number, 32],
  ct_label: ["ct_label", number, 128],
  ct_state: ["ct_state", number, 8],
  recirc_id: ["recirc_id", number, 32],
  dp_hash: ["dp_hash", number, 32],
  in_port: ["in_port", port, 32],
  eth_type: ["dl_type", number, 16],
  "eth.src": ["dl_src", macAddress, 48],
  "eth.dst": ["dl_dst", macAddress, 48],
  "ipv4.src": ["nw_src", ipv4Address, 32],
  "ipv4.dst": ["nw_dst", ipv4Address, 32],
  "ipv4.proto": ["nw_proto", number, 8],
  "ipv4.tos": ["nw_tos", number, 8],
  "ipv4.ttl": ["nw_ttl", number, 8],
  "ipv4.frag": ["nw_frag", fragment, 2],
  "ipv6.src": ["ipv6_src", ipv6Address, 128],
  "ipv6.dst": ["ipv6_dst", ipv6Address, 128],
  "ipv6.label": ["ipv6_label", number, 20],
  "ipv6.proto": ["nw_proto", number, 8],
  "ipv6.tclass": ["nw_tos", number, 8],
  "ipv6.hlimit": ["nw_ttl", number, 8],
  "ipv6.frag": ["nw_frag", fragment, 2],
  "arp.sip": ["nw_src", ipv4Address, 32],
  "arp.tip": ["nw_dst", ipv4Address, 32],
  "arp.op": ["nw_proto", number, 8],
  "arp.sha": ["arp_sha", macAddress, 48],
  "arp.tha": ["arp_tha", macAddress, 48],
  "nd.target": ["nd_target", ipv6Address, 128],
  "nd.sll": ["arp_sha", macAddress, 48],
  "nd.tll": ["arp_tha", macAddress, 48],
  tcp_flags: ["tcp_flags", tcpFlags, 12],
  "icmp.type": ["tp_src", number, 16],
  "icmp.code": ["tp_dst", number, 16],
  "icmpv6.type": ["tp_src", number, 16],
  "icmpv6.code": ["tp_dst", number, 16],
  "nsh.flags": ["nsh_flags", number, 8],
  "nsh.ttl": ["nsh_ttl", number, 8],
  "nsh.mdtype": ["nsh_mdtype", number, 8],
  "nsh.np": ["nsh_np", number, 8],
  "nsh.c1": ["nsh_c1", number, 32],
  "nsh.c2": ["nsh_c2", number, 32],
  "nsh.c3": ["nsh_c3", number, 32],
  "nsh.c4": ["nsh_c4", number, 32],
};
for (const proto of ["tcp", "udp", "sctp"]) {
  PLACES[`${proto}.src`] = ["tp_src", number, 16];
  PLACES[`${proto}.dst`] = ["tp_dst", number, 16];
}

/** "a(b=c,d(e)),f(g)" as [["a", "b=c,d(e)"], ["f", "g"]]. */
function parts(text: string): [name: string, body: string][] {
  const found: [string, string][] = [];
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf("(", at);
    let depth = 1;
    let end = open + 1;
    for (; depth > 0; end++) depth += text[end] === "(" ? 1 : text[end] === ")" ? -1 : 0;
    found.push([text.slice(at, open), text.slice(open + 1, end - 1)]);
    at = end + 1;
  }
  return found;
}

class OdpReader {
  readonly key: Fields = {};
  readonly mask: Fields = {};
  private tags = 0;

  private set(name: string, text: string): void {
    const place = PLACES[name];
    if (place === undefined) throw new Error(`test: found ${name}(${text}), expected a known field`);
    const [field, reader, bits] = place;
    const [value = "", mask] = text.split("/");
    this.key[field] = reader(value);
    this.mask[field] =
      mask === undefined ? ONES(bits) : bits === 12 || mask.startsWith("0x") ? BigInt(mask) : reader(mask);
  }

  private tag(body: string): void {
    const suffix = this.tags++ === 0 ? "" : "1";
    const type: FlowField = suffix === "" ? "vlan_tpid" : "vlan_tpid1";
    const tci: FlowField = suffix === "" ? "vlan_tci" : "vlan_tci1";
    // what was read as the Ethernet type is the tag's; it is shown as exact, whatever the mask in the datapath
    this.key[type] = this.key.dl_type ?? 0n;
    this.mask[type] = 0n;
    const values = Object.fromEntries(body.split(",").map((entry) => entry.split("=") as [string, string]));
    const [vid = "0", vidMask] = (values.vid ?? "0/0").split("/");
    const [pcp = "0", pcpMask] = (values.pcp ?? "0/0").split("/");
    this.key[tci] = BigInt(vid) | (BigInt(pcp) << 13n) | 0x1000n;
    this.mask[tci] =
      (vidMask === undefined ? 0xfffn : BigInt(vidMask)) |
      ((pcpMask === undefined ? 7n : BigInt(pcpMask)) << 13n) |
      0x1000n;
  }

  private labels(body: string): void {
    const entries = [...body.matchAll(/label=(\d+),tc=(\d+),ttl=(\d+),bos=(\d+)/g)];
    entries.forEach(([, label = "0", tc = "0", ttl = "0", bos = "0"], i) => {
      const field = (["mpls_lse", "mpls_lse1", "mpls_lse2"] as const)[i]!;
      this.key[field] = (BigInt(label) << 12n) | (BigInt(tc) << 9n) | (BigInt(bos) << 8n) | BigInt(ttl);
      this.mask[field] = ONES(32);
    });
  }

  read(text: string): void {
    for (const [name, body] of parts(text)) {
      if (name === "packet_type") this.mask.packet_type = ONES(32);
      else if (name === "encap") this.read(body);
      else if (name === "vlan") this.tag(body);
      else if (name === "mpls") this.labels(body);
      else if (name === "eth_type" && /^0\/0xffff$|^0x05ff$/.test(body)) {
        this.key.dl_type = 0x5ffn; // of no type
        this.mask.dl_type = ONES(16);
      } else if (body.includes("=")) {
        for (const entry of body.split(",")) {
          const [field = "", value = ""] = entry.split("=");
          if (name === "nsh" && (field === "spi" || field === "si")) this.path(field, value);
          else this.set(`${name}.${field}`, value);
        }
      } else this.set(name, body);
    }
  }

  /** Where there is no tag, the datapath matches on that: VID and CFI (handle_packet_upcall). */
  end(): void {
    if (this.tags === 0) this.mask.vlan_tci = 0x1fffn;
  }

  private path(field: string, value: string): void {
    this.key.nsh_path_hdr = (this.key.nsh_path_hdr ?? 0n) | (BigInt(value) << (field === "spi" ? 8n : 0n));
    this.mask.nsh_path_hdr = ONES(32);
  }
}

function flagBits(text: string): number {
  const bits = (text.match(/[^[\]](?![^[]*\])/g) ?? []).map((letter) => 1 << FLAG_LETTERS.indexOf(letter));
  const high = [...text.matchAll(/\[(\w+)\]/g)].map(([, digits = "0"]) => Number.parseInt(digits, 16));
  return [...bits, ...high].reduce((all, bit) => all | bit, 0);
}

/** One line. What follows the key is there in dumps of flows that have been used. */
export function readOdpFlow(line: string): OdpFlow {
  const end = line.search(/, packets:|$/);
  const reader = new OdpReader();
  reader.read(line.slice(0, end));
  reader.end();
  const [, words0 = "0", words1 = "0"] = /miniflow_bits\((\d+),(\d+)\)/.exec(line) ?? [];
  return {
    key: reader.key,
    mask: reader.mask,
    packets: Number(/packets:(\d+)/.exec(line)?.[1] ?? 0),
    bytes: Number(/bytes:(\d+)/.exec(line)?.[1] ?? 0),
    tcpFlags: flagBits(/flags:([^,]+)/.exec(line)?.[1] ?? ""),
    miniflowBits: [Number(words0), Number(words1)],
  };
}
