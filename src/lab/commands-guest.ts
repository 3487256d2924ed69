// commands-guest - what runs in guests: testpmd, l3fwd-power, dpdk-devbind.py, ethtool, ip, dmesg, ssh. Without `ssh`, what a guest's user types is for the newest
// guest. In a live lab guests are this machine's own programs.
// Not modelled: forwarding by a guest's kernel.
import { runL3fwdPower } from "../l3fwd-power/l3fwd-power.ts";
import type { Command, ShellCore } from "../shell/command.ts";
import { readAll, type Streams } from "../shell/host.ts";
import { runTestpmd } from "../testpmd/session.ts";
import { runDevbind } from "./devbind.ts";
import { runEthtool } from "./ethtool.ts";
import type { Guest } from "./guest.ts";
import { runIp } from "./ip-command.ts";
import { labL3fwdHost } from "./l3fwd-seat.ts";
import type { Lab } from "./lab.ts";
import { labTestpmdHost } from "./testpmd-seat.ts";

const L3FWD_POWER = ["l3fwd-power", "dpdk-l3fwd-power"];
/** What sets a guest's kernel up to forward. */
const KERNEL = ["ifconfig", "sysctl", "route", "arp", "systemctl"];
/** What prepares a machine for DPDK: here it is prepared, and this machine's own must not be touched. */
const PREPARATION = ["modprobe", "insmod", "mount", "umount"];
/** Programs of DPDK and Open vSwitch that look at another process's ports: there is no such process. */
const ONLOOKERS = ["dpdk-dumpcap", "dpdk-proc-info", "ovs-tcpdump", "ovs-dpctl"];

export function guestCommands(lab: Lab): readonly (readonly [string, Command])[] {
  const testpmd: Command = (args, streams, shell) => runInside(lab, args, streams, shell);
  const devbind: Command = (args, streams, shell) => runDevbind(args, guestOf(lab, shell)?.nics ?? [], streams);
  const inside: readonly (readonly [string, Command])[] = [
    ["testpmd", testpmd],
    ["dpdk-testpmd", testpmd],
    ...L3FWD_POWER.map((name): [string, Command] => [name, (...call) => runL3fwd(lab, name, ...call)]),
    ["ssh", (args, streams, shell) => ssh(lab, args, streams, shell)],
    ["ip", (args, streams, shell) => ip(guestOf(lab, shell), args, streams)],
    ["dmesg", (_, { out }, shell) => dmesg(guestOf(lab, shell), out)],
  ];
  return [
    ...(lab.isLive ? [] : inside),
    ["dpdk-devbind.py", devbind],
    ["dpdk-devbind", devbind],
    ["dpdk_nic_bind.py", devbind],
    ["ethtool", (args, streams, shell) => runEthtool(args, guestOf(lab, shell)?.nics ?? [], streams)],
    ...PREPARATION.map((name): [string, Command] => [name, () => 0]),
    ...ONLOOKERS.map((name): [string, Command] => [name, (_, { err }) => refuseOnlooker(name, err)]),
    ...[...KERNEL, ...(lab.isLive ? ["ip"] : [])].map((name): [string, Command] => [
      name,
      (_, { err }) => refuseKernel(name, err),
    ]),
  ];
}

/** `ip` where the guest's kernel has NICs. */
function ip(guest: Guest | undefined, args: readonly string[], streams: Streams): number {
  return guest?.kernel === undefined ? refuseKernel("ip", streams.err) : runIp(args, guest.kernel, streams);
}

function dmesg(guest: Guest | undefined, out: (text: string) => void): number {
  for (const line of guest?.kernel?.messages ?? []) out(`${line}\n`);
  return 0;
}

function refuseOnlooker(name: string, err: (text: string) => void): number {
  err(`ringbed: ${name}: found no taps on ports, expected a mirror to a port with tx_pcap=FILE, or ovs-appctl\n`);
  return 1;
}

function refuseKernel(name: string, err: (text: string) => void): number {
  err(`ringbed: ${name}: found a guest's kernel to set up, expected testpmd: forwarding by kernels is not modelled\n`);
  return 1;
}

/** Where `ssh` has put the shell; else the newest guest. */
function guestOf(lab: Lab, shell: ShellCore): Guest | undefined {
  const name = shell.get("RINGBED_GUEST");
  return name === undefined ? lab.guests.at(-1) : lab.guest(name);
}

/** Without virtual devices of its own a program is a guest's. */
function seatOf(lab: Lab, args: readonly string[], shell: ShellCore): Guest | undefined {
  return args.some((word) => word.startsWith("--vdev")) ? undefined : guestOf(lab, shell);
}

function runInside(lab: Lab, args: readonly string[], streams: Streams, shell: ShellCore): Promise<number> {
  return runTestpmd(args, labTestpmdHost(lab, seatOf(lab, args, shell), streams));
}

function runL3fwd(
  lab: Lab,
  name: string,
  args: readonly string[],
  streams: Streams,
  shell: ShellCore,
): Promise<number> {
  return runL3fwdPower(args, labL3fwdHost(lab, seatOf(lab, args, shell), name, streams, shell));
}

/** `ssh [OPTIONS] [USER@]GUEST [COMMAND...]`: a command, or what stands on standard input, in a guest. */
async function ssh(lab: Lab, args: readonly string[], streams: Streams, shell: ShellCore): Promise<number> {
  let i = 0;
  for (; args[i]?.startsWith("-") === true; i++) if (/^-[bcDEeFIiJLlmOopQRSWw]$/.test(args[i]!)) i++;
  const name = (args[i] ?? "").replace(/^.*@/, "");
  if (lab.guest(name) === undefined) {
    streams.err(`ssh: Could not resolve hostname ${name}: Name or service not known\n`);
    return 255;
  }
  const inside = shell.subshell();
  inside.set("RINGBED_GUEST", name);
  const words = args.slice(i + 1);
  return inside.runText(words.length > 0 ? words.join(" ") : await readAll(streams.input), streams);
}
