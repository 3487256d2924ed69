// topology - what is connected to what: ports, the rings between host and guests, and which lcore polls which stream. Plain data; the
// run builds it in the engine's memory. Follows OPNFV vsperf's deployments (p2p, pvp, pvvp, pvpv) and testpmd's stream order.
//
// Host ports are joined as testpmd's paired topology would join them (`wire`); a guest joins its NICs 2k and 2k + 1, or, with one
// NIC, loops it. A parallel deployment has no switch to match streams, so phyN's RSS spreads flows over the VMs: queue group k is VM k's.
import { UsageError } from "../errors.ts";
import { defaultPeer, guestMac, phyMac } from "./mac.ts";

export interface NicPort {
  readonly kind: "nic";
  readonly name: string;
  readonly mac: bigint;
  readonly queues: number;
}

/** A vhost port on the host and the guest's virtio NIC at the other end of its rings. */
export interface VhostLink {
  readonly kind: "vhost";
  readonly name: string;
  readonly guestName: string;
  readonly vm: number;
  readonly mac: bigint;
  readonly queues: number;
}

export interface StreamSpec {
  readonly lcore: string;
  /** Port and queue names, as in ports; a vhost port's guest side by its guest name. */
  readonly rx: readonly [port: string, queue: number];
  readonly tx: readonly [port: string, queue: number];
  /** io on the host's wires, else the chosen mode. */
  readonly role: "wire" | "mode";
  readonly peerMac: bigint;
}

export interface Topology {
  readonly name: string;
  readonly vms: number;
  readonly nics: readonly NicPort[];
  readonly links: readonly VhostLink[];
  /** host first, then vm0, vm1, ...: lcore ids in this order */
  readonly lcores: readonly string[];
  readonly streams: readonly StreamSpec[];
}

const VMS_MAX = 32;

/** Builds `p2p`, `pvp`, `pvvp[:N]`, `pvpv[:N]` or `loopback` with `queues` queue pairs a port. @throws UsageError */
export function buildTopology(text: string, queues: number): Topology {
  const [, name = text, count] = /^([^:]*):(.*)$/.exec(text) ?? [];
  const vms = count === undefined ? 2 : /^\d+$/.test(count) ? Number(count) : 0;
  if (vms < 1 || vms > VMS_MAX) throw new UsageError(`topology: found ${text}, expected 1 to ${VMS_MAX} VMs`);
  if (!Number.isInteger(queues) || queues < 1 || queues > 128) {
    throw new UsageError(`queues: found ${queues}, expected 1 to 128`);
  }
  if (count !== undefined && name !== "pvvp" && name !== "pvpv") {
    throw new UsageError(`topology: found ${text}, expected ${name} without a number`);
  }
  switch (name) {
    case "p2p":
      return p2p(queues);
    case "pvp":
      return serial("pvp", 1, queues);
    case "pvvp":
      return serial(text, vms, queues);
    case "pvpv":
      return parallel(text, vms, queues);
    case "loopback":
      return loopback(queues);
    default:
      throw new UsageError(`topology: found ${text}, expected p2p, pvp, pvvp[:N], pvpv[:N] or loopback`);
  }
}

function nics(count: number, queues: number): NicPort[] {
  return Array.from({ length: count }, (_, i) => ({ kind: "nic", name: `phy${i}`, mac: phyMac(i), queues }));
}

function links(vms: number, nicsEach: number, queues: number): VhostLink[] {
  return Array.from({ length: vms * nicsEach }, (_, i) => {
    const vm = Math.floor(i / nicsEach);
    const nic = i % nicsEach;
    return { kind: "vhost", name: `vhost${i}`, guestName: `vm${vm}.eth${nic}`, vm, mac: guestMac(vm, nic), queues };
  });
}

/** Both directions between two ports of a testpmd, queue by queue. ids: the ports' numbers in that testpmd. */
function pair(
  lcore: string,
  role: "wire" | "mode",
  a: readonly [port: string, id: number, firstQueue: number],
  b: readonly [port: string, id: number, firstQueue: number],
  queues: number,
): StreamSpec[] {
  return Array.from({ length: queues }, (_, q): StreamSpec[] => [
    { lcore, role, rx: [a[0], a[2] + q], tx: [b[0], b[2] + q], peerMac: defaultPeer(b[1]) },
    { lcore, role, rx: [b[0], b[2] + q], tx: [a[0], a[2] + q], peerMac: defaultPeer(a[1]) },
  ]).flat();
}

function p2p(queues: number): Topology {
  return {
    name: "p2p",
    vms: 0,
    nics: nics(2, queues),
    links: [],
    lcores: ["host"],
    streams: pair("host", "mode", ["phy0", 0, 0], ["phy1", 1, 0], queues),
  };
}

/** phy0 - VM 0 - VM 1 - ... - phy1 */
function serial(name: string, vms: number, queues: number): Topology {
  const streams: StreamSpec[] = [];
  // The host's testpmd knows phy0, vhost0, vhost1, ..., phy1 as ports 0, 1, 2, ...
  const chain = ["phy0", ...Array.from({ length: 2 * vms }, (_, i) => `vhost${i}`), "phy1"];
  for (let i = 0; i < chain.length; i += 2) {
    streams.push(...pair("host", "wire", [chain[i]!, i, 0], [chain[i + 1]!, i + 1, 0], queues));
  }
  for (let vm = 0; vm < vms; vm++) streams.push(...guestPair(vm, queues));
  return { name, vms, nics: nics(2, queues), links: links(vms, 2, queues), lcores: lcoreNames(vms), streams };
}

/** phy0 - VM k - phy1 for every k */
function parallel(name: string, vms: number, queues: number): Topology {
  if (vms * queues > 128) throw new UsageError(`queues: found ${vms} VMs x ${queues}, expected at most 128 a NIC`);
  const streams: StreamSpec[] = [];
  for (let vm = 0; vm < vms; vm++) {
    streams.push(...pair("host", "wire", ["phy0", 0, vm * queues], [`vhost${2 * vm}`, 2 * vm + 1, 0], queues));
    streams.push(
      ...pair("host", "wire", [`vhost${2 * vm + 1}`, 2 * vm + 2, 0], ["phy1", 2 * vms + 1, vm * queues], queues),
    );
  }
  for (let vm = 0; vm < vms; vm++) streams.push(...guestPair(vm, queues));
  return { name, vms, nics: nics(2, vms * queues), links: links(vms, 2, queues), lcores: lcoreNames(vms), streams };
}

function loopback(queues: number): Topology {
  const streams = pair("host", "wire", ["phy0", 0, 0], ["vhost0", 1, 0], queues);
  for (let q = 0; q < queues; q++) {
    streams.push({ lcore: "vm0", role: "mode", rx: ["vm0.eth0", q], tx: ["vm0.eth0", q], peerMac: defaultPeer(0) });
  }
  return {
    name: "loopback",
    vms: 1,
    nics: nics(1, queues),
    links: links(1, 1, queues),
    lcores: lcoreNames(1),
    streams,
  };
}

function guestPair(vm: number, queues: number): StreamSpec[] {
  return pair(`vm${vm}`, "mode", [`vm${vm}.eth0`, 0, 0], [`vm${vm}.eth1`, 1, 0], queues);
}

function lcoreNames(vms: number): string[] {
  return ["host", ...Array.from({ length: vms }, (_, i) => `vm${i}`)];
}
