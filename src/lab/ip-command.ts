// ip-command - `ip link` and `ip addr` of a guest's kernel: its netdevs, which is whose master, up and down, IPv4 addresses. Printed as iproute2 does.
import { COUNTER_BYTES, COUNTER_DROPS, COUNTER_PACKETS } from "../../assembly/abi/counters.ts";
import { DROP_OTHERHOST, DROP_RX_NOHANDLER } from "../../assembly/abi/drops.ts";
import { formatMac, isIpv4 } from "../dpdk/address.ts";
import type { GuestKernel } from "../guest/kernel.ts";
import type { Netdev } from "../guest/netdev.ts";
import type { Streams } from "../shell/host.ts";

const LO = "1: lo: <LOOPBACK> mtu 65536 qdisc noop state DOWN mode DEFAULT group default qlen 1000\n";

function ipv4(text: string): number {
  return new DataView(Uint8Array.from(text.split(".").map(Number)).buffer).getUint32(0, true);
}

function ipv4Text(address: number): string {
  return [0, 8, 16, 24].map((shift) => (address >>> shift) & 0xff).join(".");
}

/** One netdev's two lines. */
function linkText(kernel: GuestKernel, netdev: Netdev): string {
  const pair = kernel.failover.pairOf(netdev);
  const isMaster = pair?.master === netdev;
  const hasCarrier = isMaster ? kernel.failover.active(pair) !== undefined : netdev.carrier;
  const flags = ["BROADCAST", "MULTICAST", ...(netdev.isPromiscuous ? ["PROMISC"] : [])];
  if (netdev.up) flags.push("UP", ...(hasCarrier ? ["LOWER_UP"] : []));
  if (netdev.up && !hasCarrier) flags.unshift("NO-CARRIER");
  const qdisc = !netdev.up ? "noop" : isMaster ? "noqueue" : netdev.device?.driver === "vf" ? "mq" : "fq_codel";
  const master = pair === undefined || isMaster ? "" : ` master ${pair.master.name}`;
  const state = netdev.up && hasCarrier ? "UP" : "DOWN";
  const tail = `mtu 1500 qdisc ${qdisc}${master} state ${state} mode DEFAULT group default qlen 1000`;
  const mac = formatMac(netdev.mac).toLowerCase();
  return `${netdev.index}: ${netdev.name}: <${flags.join(",")}> ${tail}\n    link/ether ${mac} brd ff:ff:ff:ff:ff:ff\n`;
}

function columns(names: string, values: readonly number[]): string {
  const row = values.map((value) => String(value).padStart(10)).join(" ");
  const head = names
    .split(" ")
    .map((name) => name.padStart(10))
    .join(" ");
  return `${head}\n${row}\n`;
}

/** Counters of a netdev's queues; a master's are its present slaves' together. */
function statistics(kernel: GuestKernel, netdev: Netdev): string {
  const pair = kernel.failover.pairOf(netdev);
  const counted = pair?.master === netdev ? [pair.standby, pair.primary] : [netdev];
  const sum = (direction: "rx" | "tx", ...ids: number[]): number =>
    counted.reduce((n, slave) => {
      const counters = slave?.device?.[direction].counters;
      return n + ids.reduce((m, id) => m + Number(counters?.[id] ?? 0n), 0);
    }, 0);
  const dropped = sum("rx", COUNTER_DROPS + DROP_RX_NOHANDLER, COUNTER_DROPS + DROP_OTHERHOST);
  const rx = [sum("rx", COUNTER_BYTES), sum("rx", COUNTER_PACKETS), 0, dropped, 0, 0];
  const tx = [sum("tx", COUNTER_BYTES), sum("tx", COUNTER_PACKETS), 0, 0, 0, 0];
  return (
    `    RX:${columns("bytes packets errors dropped missed mcast", rx)}`.replaceAll(/\n(?=.)/g, "\n       ") +
    `    TX:${columns("bytes packets errors dropped carrier collsns", tx)}`.replaceAll(/\n(?=.)/g, "\n       ")
  );
}

/** words: behind the program's name. @returns the exit code */
export function runIp(words: readonly string[], kernel: GuestKernel, { out, err }: Streams): number {
  const flags = words.filter((word) => word.startsWith("-"));
  const [object = "", verb = "show", ...given] = words.filter((word) => !word.startsWith("-"));
  const rest = given.filter((word) => word !== "dev");
  const what = "link".startsWith(object) ? "link" : "address".startsWith(object) || object === "addr" ? "addr" : "";
  const known = (name: string | undefined): Netdev | undefined => {
    const netdev = kernel.find(name ?? "");
    if (netdev === undefined)
      err(verb === "show" ? `Device "${name}" does not exist.\n` : `Cannot find device "${name}"\n`);
    return netdev;
  };
  if (object === "" || what === "") {
    err(`ip: found ${object}, expected link or addr: nothing else of a guest's kernel is modelled\n`);
    return 1;
  }
  if ("show".startsWith(verb) || verb === "list") {
    const [name] = rest;
    const netdev = name === undefined ? undefined : known(name);
    if (name !== undefined && netdev === undefined) return 1;
    if (netdev === undefined) out(LO);
    for (const one of netdev === undefined ? kernel.netdevs : [netdev]) {
      out(linkText(kernel, one));
      if (what === "addr" && one.address !== 0)
        out(`    inet ${ipv4Text(one.address)}/${one.prefix} scope global ${one.name}\n`);
      if (flags.includes("-s")) out(statistics(kernel, one));
    }
    return 0;
  }
  if (what === "link" && verb === "set" && (rest[1] === "up" || rest[1] === "down")) {
    const netdev = known(rest[0]);
    if (netdev !== undefined) kernel.setUp(netdev, rest[1] === "up");
    return netdev === undefined ? 1 : 0;
  }
  if (what === "link" && verb === "set" && rest[1] === "promisc" && (rest[2] === "on" || rest[2] === "off")) {
    const netdev = known(rest[0]);
    if (netdev !== undefined) kernel.setPromiscuous(netdev, rest[2] === "on");
    return netdev === undefined ? 1 : 0;
  }
  const [, address = "", prefix = "32"] = /^([\d.]+)(?:\/(\d+))?$/.exec(rest[0] ?? "") ?? [];
  if (what === "addr" && (verb === "add" || verb === "del") && isIpv4(address)) {
    const netdev = known(rest[1]);
    if (netdev !== undefined) kernel.setAddress(netdev, verb === "add" ? ipv4(address) : 0, Number(prefix));
    return netdev === undefined ? 1 : 0;
  }
  err(
    `ip: found ${words.join(" ")}, expected link show, link set DEV up|down, link set DEV promisc on|off, addr show or addr add ADDRESS/LENGTH dev DEV\n`,
  );
  return 1;
}
