// lab - the verb: a shell whose commands act on one simulated host.
import { Command } from "commander";
import { UsageError } from "../errors.ts";
import type { LabHost } from "../lab/lab-host.ts";
import type { LabOptions } from "../lab/lab-options.ts";
import { chunkLines, textLines } from "../lab/line-source.ts";
import { consoleInput } from "../node/console-input.ts";
import { ledgerText, traceText } from "../report/run-text.ts";
import { parseNodes } from "../vswitchd/cpu-set.ts";
import { collect, oneOf, range, wholeNumber } from "./parse.ts";
import type { Terminal } from "./terminal.ts";

interface LabFlags {
  readonly ovs?: "2.7" | "3.1";
  readonly map?: readonly string[];
  readonly cores?: number;
  readonly numa?: string;
  readonly enableDummy?: boolean;
  readonly seed?: number;
  readonly log?: string;
  readonly trace?: readonly [number, number];
  readonly ledger?: boolean;
  readonly live?: boolean;
  readonly dpdkQuirks?: boolean;
}

const NOTES = `
Commands: ovs-vsctl, ovs-ofctl, ovs-appctl, ovsdb-client; qemu-system-x86_64 (a guest and its NICs), socat and nc (to its monitors), virsh,
testpmd (in the newest guest, or on the host with --vdev; its prompt takes the lines up to quit), dpdk-devbind.py, ethtool, ip, ssh GUEST;
the shell's own, and programs of this machine (grep, head, wc, ...). Time passes only by \`sleep N\`; at the end finite inputs run out.
--map also takes an SR-IOV NIC: PCI=sriov0,rx_pcap=FILE,tx_pcap=FILE, its line; and PCI=vf,mac=MAC, a function's address.

Example:
  ringbed lab --map 0000:01:00.0=net_pcap0,rx_pcap=in.pcap,tx_pcap=back.pcap --map 0000:01:00.1=net_pcap1,tx_pcap=out.pcap <<'EOF'
  ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
  ovs-vsctl add-port br0 phy0 -- set Interface phy0 type=dpdk options:dpdk-devargs=0000:01:00.0 ofport_request=1
  ovs-vsctl add-port br0 phy1 -- set Interface phy1 type=dpdk options:dpdk-devargs=0000:01:00.1 ofport_request=2
  ovs-ofctl add-flow br0 in_port=1,actions=output:2
  sleep 1
  ovs-appctl dpif-netdev/pmd-stats-show
  EOF
`;

export function labCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command("lab")
    .description("A simulated host with Open vSwitch and guests: the commands of the real programs, in virtual time.")
    .argument("[script]", "a shell script; - or none: standard input")
    .option("--ovs <version>", "3.1, or 2.7 as the howto's", oneOf("ovs", ["2.7", "3.1"]))
    .option(
      "--map <pci[@node]=vdev>",
      "the virtual device behind a PCI address, on NUMA node 0 or another; may be repeated",
      collect,
    )
    .option("--cores <n>", "cores of the host (default: 64)", wholeNumber("cores", 1, 128))
    .option("--numa <nodes>", "NUMA nodes of the host that share its cores (default: 1), or each node's cores: 0-3,4-7")
    .option("--enable-dummy", "ovs-vswitchd's: dummy-pmd devices (options:numa_id, n_rxq), and ovs-appctl time/warp")
    .option("--seed <n>", "of all chance (default: 1)", wholeNumber("seed", 1, 2 ** 32 - 1))
    .option("--live", "on the wall's clock: sockets are real, and guests are this machine's dpdk-testpmd, QEMU, ...")
    .option("--dpdk-quirks", "vhost ports do what DPDK's do where that is not what the specifications say")
    .option("--log <file>", "where ovs-vswitchd's log goes; - is standard error")
    .option("--trace <n[-m]>", "at the end print each hop of packets n to m of a NIC's line (sriov)", range("trace"))
    .option("--ledger", "at the end print what became of every packet")
    .addHelpText("after", NOTES)
    .action(async (script: string | undefined, flags: LabFlags) => done(await runLab(script, flags, terminal)));
}

