// Every topology with every engine: the ledger balances, every VM on the way forwards, and each leaves its addresses.
import { describe, expect, it } from "vitest";
import { type ReplayOptions, type RunReport, replay } from "../../src/node/index.ts";
import { formatMac, guestMac, phyMac } from "../../src/run/mac.ts";
import { traffic, udpFrame } from "../support/frames.ts";
import { packetsOf, pcapPath } from "../support/recordings.ts";
import { replayed, writeScratch } from "../support/replayed.ts";

const MIX = pcapPath("in/mix.pcap");
const PACKETS = 124;
const TOPOLOGIES = ["p2p", "pvp", "pvvp:1", "pvvp:2", "pvvp:3", "pvpv:1", "pvpv:2", "pvpv:3", "loopback"];
const ENGINES = ["io", "mac", "macswap", "mac_retry", "rxonly", "csum", "5tswap", "noisy", "shared_rxq"];

function balance({ ledger }: RunReport): void {
  const { received, generated, copied, sent, consumed, dropped, queued } = ledger;
  expect(received + generated + copied).toBe(sent + consumed + dropped + queued);
}

describe("every engine in every topology", () => {
  it.each(TOPOLOGIES.flatMap((topology) => ENGINES.map((fwdMode) => [topology, fwdMode] as const)))(
    "%s, %s",
    async (topology, fwdMode) => {
      for (const queues of [1, 2, 4]) {
        const report = await replay({ switch: "wire", captures: [MIX], topology, fwdMode, queues });
        balance(report);
        expect(report.ledger).toMatchObject({ received: PACKETS, generated: 0, dropped: 0, queued: 0, drops: {} });
        const forwards = fwdMode !== "rxonly" && fwdMode !== "shared_rxq";
        expect(report.ledger).toMatchObject({ sent: forwards ? PACKETS : 0, consumed: forwards ? 0 : PACKETS });
        const exit = report.ports[topology === "loopback" ? "phy0" : "phy1"]!;
        expect(exit.tx_packets).toBe(report.ledger.sent);
      }
    },
  );

  it.each(TOPOLOGIES)("%s, flowgen: generates until the capture ends, and frees what it receives", async (topology) => {
    const report = await replay({ switch: "wire", captures: [MIX], topology, fwdMode: "flowgen", limit: 3 });
    balance(report);
    expect(report.ledger.generated).toBeGreaterThan(10_000);
    expect(report.ledger.received + report.ledger.generated).toBeGreaterThan(report.ledger.sent);
  });

  it.each(TOPOLOGIES)("%s, icmpecho: answers by the port that asked", async (topology) => {
    const report = await replay({
      switch: "wire",
      captures: [pcapPath("in/echo.pcap")],
      topology,
      fwdMode: "icmpecho",
    });
    balance(report);
    expect(report.ledger).toMatchObject({ received: 50, sent: 30 });
    expect(report.ports.phy0!.tx_packets + (report.ports.phy1?.tx_packets ?? 0)).toBe(30);
  });

  it.each(TOPOLOGIES)("%s, txonly: generates until the capture ends, reads none of it", async (topology) => {
    const report = await replay({ switch: "wire", captures: [MIX], topology, fwdMode: "txonly", limit: 3 });
    balance(report);
    expect(report.ledger.generated).toBeGreaterThan(10_000);
    expect(report.ledger).toMatchObject({ consumed: 0, drops: { tx_full: expect.any(Number) } });
    expect(report.virtual_ns).toBeGreaterThanOrEqual(2_000_000);
    expect(report.virtual_ns).toBeLessThan(2_010_000);
  });
});

/** Destination and source of the frames that left, each different pair once. */
function addresses(frames: readonly Uint8Array[]): string[] {
  const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  return [...new Set(frames.map((frame) => `${hex(frame.subarray(0, 6))} ${hex(frame.subarray(6, 12))}`))].sort();
}

describe("the addresses that mac mode leaves", () => {
  const peer = "02:00:00:00:00:01";
  it.each<[topology: string, pairs: string[]]>([
    ["p2p", [`${peer} ${formatMac(phyMac(1))}`]],
    ["pvp", [`${peer} ${formatMac(guestMac(0, 1))}`]],
    ["pvvp:1", [`${peer} ${formatMac(guestMac(0, 1))}`]],
    ["pvvp:2", [`${peer} ${formatMac(guestMac(1, 1))}`]],
    ["pvvp:3", [`${peer} ${formatMac(guestMac(2, 1))}`]],
    ["pvpv:2", [0, 1].map((vm) => `${peer} ${formatMac(guestMac(vm, 1))}`)],
    ["pvpv:3", [0, 1, 2].map((vm) => `${peer} ${formatMac(guestMac(vm, 1))}`)],
    ["loopback", [`02:00:00:00:00:00 ${formatMac(guestMac(0, 0))}`]],
  ])("of %s are the last tx port's and its peer's", async (topology, pairs) => {
    const { left } = await replayed({ captures: [MIX], topology });
    expect(addresses(left.map(({ data }) => data))).toEqual(pairs);
  });

  it("follow --mac and --eth-peer", async () => {
    const macs = ["vm0.eth1=02:0a:0b:0c:0d:0e"];
    const { left } = await replayed({ captures: [MIX], macs, ethPeers: ["vm0.eth1=FE:ED:0:0:0:1"] });
    expect(addresses(left.map(({ data }) => data))).toEqual(["fe:ed:00:00:00:01 02:0a:0b:0c:0d:0e"]);
  });

  it("come back as they were when two VMs swap them in series", async () => {
    const { left } = await replayed({ captures: [MIX], topology: "pvvp:2", fwdMode: "macswap" });
    expect(left.map(({ data }) => data)).toEqual(packetsOf(MIX));
  });
});

