// A testpmd program without an engine: ports of net_pcap's and net_null's kind that answer as those do, one forwarding lcore, and
// streams whose counters a test sets. What starts and stops changes states and prints nothing.

import { type DevInfo, type EthStats, type Link, PLAIN_INFO, type Xstat } from "../../src/dpdk/devices/dev-info.ts";
import { Ethdev, type RefusedQueues } from "../../src/dpdk/devices/ethdev.ts";
import type { Offloads } from "../../src/dpdk/limits.ts";
import type { App, ForwardConfig, ForwardStream, Port, StreamStats } from "../../src/testpmd/app.ts";
import { defaultSettings } from "../../src/testpmd/settings.ts";
import type { Queue } from "../../src/wasm/parts.ts";

const GBPS_10: Link = { up: true, speedMbps: 10_000, fullDuplex: true, autoneg: false };

export const NO_STATS: EthStats = {
  ipackets: 0,
  opackets: 0,
  ibytes: 0,
  obytes: 0,
  imissed: 0,
  ierrors: 0,
  oerrors: 0,
  rxNombuf: 0,
};

export const NO_STREAM_STATS: StreamStats = {
  rxPackets: 0,
  txPackets: 0,
  fwdDropped: 0,
  rxBadIpChecksum: 0,
  rxBadL4Checksum: 0,
  rxBadOuterIpChecksum: 0,
  rxBadOuterL4Checksum: 0,
  coreCycles: 0n,
  rxSpread: [],
  txSpread: [],
};

const QUEUE_XSTATS = ["rx_q0_packets", "rx_q0_bytes", "rx_q0_errors", "tx_q0_packets", "tx_q0_bytes"];

const fakeQueue = (port: number, direction: "rx" | "tx"): Queue => ({
  address: 0,
  state: 0,
  port,
  number: 0,
  direction,
  counters: new BigUint64Array(),
});

export class FakeDevice extends Ethdev {
  readonly driver: string;
  readonly info: DevInfo;
  counters: EthStats = NO_STATS;
  private readonly settable: boolean;

  constructor(
    id: number,
    name: string,
    devargs: string,
    mac: bigint,
    driver: string,
    info: DevInfo,
    settable: boolean,
  ) {
    super(id, name, devargs, mac);
    this.driver = driver;
    this.info = info;
    this.settable = settable;
    this.rxQueues = [fakeQueue(id, "rx")];
    this.txQueues = [fakeQueue(id, "tx")];
  }

  link(): Link {
    return GBPS_10;
  }

  protected setup(): RefusedQueues {
    return undefined;
  }

  override get startsQueues(): boolean {
    return this.driver === "net_pcap";
  }

  override setMtu(mtu: number): number {
    if (!this.settable) return super.setMtu(mtu);
    this.mtu = mtu;
    return 0;
  }

  override setDefaultMac(mac: bigint): number {
    if (!this.settable) return super.setDefaultMac(mac);
    this.mac = mac;
    return 0;
  }

  override stats(): EthStats {
    return this.counters;
  }

  override resetStats(): number {
    this.counters = NO_STATS;
    return 0;
  }

  protected override driverXstats(): Xstat[] {
    return QUEUE_XSTATS.map((name) => [name, 0] as const);
  }
}

/** rx_pcap=in.pcap, tx_pcap=out.pcap. */
export function fakePcap(id: number, devargs = "rx_pcap=in.pcap,tx_pcap=out.pcap"): FakeDevice {
  const mac = 0x70_6163_7002n | (BigInt(id) << 40n);
  return new FakeDevice(id, `net_pcap${id}`, devargs, mac, "net_pcap", PLAIN_INFO, false);
}

export function fakeNull(id: number): FakeDevice {
  const info: DevInfo = {
    ...PLAIN_INFO,
    maxRxQueues: 1024,
    maxTxQueues: 1024,
    retaSize: 128,
    // IPv4 and IPv6 with all behind them, l2-payload, port, the tunnels, MPLS
    flowTypeRssOffloads: 0x2_003f_fffcn,
  };
  return new FakeDevice(id, `net_null${id}`, "", BigInt(id + 2), "net_null", info, true);
}

