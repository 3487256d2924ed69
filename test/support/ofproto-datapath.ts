// ofproto-datapath - a list of megaflows, as far as ofproto needs a datapath: packets find one or ask, each counts, recirculation goes round.
import {
  FLOW_DP_HASH,
  FLOW_IN_PORT,
  FLOW_NW_DST,
  FLOW_NW_PROTO,
  FLOW_NW_SRC,
  FLOW_RECIRC_ID,
  FLOW_TCP_FLAGS,
  FLOW_TP_SRC,
  FLOW_VLAN_TCI,
} from "../../assembly/abi/flow.ts";
import type { Backer } from "../../src/ofproto/backer.ts";
import { hashAdd, hashFinish, hashInt } from "../../src/ofproto/hash.ts";
import type { DatapathFlow, DatapathFlows } from "../../src/ofproto/revalidator.ts";
import type { Flow } from "../../src/openflow/flow.ts";
import { formatDatapathFlow } from "../../src/openflow/format-dp-flow.ts";
import type { DatapathAction } from "../../src/wasm/ovs-actions.ts";

interface Megaflow extends DatapathFlow {
  packets: number;
  bytes: number;
  tcpFlags: number;
  usedMs: number | undefined;
  actions: readonly DatapathAction[];
}

const VLAN_VID_AND_CFI = 0x1fff;
const DP_HASH_LAST = 42;

/** What the datapath knows a packet of IPv4 by. */
function hashOf(flow: Flow): number {
  let hash = hashAdd(0, flow.u32(FLOW_NW_SRC));
  hash = hashAdd(hash, flow.u32(FLOW_NW_DST));
  hash = hashAdd(hash, flow.u8(FLOW_NW_PROTO));
  return hashFinish(hashAdd(hash, flow.u32(FLOW_TP_SRC)), DP_HASH_LAST);
}

export class TestDatapath implements DatapathFlows {
  private readonly backer: Backer;
  private readonly flows = new Map<number, Megaflow>();
  /** Why packets were dropped. */
  readonly drops: string[] = [];

  constructor(backer: Backer) {
    this.backer = backer;
  }

  receive(flow: Flow, odpPort: number, packet: Uint8Array): void {
    flow.setU32(FLOW_IN_PORT, odpPort);
    this.process(flow, packet);
  }

  private process(flow: Flow, packet: Uint8Array): void {
    const known = [...this.flows.values()].find(({ key, mask }) =>
      key.words.every((word, i) => ((word ^ flow.words[i]!) & mask.words[i]!) === 0),
    );
    const { nowMs } = this.backer;
    if (known !== undefined) {
      known.packets++;
      known.bytes += packet.length;
      known.tcpFlags |= flow.be16(FLOW_TCP_FLAGS);
      known.usedMs = nowMs;
      this.execute(known.actions, flow, packet);
      return;
    }
    const { actions, putActions, wildcards, cacheable, id } = this.backer.upcall(flow, packet, nowMs);
    if (cacheable) {
      const image = { key: flow.clone(), mask: wildcards.clone() };
      // megaflows always tell whether there is a tag
      if (image.mask.be16(FLOW_VLAN_TCI) === 0) image.mask.setBe16(FLOW_VLAN_TCI, VLAN_VID_AND_CFI);
      this.flows.set(id, { id, ...image, packets: 0, bytes: 0, tcpFlags: 0, usedMs: undefined, actions: putActions });
    }
    this.execute(actions, flow, packet);
  }

  private execute(actions: readonly DatapathAction[], flow: Flow, packet: Uint8Array): void {
    for (const action of actions) {
      if (action.type === "drop") this.drops.push(action.why);
      else if (action.type === "hash") flow.setU32(FLOW_DP_HASH, hashInt(hashOf(flow), action.basis));
      else if (action.type === "recirc") {
        const again = flow.clone();
        again.setU32(FLOW_RECIRC_ID, action.id);
        this.process(again, packet);
      } else if (action.type === "userspace" && action.reason === "slow_path")
        this.execute(this.backer.slowPath(flow, packet, this.backer.nowMs).actions, flow, packet);
    }
    if (actions.length === 0) this.drops.push("of_pipeline");
  }

  each(visit: (flow: DatapathFlow) => void): void {
    for (const flow of [...this.flows.values()]) visit(flow);
  }

  modify(flow: DatapathFlow, actions: readonly DatapathAction[]): void {
    this.flows.get(flow.id)!.actions = actions;
  }

  remove(flow: DatapathFlow): void {
    this.flows.delete(flow.id);
  }

  /** As dpctl/dump-flows. */
  dump(): string[] {
    return [...this.flows.values()].map(({ usedMs, packets, bytes, ...flow }) =>
      formatDatapathFlow({
        ...flow,
        packets: BigInt(packets),
        bytes: BigInt(bytes),
        ...(usedMs === undefined ? {} : { idleMs: this.backer.nowMs - usedMs }),
      }),
    );
  }
}
