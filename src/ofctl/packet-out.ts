// packet-out - ovs-ofctl's packet-out: what is wrong with the request is said as the reference does. Not modelled: the packet itself, as the switch
// has no way to carry out actions on a packet that came by no port.
import { UsageError } from "../errors.ts";
import { checkActions } from "../ofproto/action-check.ts";
import { OfpError } from "../ofproto/ofp-error.ts";
import { Flow } from "../openflow/flow.ts";
import { formatOfpacts } from "../openflow/format-ofpacts.ts";
import { formatPacketFlow } from "../openflow/format-packet-flow.ts";
import { parseHexBytes } from "../openflow/hex-bytes.ts";
import { KeyValues } from "../openflow/key-value.ts";
import { type ParsedOfpacts, parseActions } from "../openflow/parse-ofpacts.ts";
import { formatPort, OFPP_CONTROLLER, OFPP_NONE, parsePort } from "../openflow/ports.ts";
import { namesFor, type OfctlCall, type OfctlCommand } from "./command.ts";
import { portNumber } from "./port-lookup.ts";

interface PacketOut {
  readonly inPort: number;
  readonly packet: Uint8Array;
  readonly parsed: ParsedOfpacts;
}

const ETH_HEADER = 14;

/** @throws UsageError */
function frame(text: string, prefix = ""): Uint8Array {
  const { bytes, end } = parseHexBytes(text);
  if (text.slice(end).trim() !== "") throw new UsageError(`${prefix}Trailing garbage in packet data`);
  if (bytes.length < ETH_HEADER) throw new UsageError(`${prefix}Packet data too short for Ethernet`);
  return bytes;
}

/** `in_port=1,packet=...,actions=...`. @throws UsageError */
function parseOneWord(text: string, call: OfctlCall): PacketOut {
  const names = namesFor(call);
  const at = text.search(/\bactions?=/);
  const head = at < 0 ? text : text.slice(0, at);
  const parsed = parseActions(at < 0 ? "" : text.slice(text.indexOf("=", at) + 1), names);
  let inPort = OFPP_CONTROLLER;
  let packet: Uint8Array | undefined;
  const pairs = new KeyValues(head);
  while (pairs.next()) {
    const { key, value } = pairs;
    if (value === "") throw new UsageError(`field ${key} missing value`);
    if (key === "in_port") {
      const port = parsePort(value, names.ports, call.log);
      if (port === undefined) throw new UsageError(`${value} is not a valid port for in_port`);
      inPort = port;
    } else if (key === "packet") packet = frame(value, "packet: ");
    else throw new UsageError(`unknown keyword ${key}`);
  }
  if (packet === undefined) throw new UsageError("must specify packet");
  return { inPort, packet, parsed };
}

/** The older form: in_port, actions, packets. @throws UsageError */
function parseWords([port = "", actions = "", ...packets]: readonly string[], call: OfctlCall): PacketOut[] {
  const parsed = parseActions(actions, namesFor(call));
  const inPort = port.toLowerCase() === "none" ? OFPP_NONE : portNumber(call.connection, port);
  return packets.map((packet) => ({ inPort, packet: frame(packet), parsed }));
}

const packetOut: OfctlCommand = {
  min: 2,
  max: 99,
  run(call) {
    const { connection, args, vswitchd } = call;
    if (args.length === 2) throw new UsageError(`Too many arguments (${args.length + 2})`);
    const outs = args.length === 1 ? [parseOneWord(args[0]!, call)] : parseWords(args, call);
    for (const { inPort, packet, parsed } of outs) {
      connection.choose(parsed.protocols);
      try {
        checkActions(parsed.actions, connection.bridge.ofproto.bridge);
      } catch (error) {
        if (!(error instanceof OfpError)) throw error;
        const flow = new Flow();
        flow.bytes.set(vswitchd.extract(packet, { inPort: 0 }));
        const head = ` in_port=${formatPort(inPort)} actions=${formatOfpacts(parsed.actions)} data_len=${packet.length}`;
        connection.refused(error.code, "OFPT_PACKET_OUT", `${head}\n${formatPacketFlow(flow)}`);
        return 1;
      }
    }
    throw new UsageError("packet-out: sending packets is not modelled");
  },
};

export const PACKET_COMMANDS: readonly (readonly [string, OfctlCommand])[] = [["packet-out", packetOut]];
