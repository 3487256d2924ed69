// scan-odp-flow - the syntax of datapath flows: attributes in any order,
// `in_port(1),eth(src=...),eth_type(0x0800),ipv4(...)`, with masks, and encap(...) around what a tag is before
// (odp_flow_from_string of OVS 3.1). parse-odp-flow makes sense of it.
// Not modelled: the keys of tunnels. nsh(...) is printed, but the reference cannot read it, either.
import {
  FLOW_CT_LABEL,
  FLOW_CT_MARK,
  FLOW_CT_STATE,
  FLOW_CT_ZONE,
  FLOW_DP_HASH,
  FLOW_IN_PORT,
  FLOW_MPLS_LSE,
  FLOW_PACKET_TYPE,
  FLOW_PKT_MARK,
  FLOW_RECIRC_ID,
  FLOW_SKB_PRIORITY,
  FLOW_TCP_FLAGS,
} from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import { CT_STATES, parseFlagsMasked, TCP_FLAGS } from "./flags.ts";
import { Flow, type Match } from "./flow.ts";
import { ODP_CT_TUPLE4, ODP_CT_TUPLE6, ODP_GROUPS, type OdpGroup } from "./odp-fields.ts";
import { parseIntString, Scanner } from "./scan.ts";
import { scanOdpField, scanOdpNumber } from "./scan-odp-field.ts";

const DELIMITERS = ", \t\r\n";
const VLAN_CFI = 0x1000;
const MPLS_LABELS = 3;
const MPLS_PARTS: readonly (readonly [label: string, shift: number, bits: number])[] = [
  ["label=", 12, 20],
  ["tc=", 9, 3],
  ["ttl=", 0, 8],
  ["bos=", 8, 1],
];
const VLAN_PARTS: readonly (readonly [label: string, shift: number, bits: number])[] = [
  ["vid=", 0, 12],
  ["pcp=", 13, 3],
  ["cfi=", 12, 1],
];
/** Attributes of one 32-bit number. */
const NUMBERS = new Map<string, number>([
  ["skb_priority", FLOW_SKB_PRIORITY],
  ["skb_mark", FLOW_PKT_MARK],
  ["recirc_id", FLOW_RECIRC_ID],
  ["dp_hash", FLOW_DP_HASH],
  ["ct_mark", FLOW_CT_MARK],
]);
const TUPLE6: OdpGroup = {
  ...ODP_CT_TUPLE6,
  fields: ODP_CT_TUPLE6.fields.map((field) =>
    field.label.endsWith("_port") ? { ...field, label: `tp_${field.label.slice(0, 3)}` } : field,
  ),
};
const GROUPS = new Map<string, OdpGroup>([...ODP_GROUPS, ODP_CT_TUPLE4, TUPLE6].map((group) => [group.name, group]));

/** What a level of tags said. */
export interface OdpLevel {
  /** By attribute: what it said of struct flow. */
  readonly present: Map<string, Match>;
  /** Its Ethernet type or TPID, and the mask of it. */
  readonly type?: readonly [value: number, mask: number];
  readonly tci?: readonly [value: number, mask: number];
  readonly inner?: OdpLevel;
}

export class OdpScanner {
  /** What is wrong, although it reads well. */
  fault: string | undefined;
  /** Of the attribute that is being read. */
  private flow = new Flow();
  private mask = new Flow();
  private readonly scanner: Scanner;
  private readonly ports: ((name: string) => number | undefined) | undefined;

  constructor(text: string, ports: ((name: string) => number | undefined) | undefined, at = 0) {
    this.scanner = new Scanner(text, at);
    this.ports = ports;
  }

  get at(): number {
    return this.scanner.at;
  }

  /** One attribute; undefined: it does not read as one. */
  single(): readonly [name: string, said: Match] | undefined {
    const level = this.attribute({ present: new Map() });
    return level && [...level.present][0];
  }

  /** Attributes to the end, or to the parenthesis that closes encap(). */
  level(nested: boolean): OdpLevel {
    const { scanner } = this;
    let level: OdpLevel = { present: new Map() };
    for (;;) {
      while (!scanner.done && DELIMITERS.includes(scanner.text[scanner.at]!)) scanner.at++;
      if (scanner.done && !nested) return level;
      if (nested && scanner.literal(")")) return level;
      const start = scanner.at;
      if (!nested) this.skipUfid();
      const parsed = scanner.done ? undefined : this.attribute(level);
      if (parsed === undefined) {
        // what is wrong inside of encap() is shown from its beginning
        if (nested) throw new UsageError("");
        throw new UsageError(`syntax error at ${scanner.text.slice(start)}`);
      }
      level = parsed;
    }
  }

