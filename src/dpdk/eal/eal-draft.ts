// eal-draft - what EAL's options have said so far: internal_config and lcore_config of EAL before they are checked as a whole.
// Written by eal-options.ts, read and judged by eal.ts.

import { MAX_LCORE } from "../limits.ts";
import type { LcoreMap } from "./eal-lcores.ts";

/** RTE_VECT_DEFAULT_SIMD_BITWIDTH of x86. */
export const SIMD_DEFAULT = 256;

export type ProcessType = "primary" | "secondary" | "auto" | "invalid";

/** What the options say, as far as it was read; eal.ts checks it as a whole. */
export interface EalDraft {
  lcores: LcoreMap;
  /** The option that named the lcores; empty: none did. */
  lcoresBy: "" | "-c" | "-l" | "--lcores";
  mainLcore: number | undefined;
  serviceLcores: Set<number>;
  /** --vdev, -a and -b in their order. */
  devices: { readonly list: "vdev" | "allow" | "block"; readonly text: string }[];
  filePrefix: string | undefined;
  hugeDir: string | undefined;
  mbufPoolOps: string | undefined;
  processType: ProcessType;
  iovaMode: "" | "pa" | "va";
  memoryMb: number;
  memoryGiven: boolean;
  socketMemory: boolean;
  socketLimit: boolean;
  noHuge: boolean;
  legacyMemory: boolean;
  inMemory: boolean;
  noSharedConfig: boolean;
  noPci: boolean;
  hugeUnlink: "existing" | "always" | "never";
  hugeWorkerStack: boolean;
  singleFileSegments: boolean;
  matchAllocations: boolean;
  vmwareTscMap: boolean;
  simdBitwidth: number | undefined;
}

export function emptyDraft(cpus: readonly number[]): EalDraft {
  return {
    lcores: new Map(cpus.filter((cpu) => cpu < MAX_LCORE).map((cpu) => [cpu, [cpu]])),
    lcoresBy: "",
    mainLcore: undefined,
    serviceLcores: new Set(),
    devices: [],
    filePrefix: undefined,
    hugeDir: undefined,
    mbufPoolOps: undefined,
    processType: "primary",
    iovaMode: "",
    memoryMb: 0,
    memoryGiven: false,
    socketMemory: false,
    socketLimit: false,
    noHuge: false,
    legacyMemory: false,
    inMemory: false,
    noSharedConfig: false,
    noPci: false,
    hugeUnlink: "existing",
    hugeWorkerStack: false,
    singleFileSegments: false,
    matchAllocations: false,
    vmwareTscMap: false,
    simdBitwidth: undefined,
  };
}
