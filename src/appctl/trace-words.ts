// trace-words - the arguments of ofproto/trace and ofproto/trace-packet-out (ofproto/ofproto-dpif-trace.c of OVS 3.1): a flow of a bridge or of the
// datapath, a packet that is there or one that is made up, options wherever they stand.
import {
  FLOW_DP_HASH,
  FLOW_IN_PORT,
  FLOW_PKT_MARK,
  FLOW_RECIRC_ID,
  FLOW_SKB_PRIORITY,
} from "../../assembly/abi/flow.ts";
import { UsageError } from "../errors.ts";
import type { Ofproto } from "../ofproto/ofproto.ts";
import { composePacket } from "../openflow/compose-packet.ts";
import { CT_STATES } from "../openflow/flags.ts";
import { Flow } from "../openflow/flow.ts";
import { parseHexBytes } from "../openflow/hex-bytes.ts";
import { parseOdpFlow } from "../openflow/parse-odp-flow.ts";
import { parsePacketFlow } from "../openflow/parse-packet-flow.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";

export interface TraceWords {
  readonly ofproto: Ofproto;
  /** With the bridge's port number. */
  readonly flow: Flow;
  /** Of a packet that side effects take place for. */
  readonly packet: Uint8Array | undefined;
  readonly names: boolean;
}

interface Options {
  readonly generate: boolean;
  readonly names: boolean;
  /** A flow, maybe with a bridge or a datapath before it and a packet behind it. */
  readonly words: readonly string[];
}

const ETH_HEADER = 14;
const MOST_WORDS = 3;
/** What a datapath may be called. */
const DATAPATHS = ["netdev", "ovs-netdev"];

/** @throws UsageError */
function parseOptions(args: readonly string[]): Options {
  let generate = false;
  let names = false;
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === "-generate" || word === "--generate") generate = true;
    else if (word === "-names" || word === "--names") names = true;
    else if (word === "-ct-next" || word === "--ct-next") checkCtState(args[++i]);
    else if (word.startsWith("-")) throw new UsageError(`${word}: unknown option`);
    else if (words.length === MOST_WORDS) throw new UsageError("too many arguments");
    else words.push(word);
  }
  return { generate, names, words };
}

/** The state of the next round of connection tracking: there is none here, but it is read. @throws UsageError */
function checkCtState(text: string | undefined): void {
  if (text === undefined) throw new UsageError("Missing argument for option --ct-next");
  for (const flag of text.split(/[, ]+/))
    if (!CT_STATES.names.includes(flag)) throw new UsageError(`${flag}: unknown connection tracking state flag`);
}

/** A packet in hexadecimal. @throws UsageError */
function parseFrame(text: string): Uint8Array {
  const { bytes, end } = parseHexBytes(text);
  if (text.slice(end).trim() !== "") throw new UsageError("Trailing garbage in packet data");
  if (bytes.length < ETH_HEADER) throw new UsageError("Packet data too short for Ethernet");
  return bytes;
}

function frameOrNothing(text: string): Uint8Array | undefined {
  try {
    return parseFrame(text);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** @throws UsageError in the switch's words */
export function parseTraceWords(vswitchd: Vswitchd, args: readonly string[]): TraceWords {
  const { generate, names, words } = parseOptions(args);
  let frame: Uint8Array | undefined;
  let about = words;
  if (!generate && words.length > 1) {
    frame = words.length === MOST_WORDS ? parseFrame(words[2]!) : frameOrNothing(words[1]!);
    if (frame !== undefined) about = words.slice(0, -1);
  }
  const { ofproto, flow } = parseFlow(vswitchd, about);
  if (generate) frame = composePacket(flow);
  if (frame === undefined) return { ofproto, flow, names, packet: undefined };
  return { ofproto, flow: generate ? flow : extracted(vswitchd, frame, flow), names, packet: frame };
}

function parseFlow(vswitchd: Vswitchd, words: readonly string[]): { readonly ofproto: Ofproto; readonly flow: Flow } {
  const text = words.at(-1) ?? "";
  const odp = odpFlow(vswitchd, text);
  if (!("error" in odp)) {
    if (words.length > 2) throw new UsageError("Syntax error");
    if (words.length === 2 ? !DATAPATHS.includes(words[0]!) : vswitchd.bridges.size === 0)
      throw new UsageError("Cannot find the datapath");
    const entrance = vswitchd.backer.lookup(odp.flow);
    if ("error" in entrance) throw new UsageError(entrance.error);
    odp.flow.setU32(FLOW_IN_PORT, entrance.inPort);
    return { ofproto: entrance.ofproto, flow: odp.flow };
  }
  if (words.length > 2) throw new UsageError("Syntax error");
  if (words.length !== 2) throw new UsageError(`${odp.error} (or the bridge name was omitted)`);
  const bridge = vswitchd.bridges.get(words[0]!);
  if (bridge === undefined) throw new UsageError(`${words[0]}: unknown bridge`);
  try {
    return { ofproto: bridge.ofproto, flow: parsePacketFlow(text, { ports: bridge.ofproto.portMap }) };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`Bad openflow flow syntax: ${error.message}`);
  }
}

function odpFlow(vswitchd: Vswitchd, text: string): { readonly flow: Flow } | { readonly error: string } {
  const port = (name: string): number | undefined =>
    [...vswitchd.dpif.ports].find(([, netdev]) => netdev.name === name)?.[0];
  try {
    return parseOdpFlow(text, { port });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { error: error.message };
  }
}

/** The packet's own headers, with the metadata that a packet carries. */
function extracted(vswitchd: Vswitchd, frame: Uint8Array, given: Flow): Flow {
  const metadata = {
    inPort: given.u32(FLOW_IN_PORT),
    recircId: given.u32(FLOW_RECIRC_ID),
    dpHash: given.u32(FLOW_DP_HASH),
    skbPriority: given.u32(FLOW_SKB_PRIORITY),
    pktMark: given.u32(FLOW_PKT_MARK),
  };
  const flow = new Flow();
  flow.bytes.set(vswitchd.extract(frame, metadata));
  return flow;
}
