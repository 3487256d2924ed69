// parse-odp-actions - datapath actions from text, as dpctl/add-flow and dpctl/mod-flow take them
// (odp_actions_from_string of OVS 3.1). Not all that is printed can be read again: of push_mpls, pop_mpls and hash
// there is no reader in the reference, either.
// Not modelled: conntrack, tunnels, NSH and bonds' lb_output.
import { FLOW_MPLS_LSE, FLOW_PKT_MARK, FLOW_SKB_PRIORITY } from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import type { DatapathAction, SetKey } from "../wasm/ovs-actions.ts";
import type { Flow, Match } from "./flow.ts";
import { ODP_GROUPS, odpFieldBytes } from "./odp-fields.ts";
import { PACKET_IN_REASONS } from "./parse-ofpact-output.ts";
import { Scanner } from "./scan.ts";
import { OdpScanner } from "./scan-odp-flow.ts";

type SetAction = Extract<DatapathAction, { type: "set" }>;
type SetField = SetAction["fields"][number];
type UserspaceAction = Extract<DatapathAction, { type: "userspace" }>;

const DELIMITERS = ", \t\r\n";
const VLAN_CFI = 0x1000;
const VID_MAX = 0xfff;
const PCP_MAX = 7;
const U32_MAX = 0xffffffff;
const MAX_NESTED = 32;
const NOT_MODELLED = [
  "ct",
  "tnl_push",
  "tnl_pop",
  "push_nsh",
  "pop_nsh",
  "lb_output",
  "add_mpls",
  "push_eth",
  "pop_eth",
];
const SLOW_PATH_REASONS = ["cfm", "bfd", "lacp", "stp", "lldp", "action", "match"];

/** pid, what the packet is sent up for, and what goes with it. */
const USERSPACE = new RegExp(
  [
    String.raw`userspace\(pid=(-?\w+)`,
    String.raw`(?:,((?:sFlow|slow_path|flow_sample|ipfix|controller|userdata)\([^)]*\)))?`,
    String.raw`(,actions)?(?:,tunnel_out_port=(-?\w+))?\)`,
  ].join(""),
  "y",
);
/** A number may be any word: what it is for nobody asks. */
const NUMBER = "-?\\w+";
const cookie = (name: string, keys: string, end = ""): RegExp =>
  new RegExp(`^${name}\\(${keys.split(" ").join(`=${NUMBER},`)}=${NUMBER}${end}\\)$`);
const COOKIES = [
  cookie("sFlow", "vid pcp output"),
  cookie("flow_sample", "probability collector_set_id obs_domain_id obs_point_id output_port", "(?:,ingress|,egress)?"),
  cookie("ipfix", "output_port"),
  cookie("controller", "reason dont_send continuation recirc_id rule_cookie controller_id max_len"),
];
/** Digits of a cookie that says nothing, and of the least that the datapath is given. */
const COOKIE_DIGITS = 96;
const USERDATA_DIGITS = 16;

/** What the packet is sent up for, as it is printed; undefined: it does not read as anything. */
function cookieText(text: string | undefined): string | undefined {
  if (text === undefined) return `userdata(${"0".repeat(COOKIE_DIGITS)})`;
  const inner = text.slice(text.indexOf("(") + 1, -1);
  if (text.startsWith("slow_path(")) {
    const reasons = inner === "" ? [] : inner.split("|");
    const known = reasons.every((reason) => SLOW_PATH_REASONS.includes(reason));
    return known ? `slow_path(${reasons.join(",") || "0"})` : undefined;
  }
  if (text.startsWith("userdata(")) {
    const digits = inner.replace(/[. ]/g, "");
    return /^[\da-fA-F]*$/.test(digits) ? `userdata(${digits.padEnd(USERDATA_DIGITS, "0")})` : undefined;
  }
  return COOKIES.some((cookie) => cookie.test(text)) ? text : undefined;
}

