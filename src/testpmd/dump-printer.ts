// dump-printer - prints what lcores have dumped of their bursts under `set verbose`.

import { PcapEthdev } from "../dpdk/devices/ethdev-pcap.ts";
import { type DumpedBurst, type DumpedPacket, readDumps } from "../wasm/dump.ts";
import type { App } from "./app.ts";
import { echoDump } from "./blocks/echo-dump.ts";
import { packetDump } from "./blocks/packet-dump.ts";

/** The flag of packets that carry one; engines that write Tx flags take it away. */
const RX_TIMESTAMP = 1n << 23n;
const POOL_NAME = "mb_pool_0";

export class DumpPrinter {
  private readonly app: App;

  constructor(app: App) {
    this.app = app;
  }

  /** records: as an lcore left them, see assembly/abi/dump */
  print(records: Uint8Array): void {
    for (const burst of readDumps(records)) this.app.out(this.text(burst));
  }

  private text(burst: DumpedBurst): string {
    const { kind, port, queue, packets } = burst;
    if (kind === "rx" || kind === "tx") {
      return packetDump({
        port,
        queue,
        isRx: kind === "rx",
        poolName: POOL_NAME,
        packets: packets.map((packet) => this.packet(packet)),
      });
    }
    if (kind === "icmpecho") return packets.map((packet) => echoDump(port, echoPacket(packet))).join("");
    return "";
  }

  private packet(packet: DumpedPacket): Parameters<typeof packetDump>[0]["packets"][number] {
    const timestamp = this.timestamp(packet);
    return {
      bytes: packet.bytes,
      length: packet.pktLen,
      segments: packet.nbSegs,
      olFlags: packet.olFlags,
      packetType: packet.packetType,
      rss: packet.rss,
      vlanTci: packet.vlanTci,
      vlanTciOuter: packet.vlanTciOuter,
      ...(timestamp !== undefined && { timestamp }),
      ...(this.app.settings.rxqShare > 0 && { port: packet.port }),
    };
  }

  /** net_pcap's receive timestamp: when the packet was captured, in µs. */
  private timestamp({ port, id, olFlags }: DumpedPacket): bigint | undefined {
    if ((olFlags & RX_TIMESTAMP) === 0n) return undefined;
    const dev = this.app.ports.get(port)?.dev;
    const ns = dev instanceof PcapEthdev ? dev.capturedNs(0, id) : undefined;
    return ns === undefined ? undefined : ns / 1000n;
  }
}

function echoPacket({ bytes, pktLen, nbSegs }: DumpedPacket): Parameters<typeof echoDump>[1] {
  return { bytes, length: pktLen, segments: nbSegs };
}
