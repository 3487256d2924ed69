// ofproto-switch - bridges over a datapath that is not there, set up by the texts of ovs-ofctl, for tests of ofproto.

import { FLOW_IN_PORT } from "../../assembly/abi/flow.ts";
import { Backer } from "../../src/ofproto/backer.ts";
import { OfpError } from "../../src/ofproto/ofp-error.ts";
import type { Ofproto } from "../../src/ofproto/ofproto.ts";
import type { VlanSettings } from "../../src/ofproto/port.ts";
import { traceText } from "../../src/ofproto/trace.ts";
import type { FlowModCommand } from "../../src/openflow/flow-mod.ts";
import type { GroupModCommand } from "../../src/openflow/group.ts";
import { checkMeterMod, type MeterMod } from "../../src/openflow/meter.ts";
import { parseFlowMod } from "../../src/openflow/parse-flow-mod.ts";
import { parseGroupMod } from "../../src/openflow/parse-group-mod.ts";
import { parseMeterMod } from "../../src/openflow/parse-meter-mod.ts";
import { parseOdpFlow } from "../../src/openflow/parse-odp-flow.ts";
import { parseActions } from "../../src/openflow/parse-ofpacts.ts";
import { parsePacketFlow } from "../../src/openflow/parse-packet-flow.ts";
import { OFPP_MAX } from "../../src/openflow/ports.ts";
import { lowestProtocol, type OfVersion, versionProtocols } from "../../src/openflow/protocol.ts";
import { wireFlowMod } from "../../src/openflow/wire-flow-mod.ts";
import { wireGroupMod } from "../../src/openflow/wire-group-mod.ts";

const OF15: OfVersion = 6;

/** @returns the error that the switch answers with, or nothing */
function refusal(send: () => void): string {
  try {
    send();
    return "";
  } catch (error) {
    if (error instanceof OfpError) return error.code;
    throw error;
  }
}

function accepted(text: string, error: string): void {
  if (error !== "") throw new Error(`test: ${text}: found ${error}`);
}

export interface SwitchPort extends VlanSettings {
  readonly peer?: string;
}

export class TestSwitch {
  readonly backer = new Backer();
  private nextOdp = 1000;

  /** br0's own port is 100, as OVS's dummy datapath has it. */
  bridge(name: string): Ofproto {
    const ofproto = this.backer.addBridge({ name });
    const odpPort = name === "br0" ? 100 : 100 + Number(name.slice(2));
    ofproto.setBundle({ name, ports: [ofproto.addPort({ name, odpPort })] });
    return ofproto;
  }

  /** A port of a number below 1000 has the same in the datapath. */
  port(bridge: string, name: string, request: number, { peer, ...vlans }: SwitchPort = {}): void {
    const ofproto = this.of(bridge);
    const odpPort = request < 1000 ? request : this.nextOdp++;
    const number = ofproto.addPort({ name, request, ...(peer === undefined ? { odpPort } : { peer }) });
    ofproto.setBundle({ name, ports: [number], ...vlans });
  }

  of(bridge: string): Ofproto {
    return this.backer.bridge(bridge)!;
  }

  /** As ovs-ofctl sends it with -O. @returns the switch's refusal, or nothing */
  flowMod(bridge: string, text: string, command: FlowModCommand = "add", version: OfVersion = OF15): string {
    const { mod, protocols } = parseFlowMod(text, command);
    const protocol = lowestProtocol(protocols & versionProtocols(version));
    const wired = wireFlowMod(mod, protocol, { maxPorts: OFPP_MAX, nTables: 255 });
    // actions for debugging are taken where there are dummy devices, as where these were recorded
    const isDebug = /debug_(recirc|slow)/.test(text);
    if ("error" in wired && !isDebug) return wired.error;
    return refusal(() => this.of(bridge).flowMod("error" in wired ? mod : wired.mod));
  }

  flows(bridge: string, flows: readonly string[]): void {
    for (const flow of flows) accepted(flow, this.flowMod(bridge, flow));
  }

  groupMod(bridge: string, text: string, command: GroupModCommand): string {
    const wired = wireGroupMod(parseGroupMod(text, command).mod, OF15);
    return "error" in wired ? wired.error : refusal(() => this.of(bridge).groupMod(wired.mod));
  }

  group(bridge: string, text: string): void {
    accepted(text, this.groupMod(bridge, text, "add"));
  }

  meterMod(bridge: string, text: string, command: MeterMod["command"]): string {
    const mod = parseMeterMod(text, command);
    return checkMeterMod(mod) ?? refusal(() => this.of(bridge).meterMod(mod));
  }

  meter(bridge: string, text: string): void {
    accepted(text, this.meterMod(bridge, text, "add"));
  }

  trace(bridge: string, flow: string): string {
    return traceText(this.backer, this.of(bridge), parsePacketFlow(flow));
  }

  /** flow: of the datapath */
  traceOdp(text: string): string {
    const { flow } = parseOdpFlow(text);
    const entrance = this.backer.lookup(flow);
    if ("error" in entrance) return `error: ${entrance.error}\n`;
    flow.setU32(FLOW_IN_PORT, entrance.inPort);
    return traceText(this.backer, entrance.ofproto, flow);
  }

  packetOut(bridge: string, flow: string, actions: string): string {
    return traceText(this.backer, this.of(bridge), parsePacketFlow(flow), { actions: parseActions(actions).actions });
  }
}
