// ovs-switch - `--switch ovs`: the host's ports joined by the OVS datapath and the howto's rules, one for each direction of each wire
// (in_port=1,actions=output:3, ...), on one PMD thread. phyN is OpenFlow port N + 1, vhostN the one behind all NICs.
import { UsageError } from "../errors.ts";
import { Backer } from "../ofproto/backer.ts";
import { parseFlowMod } from "../openflow/parse-flow-mod.ts";
import { Translations } from "../vswitchd/translations.ts";
import { Upcalls } from "../vswitchd/upcalls.ts";
import type { Machine, Queue } from "../wasm/machine.ts";
import { OvsDatapath, type OvsPmd, type PmdStats } from "../wasm/ovs-datapath.ts";
import type { Topology } from "./topology.ts";

const BRIDGE = "br0";
const ETHER_MTU = 1500;
/** Around the MTU: Ethernet header and FCS. */
const BEYOND_MTU = 18;
const MTU_MAX = 9702;
/** Megaflows that live: all that revalidators would leave in a run that they do not visit. */
const REVALIDATION_MS = 500;

export interface SwitchPort {
  readonly name: string;
  readonly kind: "dpdk" | "vhost";
  readonly rx: readonly Queue[];
  readonly tx: readonly Queue[];
}

export interface OvsSwitchOptions {
  readonly hz: number;
  readonly seed: number;
  readonly maxFrame: number;
  readonly lcores: number;
  /** Keep what upcalls come to, for a trace. */
  readonly trace: boolean;
}

export class OvsSwitch {
  /** As ovs-ofctl would be given them. */
  readonly rules: readonly string[];
  private readonly pmd: OvsPmd;
  /** In traced runs. */
  readonly translations: Translations | undefined;
  private readonly upcalls: Upcalls;
  private revalidatedMs = 0;

  /** lcore: linear address of the PMD thread's. ports: in the order of their OpenFlow numbers */
  constructor(
    machine: Machine,
    lcore: number,
    topology: Topology,
    ports: readonly SwitchPort[],
    options: OvsSwitchOptions,
  ) {
    const datapath = new OvsDatapath(machine, { hz: options.hz, lcores: options.lcores });
    const backer = new Backer();
    if (options.trace) this.translations = new Translations();
    this.upcalls = new Upcalls(backer, datapath, this.translations);
    const ofproto = backer.addBridge({ name: BRIDGE });
    this.pmd = datapath.addPmd(lcore, { seed: options.seed || 1 });
    const mtu = Math.min(Math.max(options.maxFrame - BEYOND_MTU, ETHER_MTU), MTU_MAX);
    const rxqs = ports.flatMap(({ name, kind, rx, tx }, i) => {
      const number = i + 1;
      ofproto.addPort({ name, request: number, odpPort: number });
      const port = datapath.addPort({ number, kind, rx, tx, mtu });
      port.setConnected(true);
      return port.rxqs;
    });
    const numberOf = (name: string): number => ports.findIndex((port) => port.name === name) + 1;
    this.rules = rulesOf(topology).map(([from, to]) => `in_port=${numberOf(from)},actions=output:${numberOf(to)}`);
    for (const rule of this.rules) ofproto.flowMod(parseFlowMod(rule, "add").mod);
    this.pmd.poll(rxqs);
  }

  /** Answers what the thread's poll asks. nowMs: virtual time */
  answer(nowMs: number): void {
    if (!this.pmd.waits) return;
    this.pmd.handleUpcalls((upcall) => this.upcalls.decide(upcall));
    if (nowMs - this.revalidatedMs < REVALIDATION_MS) return;
    this.revalidatedMs = nowMs;
    this.upcalls.run(nowMs);
  }

  stats(): PmdStats {
    return this.pmd.readStats();
  }
}

/** Both directions of what the host's wires join; each once, whatever the number of queues. @throws UsageError for what rules on ports cannot say */
function rulesOf(topology: Topology): (readonly [from: string, to: string])[] {
  const rules = new Map<string, string>();
  for (const { lcore, rx, tx } of topology.streams) {
    if (lcore !== "host") continue;
    const known = rules.get(rx[0]);
    if (known !== undefined && known !== tx[0])
      throw new UsageError(
        `switch: found ovs with topology ${topology.name}, expected p2p, pvp, pvvp or loopback, or --switch wire`,
      );
    rules.set(rx[0], tx[0]);
  }
  return [...rules];
}
