// Every recording of pcaps/testpmd, made by real testpmd, is repeated: the same bytes leave both ports, and both count the same.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  ENGINE_5TSWAP,
  ENGINE_CSUM,
  ENGINE_FLOWGEN,
  ENGINE_ICMPECHO,
  ENGINE_MACSWAP,
  ENGINE_NOISY,
  ENGINE_SHARED_RXQ,
  ENGINE_TXONLY,
} from "../../../assembly/abi/engines.ts";
import { type Asked, forwarding, inputOf } from "../../support/forwarded.ts";
import { packetsOf, pcapPath } from "../../support/recordings.ts";

const ip = (a: number, b: number, c: number, d: number): number => a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
const MS = 1_000_000_000n;

/** What the modes of pcaps/testpmd/record.py are in our settings. */
const MODES: Readonly<Record<string, Asked>> = {
  "5tswap": { engine: ENGINE_5TSWAP },
  macswap: { engine: ENGINE_MACSWAP },
  csum: { engine: ENGINE_CSUM },
  csum_noswap: { engine: ENGINE_CSUM, port: { macSwap: false } },
  csum_tunnel: { engine: ENGINE_CSUM, port: { parseTunnel: true } },
  csum_tunnel_burst1: { engine: ENGINE_CSUM, burst: 1, port: { parseTunnel: true } },
  csum_split: { engine: ENGINE_CSUM, forward: { txSegments: [60, 100, 1000, 2000], txSplit: "on" } },
  icmpecho: { engine: ENGINE_ICMPECHO },
  noisy: { engine: ENGINE_NOISY, forward: { noisyMemoryBytes: 1 << 20, noisyReads: 1 } },
  noisy_fifo: { engine: ENGINE_NOISY, forward: { noisyFlushMs: 100 }, port: { noisyFifoSize: 64 } },
  noisy_fifo_noflush: { engine: ENGINE_NOISY, port: { noisyFifoSize: 64 } },
  noisy_fifo16: { engine: ENGINE_NOISY, port: { noisyFifoSize: 16 } },
  noisy_fifo16_burst8: { engine: ENGINE_NOISY, burst: 8, port: { noisyFifoSize: 16 } },
  shared_rxq: { engine: ENGINE_SHARED_RXQ },
  flowgen: { engine: ENGINE_FLOWGEN },
  flowgen_mix: { engine: ENGINE_FLOWGEN },
  flowgen_flows: { engine: ENGINE_FLOWGEN, forward: { flowgenFlows: 7, txSegments: [200] } },
  flowgen_clones: { engine: ENGINE_FLOWGEN, burst: 8, forward: { flowgenClones: 3, flowgenFlows: 5 } },
  flowgen_clones_rest: { engine: ENGINE_FLOWGEN, burst: 7, forward: { flowgenClones: 4 } },
  txonly: { engine: ENGINE_TXONLY },
  txonly_burst5: { engine: ENGINE_TXONLY, burst: 5, forward: { txSegments: [42] } },
  txonly_128: { engine: ENGINE_TXONLY, forward: { txSegments: [64, 64], txSplit: "on" } },
  txonly_short: { engine: ENGINE_TXONLY, forward: { txSegments: [5, 1, 9, 20, 7, 30], txSplit: "on" } },
  txonly_split_off: { engine: ENGINE_TXONLY, forward: { txSegments: [100, 50] } },
  txonly_multiflow: { engine: ENGINE_TXONLY, forward: { txMultiFlow: true } },
  txonly_multiflow_ip: {
    engine: ENGINE_TXONLY,
    forward: { txMultiFlow: true, txIpSource: ip(1, 2, 3, 4), txIpDestination: ip(5, 6, 7, 8), txSegments: [100] },
  },
  txonly_ip: {
    engine: ENGINE_TXONLY,
    forward: {
      txIpSource: ip(1, 2, 3, 4),
      txIpDestination: ip(5, 6, 7, 8),
      txUdpSource: 1111,
      txUdpDestination: 2222,
      txSegments: [300],
    },
  },
  txonly_times: { engine: ENGINE_TXONLY, forward: { txTimesInterNs: 1000, txTimesIntraNs: 100 } },
};

const recorded = readdirSync(pcapPath("testpmd"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  // of random shape, and those over vhost-user: vlan.test.ts
  .filter((name) => !name.startsWith("txonly_rand") && !name.startsWith("vlan_"))
  .sort();

function egressOf(name: string, port: 0 | 1): Uint8Array[] {
  const path = pcapPath(`testpmd/${name}/p${port}_tx.pcap`);
  return existsSync(path) ? packetsOf(path) : [];
}

describe("recorded with real testpmd", () => {
  it("there are recordings of every mode", () => {
    expect(new Set(recorded.map((name) => name.split("__")[0]))).toEqual(new Set(Object.keys(MODES)));
  });

  it.each(recorded)("%s: same packets, same counters", (name) => {
    const [mode = "", capture = ""] = name.split("__");
    const run = forwarding(MODES[mode]!, inputOf(capture));
    const generates = !existsSync(pcapPath(`testpmd/${name}/stats.json`));
    run.poll(generates ? 20 : 400);
    run.poll(2, 101n * MS);
    run.machine.ledger();
    for (const port of [0, 1] as const) {
      const real = egressOf(name, port);
      const ours = run.sent(port);
      expect((generates ? ours.slice(0, real.length) : ours).map(hex)).toEqual(real.map(hex));
    }
    if (generates) return;
    const stats = JSON.parse(readFileSync(pcapPath(`testpmd/${name}/stats.json`), "utf8"));
    for (const port of [0, 1] as const) {
      const real = stats[`p${port}`];
      expect(run.counters(port).rxPackets).toBe(real["RX-packets"]);
      expect(run.sent(port)).toHaveLength(real["TX-packets"]);
      expect(run.counters(port).dropped).toBe(0);
      expect(real["TX-dropped"]).toBe(0);
    }
  });
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
