// vdev-vhost - net_vhost's arguments. Follows rte_pmd_vhost_probe of drivers/net/vhost (22.11): numbers are cut to 16 bits, and a
// key that stands twice is taken as absent.
import type { DevArgs } from "../eal/devargs.ts";
import { parseKvargs } from "../eal/kvargs.ts";
import { numberOf, type Refusal, type VdevBase } from "./vdev-base.ts";

/** RTE_MAX_QUEUES_PER_PORT. */
const MAX_QUEUES = 1024;

export interface VhostVdev extends VdevBase {
  readonly driver: "net_vhost";
  readonly iface: string;
  readonly queues: number;
  readonly client: boolean;
  readonly iommuSupport: boolean;
  readonly postcopySupport: boolean;
  readonly tso: boolean;
  readonly linearBuffer: boolean;
  readonly extBuffer: boolean;
  readonly legacyOlFlags: boolean;
  /** false: checksums of the driver are not taken, as OVS has it. */
  readonly checksums?: boolean;
}

const VHOST_FLAGS = {
  client: "client",
  "iommu-support": "iommuSupport",
  "postcopy-support": "postcopySupport",
  tso: "tso",
  "linear-buffer": "linearBuffer",
  "ext-buffer": "extBuffer",
  "legacy-ol-flags": "legacyOlFlags",
} as const;
type VhostFlag = (typeof VHOST_FLAGS)[keyof typeof VHOST_FLAGS];

export function parseVhost({ name, args }: DevArgs): VhostVdev | Refusal {
  const kvargs = parseKvargs(args, ["iface", "queues", ...Object.keys(VHOST_FLAGS)]);
  const iface = kvargs?.single("iface")?.value;
  if (kvargs === undefined || iface === undefined) return "failed";
  const short = (key: string, fallback: number): number => {
    const pair = kvargs.single(key);
    if (pair === undefined) return fallback;
    return pair.value === undefined ? Number.NaN : numberOf(pair.value) & 0xffff;
  };
  const queues = short("queues", 1);
  if (Number.isNaN(queues)) return "failed";
  if (queues > MAX_QUEUES) return "absent";
  const flags = {} as Record<VhostFlag, boolean>;
  for (const [key, field] of Object.entries(VHOST_FLAGS)) {
    const n = short(key, 0);
    if (Number.isNaN(n)) return "failed";
    flags[field] = field === "linearBuffer" || field === "extBuffer" ? n === 1 : n !== 0;
  }
  return { driver: "net_vhost", name, devargs: args, iface, queues, ...flags };
}