const PUSH_VLAN = /push_vlan\((?:tpid=([^,)]*),)?vid=([^,)]*),pcp=([^,)]*)(?:,cfi=([^,)]*))?\)/y;
const PUSH_VLAN_DEFAULTS = ["0x8100", "0", "0", "1"];
const SAMPLE = /sample\(sample=\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)%,actions\(/y;
const DROP = /drop/iy;

/** The bytes of a field as one number. */
function bigEndian(flow: Flow, at: number, bytes: number): bigint {
  let value = 0n;
  for (let i = 0; i < bytes; i++) value = (value << 8n) | BigInt(flow.u8(at + i));
  return value;
}

function setFields(key: string, { flow, mask }: Match): SetField[] | undefined {
  const one = (field: string, read: (of: Flow) => number): SetField[] => [
    { field, value: BigInt(read(flow)), mask: BigInt(read(mask)) },
  ];
  if (key === "skb_priority") return one(key, (of) => of.u32(FLOW_SKB_PRIORITY));
  if (key === "skb_mark") return one("pkt_mark", (of) => of.u32(FLOW_PKT_MARK));
  if (key === "mpls") return one("mpls_lse", (of) => of.be32(FLOW_MPLS_LSE));
  const group = ODP_GROUPS.find(({ name }) => name === key);
  return group?.fields
    .map(({ name, kind, at }) => {
      const bytes = odpFieldBytes(kind);
      return { field: name, value: bigEndian(flow, at, bytes), mask: bigEndian(mask, at, bytes) };
    })
    .filter(({ mask: bits }) => bits !== 0n);
}

class OdpActionReader {
  private readonly scanner: Scanner;
  private readonly port: ((name: string) => number | undefined) | undefined;
  private depth = 0;

  constructor(text: string, port: ((name: string) => number | undefined) | undefined) {
    this.scanner = new Scanner(text);
    this.port = port;
  }

  /** The whole text. @throws UsageError */
  all(): DatapathAction[] {
    const { scanner } = this;
    const actions: DatapathAction[] = [];
    for (;;) {
      this.skip();
      if (scanner.done) return actions;
      const start = scanner.at;
      const action = this.action();
      if (action === undefined) throw new UsageError("Invalid argument");
      // the reference takes the length of what it has read for an error number
      const length = scanner.at - start;
      if (!scanner.done && !DELIMITERS.includes(scanner.text[scanner.at]!)) {
        throw new UsageError(length === 1 ? "End of file" : `Unknown error -${length}`);
      }
      actions.push(action);
    }
  }

  private skip(): void {
    const { scanner } = this;
    while (!scanner.done && DELIMITERS.includes(scanner.text[scanner.at]!)) scanner.at++;
  }

  /** Up to the parenthesis that ends the list, which is not read. */
  private list(): DatapathAction[] | undefined {
    const actions: DatapathAction[] = [];
    for (;;) {
      this.skip();
      if (this.scanner.text[this.scanner.at] === ")") return actions;
      const action = this.action();
      if (action === undefined) return undefined;
      actions.push(action);
    }
  }

  private action(): DatapathAction | undefined {
    if (++this.depth === MAX_NESTED) return undefined;
    const action = this.output() ?? this.named();
    this.depth--;
    return action;
  }

  /** A port by number or by name. */
  private output(): DatapathAction | undefined {
    const { scanner } = this;
    if (scanner.int(0)) return { type: "output", port: scanner.value };
    let end = scanner.at;
    while (end < scanner.text.length && !DELIMITERS.includes(scanner.text[end]!)) end++;
    const port = this.port?.(scanner.text.slice(scanner.at, end));
    if (port === undefined) return undefined;
    scanner.at = end;
    return { type: "output", port };
  }

  private named(): DatapathAction | undefined {
    const { scanner } = this;
    const name = /^[a-z_]*/.exec(scanner.text.slice(scanner.at, scanner.at + 16))![0];
    if (NOT_MODELLED.includes(name)) throw new UsageError(`${name}: found in datapath actions, expected none`);
    switch (name) {
      case "trunc": {
        const maxLen = this.number("trunc(", 0);
        return maxLen === undefined ? undefined : { type: "trunc", maxLen };
      }
      case "recirc": {
        const id = this.number("recirc(", 10);
        return id === undefined ? undefined : { type: "recirc", id };
      }
      case "meter": {
        const id = this.number("meter(", 0);
        return id === undefined ? undefined : { type: "meter", id };
      }
      case "userspace":
        return this.userspace();
      case "set":
        return this.set();
      case "push_vlan":
        return this.pushVlan();
      case "pop_vlan":
        scanner.literal(name);
        return { type: "pop_vlan" };
      case "sample":
        return this.sample();
      case "clone":
        return this.clone();
      case "check_pkt_len":
        return this.checkPktLen();
      default:
        return undefined;
    }
  }

  /** One number in parentheses. */
  private number(before: string, base: 0 | 10): number | undefined {
    const { scanner } = this;
    return scanner.literal(before) && scanner.int(base) && scanner.literal(")") ? scanner.value : undefined;
  }

  private userspace(): UserspaceAction | undefined {
    const found = this.match(USERSPACE);
    if (found === undefined) return undefined;
    const [, pid = "", cookie, actions = "", tunnel] = found;
    const shown = cookieText(cookie);
    const number = wholeInt(pid);
    const out = tunnel === undefined ? undefined : wholeInt(tunnel);
    if (shown === undefined || number === undefined || (tunnel !== undefined && out === undefined)) return undefined;
    const text = `userspace(pid=${number},${shown}${actions}${out === undefined ? "" : `,tunnel_out_port=${out}`})`;
    return { type: "userspace", text, reason: upcallReason(shown) };
  }

  private set(): SetAction | undefined {
    const { scanner } = this;
    if (!scanner.literal("set(")) return undefined;
    const keys = new OdpScanner(scanner.text, undefined, scanner.at);
    const [key = "", said] = keys.single() ?? [];
    const fields = said && setFields(key, said);
    scanner.at = keys.at;
    if (fields === undefined || !scanner.literal(")")) return undefined;
    return { type: "set", key: key as SetKey, fields };
  }

  private pushVlan(): DatapathAction | undefined {
    const found = this.match(PUSH_VLAN);
    if (found === undefined) return undefined;
    const [tpid, vid, pcp, cfi] = found.slice(1).map((text, i) => wholeInt(text ?? PUSH_VLAN_DEFAULTS[i]!));
    if (tpid === undefined || vid === undefined || pcp === undefined || cfi === undefined) return undefined;
    if (vid > VID_MAX || pcp > PCP_MAX) return undefined;
    return { type: "push_vlan", tpid: tpid & 0xffff, tci: vid | (pcp << 13) | (cfi === 0 ? 0 : VLAN_CFI) };
  }

  private sample(): DatapathAction | undefined {
    const percent = Number(this.match(SAMPLE)?.[1] ?? "x");
    if (!(percent >= 0 && percent <= 100)) return undefined;
    const actions = this.list();
    if (actions === undefined || !this.scanner.literal("))")) return undefined;
    return { type: "sample", probability: Math.min(Math.floor(U32_MAX * (percent / 100) + 0.5), U32_MAX), actions };
  }

  private clone(): DatapathAction | undefined {
    if (!this.scanner.literal("clone(")) return undefined;
    const actions = this.list();
    return actions === undefined || !this.scanner.literal(")") ? undefined : { type: "clone", actions };
  }

  private checkPktLen(): DatapathAction | undefined {
    const { scanner } = this;
    if (!scanner.literal("check_pkt_len(size=") || !scanner.int(0) || !scanner.literal(",gt(")) return undefined;
    const size = scanner.value & 0xffff;
    const greater = this.branch();
    if (greater === undefined || !scanner.literal("),le(")) return undefined;
    const lessOrEqual = this.branch();
    if (lessOrEqual === undefined || !scanner.literal("))")) return undefined;
    return { type: "check_pkt_len", size, greater, lessOrEqual };
  }

  /** A list, which alone of all lists may be "drop". */
  private branch(): DatapathAction[] | undefined {
    return this.match(DROP) === undefined ? this.list() : [];
  }

  /** What the sticky expression finds here, which is read. */
  private match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.scanner.at;
    const found = expression.exec(this.scanner.text);
    if (found === null) return undefined;
    this.scanner.at += found[0].length;
    return found;
  }
}

function upcallReason(cookie: string): string {
  if (cookie.startsWith("slow_path(")) return "slow_path";
  const reason = /^controller\(reason=(\d+)/.exec(cookie)?.[1];
  return reason === undefined ? "" : (PACKET_IN_REASONS[Number(reason)] ?? "");
}

function wholeInt(text: string): number | undefined {
  const scanner = new Scanner(text);
  return scanner.int(0) && scanner.done ? scanner.value : undefined;
}

/**
 * @param port datapath ports by name
 * @throws UsageError
 */
export function parseOdpActions(text: string, port?: (name: string) => number | undefined): DatapathAction[] {
  if (text.toLowerCase() === "drop") return [{ type: "drop", why: "of_pipeline" }];
  return new OdpActionReader(text, port).all();
}