  private skipUfid(): void {
    const { scanner } = this;
    const found = /^ufid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} ?/i.exec(
      scanner.text.slice(scanner.at, scanner.at + 42),
    );
    if (found !== null) scanner.at += found[0].length;
  }

  /** The level with one more attribute; undefined: it does not read as one. */
  private attribute(level: OdpLevel): OdpLevel | undefined {
    const { scanner } = this;
    const { text, at } = scanner;
    const open = text.indexOf("(", at);
    const name = open < 0 ? "" : text.slice(at, open);
    if (name === "tunnel") throw new UsageError("tunnel: found in a datapath flow, expected none");
    scanner.at = open + 1;
    if (level.present.has(name)) this.fault ??= `duplicate ${name} attribute in flow key`;
    const said = { flow: new Flow(), mask: new Flow() };
    this.flow = said.flow;
    this.mask = said.mask;
    const next = this.value(name, level);
    next?.present.set(name, said);
    return next;
  }

  private value(name: string, level: OdpLevel): OdpLevel | undefined {
    const at = NUMBERS.get(name);
    if (at !== undefined) return this.u32(at) ? level : undefined;
    const group = GROUPS.get(name);
    if (group !== undefined) return this.group(group) ? level : undefined;
    switch (name) {
      case "in_port":
        return this.inPort() ? level : undefined;
      case "eth_type": {
        const type = this.number(16);
        return type && { ...level, type };
      }
      case "vlan": {
        const tci = this.bits(VLAN_PARTS, [VLAN_CFI, VLAN_CFI]);
        return tci && { ...level, tci };
      }
      case "encap":
        return { ...level, inner: this.encap() };
      case "packet_type":
        return this.packetType() ? level : undefined;
      case "mpls":
        return this.mpls() ? level : undefined;
      case "tcp_flags":
      case "ct_state":
        return this.flags(name) ? level : undefined;
      case "ct_zone":
        return this.ctZone() ? level : undefined;
      case "ct_label":
        return this.ctLabel() ? level : undefined;
      default:
        return undefined;
    }
  }

  private encap(): OdpLevel {
    const start = this.scanner.at;
    try {
      return this.level(true);
    } catch (error) {
      if (!(error instanceof UsageError) || error.message !== "") throw error;
      throw new UsageError(`syntax error at encap(${this.scanner.text.slice(start)}`);
    }
  }

  /** A number and its mask, exact where there is none, up to the closing parenthesis. */
  private number(bits: number): [number, number] | undefined {
    const found = scanOdpNumber(this.scanner, bits, false);
    return found !== undefined && this.scanner.literal(")") ? found : undefined;
  }

  private u32(at: number): boolean {
    const found = this.number(32);
    if (found === undefined) return false;
    this.flow.setU32(at, found[0]);
    // recirc_id has no mask: it is matched on
    this.mask.setU32(at, at === FLOW_RECIRC_ID ? 0xffffffff : found[1]);
    return true;
  }

  private inPort(): boolean {
    const { scanner, ports } = this;
    if (scanOdpNumber(new Scanner(scanner.text, scanner.at), 32, false) !== undefined) return this.u32(FLOW_IN_PORT);
    const end = scanner.text.indexOf(")", scanner.at);
    const port = end < 0 ? undefined : ports?.(scanner.text.slice(scanner.at, end));
    if (port === undefined) return false;
    scanner.at = end + 1;
    this.flow.setU32(FLOW_IN_PORT, port);
    this.mask.setU32(FLOW_IN_PORT, 0xffffffff);
    return true;
  }

  /** `label=value,...)`; a field that is not there is zero and not matched on. */
  private list(field: () => boolean | undefined): boolean {
    const { scanner } = this;
    for (;;) {
      const known = field();
      if (known === undefined) return false;
      const separator = scanner.text[scanner.at++];
      if (separator === ")") return true;
      if (separator !== "," || !known) return false;
    }
  }

  private group(group: OdpGroup): boolean {
    const { scanner, flow, mask } = this;
    return this.list(() => {
      const field = group.fields.find(({ label }) => scanner.text.startsWith(`${label}=`, scanner.at));
      if (field === undefined) return false;
      scanner.at += field.label.length + 1;
      if (field.kind === "arp_op") this.checkOpcode(scanner.at);
      return scanOdpField(scanner, field, flow, mask) ? true : undefined;
    });
  }

  /** Struct flow has 8 of its 16 bits. */
  private checkOpcode(at: number): void {
    const opcode = scanOdpNumber(new Scanner(this.scanner.text, at), 16, false)?.[0] ?? 0;
    if (opcode > 0xff) this.fault ??= `unsupported ARP opcode ${opcode} in flow key`;
  }

  /** Parts of a number by their names. */
  private bits(parts: typeof VLAN_PARTS, initial: readonly [number, number]): [number, number] | undefined {
    let [value, mask] = initial;
    const ok = this.list(() => {
      const part = parts.find(([label]) => this.scanner.text.startsWith(label, this.scanner.at));
      if (part === undefined) return false;
      const [label, shift, width] = part;
      this.scanner.at += label.length;
      const found = scanOdpNumber(this.scanner, width, true);
      if (found === undefined) return undefined;
      const ones = ((1 << width) - 1) << shift;
      value = (value & ~ones) | (found[0] << shift);
      mask = (mask & ~ones) | (found[1] << shift);
      return true;
    });
    return ok ? [value >>> 0, mask >>> 0] : undefined;
  }

  private packetType(): boolean {
    const found = this.bits(
      [
        ["ns=", 16, 16],
        ["id=", 0, 16],
      ],
      [0, 0],
    );
    if (found === undefined) return false;
    this.flow.setBe32(FLOW_PACKET_TYPE, found[0]);
    this.mask.setBe32(FLOW_PACKET_TYPE, found[1]);
    return true;
  }

  /** A part that was there already begins the next label. */
  private mpls(): boolean {
    const { scanner, flow, mask } = this;
    let i = 0;
    let seen = new Set<string>();
    return this.list(() => {
      const part = MPLS_PARTS.find(([label]) => scanner.text.startsWith(label, scanner.at));
      if (part === undefined) return false;
      const [label, shift, width] = part;
      if (seen.has(label)) {
        seen = new Set();
        if (++i === MPLS_LABELS) return undefined;
      }
      seen.add(label);
      scanner.at += label.length;
      const found = scanOdpNumber(scanner, width, true);
      if (found === undefined) return undefined;
      const at = FLOW_MPLS_LSE + 4 * i;
      flow.setBe32(at, (flow.be32(at) | (found[0] << shift)) >>> 0);
      mask.setBe32(at, (mask.be32(at) | (found[1] << shift)) >>> 0);
      return true;
    });
  }

  private flags(name: "tcp_flags" | "ct_state"): boolean {
    const { scanner, flow, mask } = this;
    const end = scanner.text.indexOf(")", scanner.at);
    if (end < 0) return false;
    const kind = name === "tcp_flags" ? TCP_FLAGS : CT_STATES;
    let found: { flags: number; mask: number };
    try {
      found = parseFlagsMasked(scanner.text.slice(scanner.at, end), kind);
    } catch (error) {
      if (error instanceof UsageError) return false;
      throw error;
    }
    scanner.at = end + 1;
    if (name === "tcp_flags") {
      flow.setBe16(FLOW_TCP_FLAGS, found.flags);
      mask.setBe16(FLOW_TCP_FLAGS, found.mask);
    } else {
      flow.setU8(FLOW_CT_STATE, found.flags);
      mask.setU8(FLOW_CT_STATE, found.mask);
    }
    return true;
  }

  private ctZone(): boolean {
    const found = this.number(16);
    if (found === undefined) return false;
    for (const [i, flow] of [this.flow, this.mask].entries()) {
      flow.setU8(FLOW_CT_ZONE, found[i]!);
      flow.setU8(FLOW_CT_ZONE + 1, found[i]! >>> 8);
    }
    return true;
  }

  private ctLabel(): boolean {
    const { scanner } = this;
    const value = new Uint8Array(16);
    const bits = new Uint8Array(16).fill(0xff);
    const end = parseIntString(scanner.text, scanner.at, value);
    if (typeof end !== "number") return false;
    scanner.at = end;
    if (scanner.literal("/")) {
      const maskEnd = parseIntString(scanner.text, scanner.at, bits);
      if (typeof maskEnd !== "number") return false;
      scanner.at = maskEnd;
    }
    this.flow.set(FLOW_CT_LABEL, value.reverse());
    this.mask.set(FLOW_CT_LABEL, bits.reverse());
    return scanner.literal(")");
  }
}
