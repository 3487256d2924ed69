// failover - what the tests of a failover pair share: the document's command line, a peer's echo requests on the NIC's line, scripts over a monitor.
import { readFileSync } from "node:fs";
import { type LabOptions, type LabReport, lab } from "../../src/node/index.ts";
import { classic, NANOSECONDS, readAll } from "../support/captures.ts";
import { scratch, writeScratch } from "../support/replayed.ts";

export const MAC = [0x00, 0x11, 0x22, 0x33, 0x44, 0x55];
const PEER = [0x02, 0, 0, 0, 0, 0x01];
const BROADCAST = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/** A file of test/lab/failover. */
export function failoverFile(name: string): string {
  return readFileSync(new URL(`failover/${name}`, import.meta.url), "utf8");
}

/** libvirt's tests/qemuxml2argvdata/net-virtio-teaming.args, as the document has it. */
export const TEAMING = failoverFile("net-virtio-teaming.args");
/** The same guest on a machine whose slots are PCI Express, where QEMU plugs primaries: the machine, a root port a primary, and that they can be hot-plugged. */
export const TEAMING_Q35 = TEAMING.replace("-machine pc,", "-machine q35,")
  .replace("-no-acpi \\\n", "-device pcie-root-port,id=rp0,chassis=1 -device pcie-root-port,id=rp1,chassis=2 \\\n")
  .replace("id=hostdev0,bus=pci.0,addr=0x5", "id=hostdev0,bus=rp0")
  .replace("id=hostdev1,bus=pci.0,addr=0x6", "id=hostdev1,bus=rp1")
  .replaceAll("bus=pci.0", "bus=pcie.0");
export const MONITOR = "/tmp/lib/domain--1-QEMUGuest1/monitor.sock";

/** One command by the guest's monitor. */
export function qmp(execute: string, args: object = {}, monitor: string = MONITOR): string {
  const requests = [{ execute: "qmp_capabilities" }, { execute, arguments: args }].map((one) => JSON.stringify(one));
  return `socat - UNIX-CONNECT:${monitor} <<'EOF'\n${requests.join("\n")}\nEOF\n`;
}

/** Events, in their order, as `NAME` or `NAME detail`. */
export function eventsOf(stdout: string): string[] {
  return [...stdout.matchAll(/^\{"timestamp".*\}/gm)].map(([line]) => {
    const { event, data = {} }: { event: string; data?: Record<string, unknown> } = JSON.parse(line);
    return [event, ...Object.values(data)].join(" ");
  });
}

/** An ICMP echo request from the peer, at 10.0.0.1, to 10.0.0.2. */
export function echoRequest(sequence: number, to: readonly number[] = MAC): Uint8Array {
  const frame = new Uint8Array(60);
  frame.set([...to, ...PEER, 0x08, 0x00, 0x45, 0, 0, 46, sequence >> 8, sequence & 0xff, 0, 0, 64, 1]);
  frame.set([10, 0, 0, 1, 10, 0, 0, 2, 8, 0, 0, 0, 0, 1, sequence >> 8, sequence & 0xff], 26);
  return frame;
}

/** Who has 10.0.0.2? */
export function arpRequest(): Uint8Array {
  const frame = new Uint8Array(60);
  frame.set([...BROADCAST, ...PEER, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1, ...PEER, 10, 0, 0, 1]);
  frame.set([10, 0, 0, 2], 38);
  return frame;
}

/** A capture. times: ns since the first packet */
export function captureOf(frames: readonly Uint8Array[], times: readonly number[]): Uint8Array {
  const packets = frames.map((data, i) => ({
    ...{ data, seconds: 1000 + Math.floor(times[i]! / 1e9), subsecond: times[i]! % 1e9 },
  }));
  return classic(packets, { magic: NANOSECONDS });
}

/** Echo requests, one each `everyNs`; all but the first `lateNs` later. */
export function requests(count: number, everyNs: number, to: readonly number[] = MAC, lateNs = 0): Uint8Array {
  const frames = Array.from({ length: count }, (_, i) => echoRequest(i, to));
  return captureOf(
    frames,
    frames.map((_, i) => i * everyNs + (i > 0 ? lateNs : 0)),
  );
}

/** A frame that left by the line, and when: ns of virtual time. */
export interface Left {
  readonly data: Uint8Array;
  readonly ns: number;
}

/** When a lab's time begins, 2026-01-01. */
const EPOCH_NS = 1_767_225_600_000_000_000n;
let files = 0;

/** A lab whose NIC hears a capture. @returns its report, and the frames that left by the line */
export async function failoverLab(
  script: string,
  line: Uint8Array,
  options: LabOptions = {},
): Promise<LabReport & { readonly left: readonly Left[] }> {
  const out = `${scratch()}/left-${files++}.pcap`;
  const pci = new Map([
    ["0000:03:00.0", `sriov0,rx_pcap=${writeScratch(line)},tx_pcap=${out}`],
    ...(options.pci ?? []),
  ]);
  const report = await lab(script, { ...options, pci });
  const { entries } = readAll(new Uint8Array(readFileSync(out)), { rawTime: true });
  return { ...report, left: entries.map(({ data, ns }) => ({ data, ns: Number(ns - EPOCH_NS) })) };
}