export class FakeApp implements App {
  readonly settings = { ...defaultSettings(), txOffloads: 0n };
  readonly ports: Map<number, Port>;
  forwardPorts: number[];
  forwardPortCount: number;
  forwardLcores = [1];
  forwardLcoreCount = 1;
  readonly lcoreCount = 1;
  readonly mainLcore = 0;
  readonly lcores = [0, 1];
  readonly clockMHz = 2600;
  readonly interrupted = false;
  config: ForwardConfig = { mode: "io", ports: [], streams: [], lcores: [] };
  running = false;
  files = new Map<string, string>();
  now = 1n;
  private warnedOfOddPorts = false;
  private written = { out: "", err: "" };

  constructor(devices: readonly FakeDevice[]) {
    this.ports = new Map(devices.map((dev) => [dev.id, fakePort(dev)]));
    this.forwardPorts = [...this.ports.keys()];
    this.forwardPortCount = this.ports.size;
    this.setupForwarding();
  }

  out(text: string): void {
    this.written.out += text;
  }

  err(text: string): void {
    this.written.err += text;
  }

  /** What was printed since the last call. */
  printed(): { out: string; err: string } {
    const { written } = this;
    this.written = { out: "", err: "" };
    return written;
  }

  nowNs(): bigint {
    return this.now;
  }

  /** One stream per port, paired. */
  setupForwarding(): void {
    const ports = this.forwardPorts.slice(0, this.forwardPortCount);
    if (ports.length % 2 === 1 && !this.warnedOfOddPorts) {
      this.warnedOfOddPorts = true;
      this.err(
        "\nWarning! port-topology=paired and odd forward ports number, the last port will pair with itself.\n\n",
      );
    }
    const streams = ports.map((rxPort, i) => fakeStream({ rxPort, txPort: ports[i ^ 1] ?? rxPort }));
    const cores = Math.min(this.forwardLcoreCount, ports.length);
    const lcores = this.forwardLcores.slice(0, cores).map((id) => ({ id, first: 0, count: streams.length }));
    this.config = { mode: this.settings.forwardMode, ports, streams, lcores };
  }

  async startForwarding(): Promise<void> {
    this.setupForwarding();
    this.running = true;
  }

  async stopForwarding(): Promise<void> {
    this.running = false;
  }

  resetForwardStats(): void {}

  async startPort(id: number | undefined): Promise<boolean> {
    for (const port of this.chosen(id)) {
      port.status = "started";
      port.needReconfigure = false;
      port.needReconfigureQueues = false;
    }
    return true;
  }

  async stopPort(id: number | undefined): Promise<void> {
    for (const port of this.chosen(id)) port.status = "stopped";
  }

  async closePort(): Promise<void> {}
  async resetPort(): Promise<void> {}
  async attachPort(): Promise<void> {}
  async detachPort(): Promise<void> {}
  async detachDevice(): Promise<void> {}
  applySettings(): void {}

  readText(path: string): string | undefined {
    return this.files.get(path);
  }

  async rest(): Promise<void> {}

  private chosen(id: number | undefined): Port[] {
    return [...this.ports.values()].filter((port) => id === undefined || port.id === id);
  }
}

function fakePort(dev: FakeDevice): Port {
  return {
    id: dev.id,
    dev,
    status: "started",
    needReconfigure: false,
    needReconfigureQueues: false,
    rxOffloads: 0n as Offloads,
    txOffloads: 0n as Offloads,
    txVlanId: 0,
    txVlanIdOuter: 0,
    parseTunnel: false,
    macSwap: true,
    tsoSegmentSize: 0,
    tunnelTsoSegmentSize: 0,
    rxd: 0,
    txd: 0,
    rxQueueStarted: [true],
    txQueueStarted: [true],
    statsBase: NO_STATS,
  };
}

interface FakeStream {
  readonly rxPort: number;
  readonly txPort: number;
  readonly rxQueue?: number;
  readonly txQueue?: number;
  readonly stats?: Partial<StreamStats>;
}

export function fakeStream({ rxPort, txPort, rxQueue = 0, txQueue = 0, stats }: FakeStream): ForwardStream {
  return { rxPort, rxQueue, txPort, txQueue, peer: txPort, stats: () => ({ ...NO_STREAM_STATS, ...stats }) };
}
