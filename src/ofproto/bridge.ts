// bridge - what a bridge is to a translation (struct xbridge): its ports and bundles, OpenFlow tables, groups, meters, MAC table and mirrors.
import { FLOW_RECIRC_ID, FLOW_REGS } from "../../assembly/abi/flow.ts";
import type { Match } from "../openflow/flow.ts";
import type { OfPort, Ofpact } from "../openflow/ofpact.ts";
import { anyMatch } from "../openflow/parse-match.ts";
import type { FlowTables } from "./flow-tables.ts";
import type { Group } from "./group.ts";
import type { MacLearning } from "./mac-learning.ts";
import type { McastSnooping } from "./mcast-snooping.ts";
import type { Meter } from "./meter.ts";
import type { Mirror } from "./mirror.ts";
import type { Bundle, Port } from "./port.ts";
import { portOrder } from "./port-order.ts";
import type { Rule } from "./rule.ts";

/** What happens to IP fragments (ovs-ofctl set-frags). */
export type FragHandling = "normal" | "drop" | "nx-match";

/** The reason for a packet that no rule is for has no name. */
const PACKET_IN: readonly Ofpact[] = [
  { type: "controller", maxLen: 0xffff, controllerId: 0, reason: "", pause: false },
];

/** Rules of its own are told apart by a register, which no packet has set yet. */
function markedMatch(mark: number): Match {
  const match = anyMatch();
  match.flow.setU32(FLOW_REGS, mark);
  match.mask.setU32(FLOW_REGS, 0xffffffff);
  return match;
}

function unrecirculatedMatch(): Match {
  const match = anyMatch();
  match.mask.setU32(FLOW_RECIRC_ID, 0xffffffff);
  return match;
}

export class Bridge {
  readonly name: string;
  readonly tables: FlowTables;
  readonly macs: MacLearning;
  readonly ports = new Map<OfPort, Port>();
  /** In the order they were made: NORMAL floods in it. */
  readonly bundles: Bundle[] = [];
  readonly groups = new Map<number, Group>();
  readonly meters = new Map<number, Meter>();
  mirrors: readonly Mirror[] = [];
  /** undefined: multicast goes as broadcast does */
  snooping: McastSnooping | undefined;
  forwardBpdu = false;
  fragHandling: FragHandling = "normal";
  /** A controller of OpenFlow 1.0 to 1.2 is there: it gets the packets that no rule is for. */
  packetInOnMiss = false;
  /** Some controller is there. */
  hasController = false;
  readonly missRule: Rule;
  readonly noPacketInRule: Rule;
  readonly dropFragsRule: Rule;
  private order: readonly Port[] | undefined;

  constructor(name: string, tables: FlowTables, macs: MacLearning) {
    this.name = name;
    this.tables = tables;
    this.macs = macs;
    this.missRule = tables.addInternal(markedMatch(1), 0, PACKET_IN);
    this.noPacketInRule = tables.addInternal(markedMatch(2), 0, []);
    this.dropFragsRule = tables.addInternal(markedMatch(3), 0, []);
    tables.addInternal(unrecirculatedMatch(), 2, []);
  }

  /** Ports as FLOOD and ALL go through them. */
  get floodPorts(): readonly Port[] {
    if (this.order === undefined) {
      const bundled = this.bundles.flatMap(({ ports }) => ports);
      this.order = portOrder([...bundled, ...[...this.ports.values()].filter((port) => !bundled.includes(port))]);
    }
    return this.order;
  }

  /** Ports, bundles or what is in them are others now. */
  portsChanged(): void {
    this.order = undefined;
  }
}
