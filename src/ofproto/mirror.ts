// mirror - copies of a bridge's packets for one port or one VLAN (ofproto/ofproto-dpif-mirror.c).
import type { Bundle } from "./port.ts";
import { Traffic } from "./stats.ts";

export interface MirrorSettings {
  readonly name: string;
  /** Bundles whose packets are copied when they come in, and when they go out. */
  readonly selectSource: readonly string[];
  readonly selectDestination: readonly string[];
  /** Only packets of these; none: all */
  readonly selectVlans: readonly number[];
  /** A bundle, which then carries nothing else, or a VLAN. */
  readonly outputPort?: string;
  readonly outputVlan?: number;
  /** Bytes of a copy; 0: all */
  readonly snaplen?: number;
}

export class Mirror {
  readonly name: string;
  readonly sources: ReadonlySet<Bundle>;
  readonly destinations: ReadonlySet<Bundle>;
  readonly vlans: ReadonlySet<number> | undefined;
  readonly output: Bundle | undefined;
  readonly outputVlan: number;
  readonly snaplen: number;
  readonly traffic = new Traffic();

  constructor(settings: MirrorSettings, find: (name: string) => Bundle | undefined) {
    const bundles = (names: readonly string[]): ReadonlySet<Bundle> =>
      new Set(names.map(find).filter((bundle) => bundle !== undefined));
    this.name = settings.name;
    this.sources = bundles(settings.selectSource);
    this.destinations = bundles(settings.selectDestination);
    this.vlans = settings.selectVlans.length === 0 ? undefined : new Set(settings.selectVlans);
    this.output = settings.outputPort === undefined ? undefined : find(settings.outputPort);
    this.outputVlan = settings.outputVlan ?? -1;
    this.snaplen = settings.snaplen ?? 0;
  }

  /** Goes to the same place. */
  isDuplicate(other: Mirror): boolean {
    return this.output === other.output && this.outputVlan === other.outputVlan;
  }
}