describe("the serial deployment", () => {
  it("carries every packet through every VM", async () => {
    const report = await replay({ switch: "wire", captures: [MIX], topology: "pvvp:3" });
    for (const vm of [0, 1, 2]) {
      expect(report.ports[`vm${vm}.eth0`]).toMatchObject({ rx_packets: PACKETS, tx_packets: 0 });
      expect(report.ports[`vm${vm}.eth1`]).toMatchObject({ rx_packets: 0, tx_packets: PACKETS });
    }
  });
});

describe("RSS", () => {
  const flows = writeScratch(traffic(2048, 2000, [60, 128], 64), "flows.pcap");

  it.each(["pvpv:2", "pvpv:3"])("of %s spreads flows over the VMs, each flow to one", async (topology) => {
    const { report, left } = await replayed({ captures: [flows], topology });
    expect(left).toHaveLength(2048);
    const vmOfFlow = new Map<number, Set<number>>();
    for (const { data } of left) {
      const flow = data[33]!;
      vmOfFlow.set(flow, (vmOfFlow.get(flow) ?? new Set()).add(data[10]!));
    }
    expect([...vmOfFlow.values()].every((vms) => vms.size === 1)).toBe(true);
    const vms = Number(topology.slice(5));
    for (let vm = 0; vm < vms; vm++) expect(report.ports[`vm${vm}.eth0`]!.rx_packets).toBeGreaterThan(2048 / vms / 4);
  });

  it.each([2, 4])("spreads flows over %i queue pairs and keeps the order inside each flow", async (queues) => {
    const { report, left } = await replayed({ captures: [flows], queues, fwdMode: "io" });
    const busy = report.streams.filter(({ rx, rx_packets }) => rx.startsWith("vm0.eth0/") && rx_packets > 0);
    expect(busy).toHaveLength(queues);
    const numberOf = (data: Uint8Array) => new DataView(data.buffer, data.byteOffset).getUint32(42);
    const last = new Map<number, number>();
    for (const { data } of left) {
      const [flow, number] = [data[33]!, numberOf(data)];
      expect(number).toBeGreaterThan(last.get(flow) ?? -1);
      last.set(flow, number);
    }
    expect(left).toHaveLength(2048);
  });

  it("puts all frames of one flow into one queue", async () => {
    const one = writeScratch(traffic(200, 2000), "one-flow.pcap");
    const report = await replay({ switch: "wire", captures: [one], queues: 4 });
    expect(report.streams.filter(({ rx, rx_packets }) => rx.startsWith("phy0/") && rx_packets > 0)).toHaveLength(1);
  });
});

describe("--in and --tx-first", () => {
  it("--in phy1 sends all packets the other way", async () => {
    const { report, left } = await replayed({ captures: [MIX], in: "phy1" });
    expect(report.ports.phy1).toMatchObject({ rx_packets: PACKETS, tx_packets: 0 });
    expect(new Set(left.map(({ port }) => port))).toEqual(new Set(["phy0"]));
    expect(addresses(left.map(({ data }) => data))).toEqual([`02:00:00:00:00:00 ${formatMac(guestMac(0, 0))}`]);
  });

  it.each([1, 2, 3])(
    "--tx-first %i makes the guest send as many bursts on each port before it forwards",
    async (txFirst) => {
      const report = await replay({ switch: "wire", captures: [MIX], txFirst });
      const sent = 32 * txFirst;
      expect(report.ledger).toMatchObject({
        received: PACKETS,
        generated: 2 * sent,
        sent: PACKETS + 2 * sent,
        dropped: 0,
      });
      expect(report.ports.phy0!.tx_packets).toBe(sent);
      expect(report.ports.phy1!.tx_packets).toBe(PACKETS + sent);
    },
  );
});

describe("options that change how and not what", () => {
  const capture = writeScratch(traffic(600, 700, [60, 1514, 42, 600], 5), "mixed.pcap");
  const variants: Partial<ReplayOptions>[] = [
    { ringSize: 1024 },
    { ringSize: 64 },
    { burst: 1 },
    { burst: 512, ringSize: 1024 },
    { mergeable: false },
    { totalNumMbufs: 4096 },
    { retry: true },
    { phy: "pcap", retry: true },
    { speed: "2x" },
    { seed: 99 },
  ];
  it.each(variants)("%j: the same egress", async (variant) => {
    const plain = await replay({ switch: "wire", captures: [capture] });
    const report = await replay({ switch: "wire", captures: [capture], ...variant });
    expect(report.ledger).toMatchObject({ sent: 600, dropped: 0 });
    expect(report.egress_sha256).toBe(plain.egress_sha256);
  });

  it("the digest is over port names in order, u32 length and bytes", async () => {
    const frame = udpFrame(60);
    const one = writeScratch(traffic(1, 0), "one.pcap");
    const { report, left } = await replayed({ captures: [one], topology: "p2p", fwdMode: "io" });
    expect(left.map(({ data }) => data)).toEqual([frame]);
    const { createHash } = await import("node:crypto");
    const digest = createHash("sha256")
      .update(Uint8Array.of(60, 0, 0, 0))
      .update(frame)
      .digest("hex");
    expect(report.egress_sha256).toBe(digest);
  });
});
