// meter - an OpenFlow meter: its configuration, and the number by which the datapath, which does the metering, knows it.
import type { MeterConfig } from "../openflow/meter.ts";

/** What the datapath is asked to do; a burst of 0 is as much as the rate. */
export interface MeterSettings {
  readonly unit: "kbps" | "pktps";
  readonly bands: readonly { readonly rate: number; readonly burst: number }[];
}

export interface MeterStatistics {
  readonly packetsIn: number;
  readonly bytesIn: number;
  /** Of each band: what it dropped. */
  readonly bands: readonly { readonly packets: number; readonly bytes: number }[];
}

export class Meter {
  config: MeterConfig;
  readonly datapathId: number;
  readonly createdMs: number;

  constructor(config: MeterConfig, datapathId: number, createdMs: number) {
    this.config = config;
    this.datapathId = datapathId;
    this.createdMs = createdMs;
  }
}
