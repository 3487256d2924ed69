// forwarded - the set-up of pcaps/testpmd in our engine: two pcap ports, port 0 reads a capture once, paired streams on one lcore as
// testpmd polls them, wall time as each poll is told.
import { readFileSync } from "node:fs";
import { ENGINE_ICMPECHO } from "../../assembly/abi/engines.ts";
import { readPackets } from "../../src/capture/packets.ts";
import type { ForwardSettings, PortSettings, StreamCounters } from "../../src/wasm/forwarding.ts";
import type { Machine } from "../../src/wasm/machine.ts";
import { freshMachine } from "./engine.ts";
import { feed, left } from "./ports.ts";
import { pcapPath } from "./recordings.ts";

export interface Asked {
  /** ENGINE_* */
  readonly engine: number;
  readonly burst?: number;
  readonly forward?: ForwardSettings;
  /** Settings of both ports. */
  readonly port?: PortSettings;
}

/** A machine that forwards between two pcap ports. */
export interface Forwarded {
  readonly machine: Machine;
  readonly lcore: number;
  readonly streams: readonly [number, number];
  /** Polls both streams, n times each, at a time in ps. */
  poll(n: number, now?: bigint): void;
  /** What left port 0 or 1 so far. */
  sent(port: 0 | 1): Uint8Array[];
  counters(stream: 0 | 1): StreamCounters;
}

/** Packets of a capture of pcaps/in. */
export function inputOf(capture: string): Uint8Array[] {
  const path = pcapPath(`in/${capture}.pcap`);
  return readPackets(new Uint8Array(readFileSync(path)), path);
}

/** Two pcap ports, of which port 0 reads the packets. */
export function forwarding(asked: Asked, packets: readonly Uint8Array[]): Forwarded {
  const machine = freshMachine();
  const { engine } = machine;
  const pool = machine.addPool(4096, 250, 1);
  const lcore = machine.addLcore(false, 2, 0);
  const source = machine.addIngress(false, false, undefined);
  feed(
    machine,
    source,
    packets.map((bytes) => ({ bytes })),
  );
  const ports = [0, 1].map((port) => {
    const egress = machine.addEgress(true, 8 << 20, 1 << 16, 8 << 20, 512);
    return { egress, rx: machine.addPcapRx(port, 0, pool, source, port), tx: machine.addPcapTx(port, 0, egress.at) };
  });
  machine.forwarding.setForwardConfig(asked.forward ?? {});
  for (const port of [0, 1]) machine.forwarding.setPortConfig(port, asked.port ?? {});
  const streams = [0, 1].map((port) => {
    const to = asked.engine === ENGINE_ICMPECHO ? port : port ^ 1;
    return machine.addStream(lcore, {
      engine: asked.engine,
      rx: ports[port]!.rx,
      tx: ports[to]!.tx,
      burst: asked.burst ?? 32,
      peerMac: BigInt(to) * 0x01_00_00_00_00_00n + 0x02n,
      sourceMac: BigInt(to) * 0x01_00_00_00_00_00n + 0x00_70_61_63_70_02n,
      retryNum: 0,
      retryDelayPs: 0n,
      waits: false,
      txFirst: 0,
    });
  });
  return {
    machine,
    lcore,
    streams: [streams[0]!, streams[1]!],
    poll(n, now = 0n) {
      for (let i = 0; i < n * 2; i++) engine.lcoreRun(lcore, 1, now);
    },
    sent: (port) => left(machine, ports[port]!.egress).map(({ bytes }) => bytes),
    counters: (stream) => machine.forwarding.readStream(streams[stream]!),
  };
}