/** PCI=VDEV or PCI@NODE=VDEV. @throws UsageError */
export function pciMap(texts: readonly string[]): Map<string, string> {
  return new Map(mappings(texts).map(({ address, vdev }) => [address, vdev]));
}

function mappings(texts: readonly string[]): { address: string; node: number; vdev: string }[] {
  return texts.map((text) => {
    const [, address, node = "0", vdev] = /^([0-9a-fA-F:.]+)(?:@(\d+))?=(.+)$/s.exec(text) ?? [];
    if (address === undefined || vdev === undefined)
      throw new UsageError(`map: found ${text}, expected PCI=VDEV or PCI@NODE=VDEV`);
    return { address, node: Number(node), vdev };
  });
}

/** What --numa says: how many nodes, or the node of each core. @throws UsageError */
function numaOf(text: string | undefined): Pick<LabOptions, "nodes" | "numa"> {
  if (text === undefined) return {};
  if (/[-,+]/.test(text)) return { numa: parseNodes(text) };
  return { nodes: wholeNumber("numa", 1, 8)(text) };
}

async function runLab(script: string | undefined, flags: LabFlags, terminal: Terminal): Promise<number> {
  const { openLab } = await import("../lab/open-lab.ts");
  const { nodeLabHost } = await import("../node/lab-host.ts");
  const options: LabOptions = {
    pci: pciMap(flags.map ?? []),
    pciNodes: new Map(mappings(flags.map ?? []).map(({ address, node }) => [address, node])),
    ...(flags.ovs === undefined ? {} : { version: flags.ovs }),
    ...(flags.cores === undefined ? {} : { cores: flags.cores }),
    ...numaOf(flags.numa),
    ...(flags.enableDummy === undefined ? {} : { enableDummy: true }),
    ...(flags.trace === undefined ? {} : { trace: flags.trace }),
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(flags.live === true ? { live: true } : {}),
    ...(flags.dpdkQuirks === true ? { dpdkQuirks: true } : {}),
    ...(process.env.OVS_RUNDIR === undefined || flags.live !== true
      ? {}
      : { env: { OVS_RUNDIR: process.env.OVS_RUNDIR } }),
  };
  const input = consoleInput(process.stdin);
  const stop = (): void => input.interrupt();
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    const host = nodeLabHost(terminal, () => input.isInterrupted);
    const lab = await openLab(host, flags.log === undefined ? options : { ...options, onLog: logTo(flags.log, host) });
    const end = (code: number): number => {
      const lines = [...traceText(flags.trace === undefined ? [] : lab.trace)];
      if (flags.ledger === true) lines.push(...ledgerText(lab.machine.ledger()));
      for (const line of lines) terminal.out(`${line}\n`);
      return code;
    };
    if (script !== undefined && script !== "-") {
      const file = host.shell.readText(script);
      if ("error" in file) throw new UsageError(`script: found ${script}: ${file.error}, expected a file`);
      return end(await lab.run(textLines(file.text)));
    }
    const prompt = process.stdin.isTTY ? (more: boolean): void => terminal.err(more ? "> " : "ringbed$ ") : undefined;
    return end(
      await lab.run(
        chunkLines(() => input.read()),
        prompt,
      ),
    );
  } finally {
    input.close();
  }
}

/** Lines to a file, which begins anew, or to standard error. @throws UsageError when it cannot be written */
function logTo(path: string, { err, shell }: LabHost): (line: string) => void {
  if (path === "-") return (line) => err(`${line}\n`);
  const fault = shell.writeText(path, "", false);
  if (fault !== undefined) throw new UsageError(`log: found ${path}: ${fault}, expected a file to write`);
  return (line) => {
    shell.writeText(path, `${line}\n`, true);
  };
}
