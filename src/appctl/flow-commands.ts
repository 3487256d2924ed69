// flow-commands - ovs-appctl's dumps of megaflows: dpctl/dump-flows, dpif/dump-flows.
import { FLOW_IN_PORT } from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import { formatDatapathFlow } from "../openflow/format-dp-flow.ts";
import type { OdpFormat } from "../openflow/format-odp-flow.ts";
import { parsePacketFlow } from "../openflow/parse-packet-flow.ts";
import { OFPP_NONE } from "../openflow/ports.ts";
import type { DumpedFlow } from "../vswitchd/upcalls.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import type { OvsPmd } from "../wasm/ovs-datapath.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";

type Shape = CommandShape<Vswitchd>;

interface DumpWords {
  readonly format: OdpFormat;
  readonly rest: readonly string[];
}

/** An option that there is not is the answer. */
function dumpWords(vswitchd: Vswitchd, args: readonly string[]): DumpWords | Reply {
  const options = args.filter((word) => word.startsWith("-"));
  const odd = options.find((word) => !["-m", "--more", "--names", "--no-names"].includes(word));
  if (odd !== undefined) return failed(`Unrecognized option ${odd}\n`);
  const verbose = options.includes("-m") || options.includes("--more");
  const isNamed = options.includes("--names") || (verbose && !options.includes("--no-names"));
  const named = isNamed ? new Map([...vswitchd.dpif.ports].map(([n, { name }]) => [n, name])) : undefined;
  const format: OdpFormat = {
    verbose,
    ...(named === undefined ? {} : { portName: (port: number) => named.get(port) }),
  };
  return { format, rest: args.filter((word) => !word.startsWith("-")) };
}

/** filter=: a packet's flow; megaflows that no packet like it can match are left out. @throws UsageError */
function parseFilter(vswitchd: Vswitchd, text: string): (flow: DumpedFlow) => boolean {
  const ports = {
    name: () => undefined,
    number: (name: string) => [...vswitchd.dpif.ports].find(([, netdev]) => netdev.name === name)?.[0],
  };
  const wanted = parsePacketFlow(text, { ports });
  if (wanted.u32(FLOW_IN_PORT) === OFPP_NONE) wanted.setU32(FLOW_IN_PORT, 0);
  // no field is a part of two bytes
  const isSaid = wanted.bytes.map((_, i) => (wanted.be16(i & ~1) === 0 ? 0 : 0xff));
  return ({ key, mask }) =>
    isSaid.every((bits, i) => ((key.bytes[i]! ^ wanted.bytes[i]!) & mask.bytes[i]! & bits) === 0);
}

const TYPES = ["ovs", "tc", "dpdk", "offloaded", "partially-offloaded", "non-offloaded", "all"];
/** Types that flows of the userspace datapath are of: nothing is offloaded. */
const OWN_TYPES = ["ovs", "non-offloaded", "all"];

export function line(vswitchd: Vswitchd, flow: DumpedFlow, format: OdpFormat): string {
  const { key, mask, packets, bytes, usedMs, tcpFlags, actions } = flow;
  const idle = usedMs === undefined ? {} : { idleMs: Math.max(vswitchd.nowMs - usedMs, 0) };
  const numbers = { packets: BigInt(packets), bytes: BigInt(bytes), tcpFlags };
  const more = format.verbose ? { ufid: ufidOf(flow), extraInfo: `miniflow_bits(${flow.miniflowBits().join()})` } : {};
  return `${formatDatapathFlow({ key, mask, ...numbers, ...idle, actions, ...more }, format)}\n`;
}

function said(rest: readonly string[], key: string): string | undefined {
  return rest.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
}

/** Megaflows are numbered here, where the reference hashes them. */
export function ufidOf({ id }: DumpedFlow): string {
  return `72696e67-6265-4000-8000-${id.toString(16).padStart(12, "0")}`;
}

/** The threads' megaflows, each under its heading; threads without any are not named. */
function dump(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const words = dumpWords(vswitchd, args);
  if ("text" in words) return words;
  const { format, rest } = words;
  const isKey = (word: string): boolean => /^(filter|type|pmd)=/.test(word);
  const [dp] = rest;
  if (dp !== undefined && !isKey(dp) && dp !== "netdev@ovs-netdev")
    return failed("ovs-vswitchd: datapath not found (Invalid argument)\n");
  const type = said(rest, "type");
  const unknown = type?.split(/[, ]/).find((word) => !TYPES.includes(word));
  if (unknown !== undefined) return failed(`ovs-vswitchd: Failed to parse type (${type}) (Invalid argument)\n`);
  if (type !== undefined && !type.split(/[, ]/).some((word) => OWN_TYPES.includes(word))) return ok();
  let passes: (flow: DumpedFlow) => boolean = () => true;
  const filter = said(rest, "filter");
  try {
    if (filter !== undefined) passes = parseFilter(vswitchd, filter);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return failed(`ovs-vswitchd: Failed to parse filter (${error.message})\n`);
  }
  const core = said(rest, "pmd");
  if (core !== undefined && !/^-?\d+$/.test(core)) return failed("");
  // a single thread's have no heading, but beside a datapath
  return ok(parts(vswitchd, core, core !== undefined && rest[0] === dp && isKey(dp ?? ""), format, passes));
}

function parts(
  vswitchd: Vswitchd,
  core: string | undefined,
  bare: boolean,
  format: OdpFormat,
  passes: (flow: DumpedFlow) => boolean,
): string {
  const { threads, main } = vswitchd.dpif.threads;
  const part = (title: string, pmd: OvsPmd): string => {
    const flows = [...vswitchd.upcalls.dump(pmd)];
    const lines = flows.filter(passes).map((flow) => line(vswitchd, flow, format));
    return flows.length === 0 ? "" : `${bare ? "" : `${title}\n`}${lines.join("")}`;
  };
  const chosen = threads.filter(({ cpu }) => core === undefined || String(cpu.core) === core);
  const mainTitle =
    vswitchd.version === "2.7" ? "flow-dump from non-dpdk interfaces:" : "flow-dump from the main thread:";
  const all = chosen.map(({ cpu, pmd }) => part(`flow-dump from pmd on cpu core: ${cpu.core}`, pmd));
  return all.join("") + (core === undefined || core === "-1" ? part(mainTitle, main) : "");
}

/** One bridge's, without headings. */
function dumpBridge(vswitchd: Vswitchd, args: readonly string[]): Reply {
  const words = dumpWords(vswitchd, args);
  if ("text" in words) return words;
  const { format, rest } = words;
  const bridge = vswitchd.bridges.get(rest[0] ?? "");
  if (bridge === undefined) return failed("no such bridge\n");
  const ports = new Set([...bridge.ifaces.values()].map(({ odpPort }) => odpPort));
  let text = "";
  for (const pmd of vswitchd.datapath.pmds) {
    for (const flow of vswitchd.upcalls.dump(pmd)) {
      if (ports.has(inPort(flow))) text += line(vswitchd, flow, format);
    }
  }
  return ok(text);
}

function inPort({ key }: DumpedFlow): number {
  return key.u32(FLOW_IN_PORT);
}

export const FLOW_COMMANDS: readonly (readonly [string, Shape])[] = [
  ["dpctl/dump-flows", { usage: "[-m] [--names] [dp] [filter=..] [type=..] [pmd=..]", min: 0, max: 6, run: dump }],
  ["dpif/dump-flows", { usage: "[-m] [--names | --no-names] bridge", min: 1, max: 3, run: dumpBridge }],
];
