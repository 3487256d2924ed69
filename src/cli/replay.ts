// replay - the verb: options as the contract names them, the report as text or JSON, the exit code.
import { Command } from "commander";
import { nodeHost } from "../node/host.ts";
import { runText } from "../report/run-text.ts";
import type { ReplayOptions } from "../run/options.ts";
import { replayOn } from "../run/replay.ts";
import { collect, oneOf, onOff, range, wholeNumber } from "./parse.ts";
import type { Terminal } from "./terminal.ts";

const EXAMPLE = `
Example:
  ringbed replay traffic.pcap --topology pvp --fwd-mode mac --retry --speed 2Mpps -w out.pcapng

Ports are phy0, phy1, ...; vhost0, ...; and in guests vm0.eth0, ... . Packets enter at phy0 and leave at phy1.
Exit codes: 0 pass; 1 --expect failed; 2 usage or unreadable input; 3 the run broke or was interrupted.`;

type Options = Omit<ReplayOptions, "captures" | "output" | "macs" | "ethPeers"> & {
  readonly write?: string;
  readonly mac?: string[];
  readonly ethPeer?: string[];
  readonly json?: boolean;
};

/** Signals that end a run early: what was done is reported. */
const STOPS = ["SIGINT", "SIGTERM"] as const;

export function replayCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command("replay")
    .description("Replays captures through a topology in virtual time and says where every packet went.")
    .argument("<capture...>", "pcap or pcapng files; - is standard input")
    .option("--topology <name>", "p2p, pvp, pvvp[:N] (VMs in series), pvpv[:N] (in parallel), loopback (default: pvp)")
    .option(
      "--switch <kind>",
      "ovs: the OVS datapath with the howto's rules; wire: testpmd io (default: ovs for pvp and p2p)",
    )
    .option(
      "--phy <kind>",
      "what phy0, phy1 are: nic, or pcap (net_pcap: no pace, nothing missed) (default: nic)",
      oneOf("phy", ["nic", "pcap"]),
    )
    .option("--fwd-mode <mode>", "the guests' testpmd mode; p2p: the host's (default: mac)")
    .option("--retry", "wait and try again when a tx queue is full, as `set fwd MODE retry`")
    .option("--retry-num <n>", "further attempts (default: 64; mac_retry: 5)", wholeNumber("retry-num"))
    .option("--retry-delay-us <us>", "delay before each (default: 1; mac_retry: 10)", wholeNumber("retry-delay-us"))
    .option("--ring <layout>", "split or packed (default: split)", oneOf("ring", ["split", "packed"]))
    .option("--mergeable <on|off>", "VIRTIO_NET_F_MRG_RXBUF (default: on)", onOff("mergeable"))
    .option("--in-order <on|off>", "VIRTIO_F_IN_ORDER (default: on)", onOff("in-order"))
    .option("--vectorized", "the guests' drivers' vector burst functions, as vectorized=1 with 512-bit SIMD")
    .option("--dpdk-quirks", "vhost ports do what DPDK's do where that is not what the specification says")
    .option("--indirect <on|off>", "VIRTIO_F_INDIRECT_DESC (default: on)", onOff("indirect"))
    .option(
      "--ring-size <n>",
      "descriptors a virtqueue; of a split one, a power of two (default: 256)",
      wholeNumber("ring-size"),
    )
    .option("--queues <n>", "queue pairs a port (default: 1)", wholeNumber("queues"))
    .option("--rx-interrupts", "the guests' lcores sleep until rx interrupts come, instead of polling")
    .option("--burst <n>", "packets a burst, 1 to 512 (default: 32)", wholeNumber("burst"))
    .option("--in <port>", "where all packets enter (default: interface k at phyk, else phy0)")
    .option("--speed <speed>", "capture, max (line rate), Nx, N[kM]pps, N[kMG]bps (default: capture)")
    .option("--loop <n>", "replay the captures n times", wholeNumber("loop"))
    .option("--limit <n>", "packets to replay of each loop", wholeNumber("limit"))
    .option(
      "-w, --write <file>",
      "write what leaves: pcapng, or classic pcap for a name ending .pcap; - is standard output",
    )
    .option("--direction <in|out|all>", "what -w holds (default: out)", oneOf("direction", ["in", "out", "all"]))
    .option("--expect <[port=]file>", "what must leave, packet by packet; may be repeated", collect)
    .option("--unordered", "--expect without regard to order")
    .option("--mac <port=mac>", "address of phyN or vmV.ethE; may be repeated", collect)
    .option("--eth-peer <port=mac>", "destination that mac modes write for that tx port; may be repeated", collect)
    .option(
      "--tx-first <n>",
      "bursts that guests send before they forward, as `start tx_first n`",
      wholeNumber("tx-first"),
    )
    .option("--total-num-mbufs <n>", "mbufs a pool (default: as the topology needs)", wholeNumber("total-num-mbufs"))
    .option("--seed <n>", "where chance plays a part (default: 1)", wholeNumber("seed"))
    .option("--profile <file>", "cost profile (default: testpmd-22.11)")
    .option("--trace <n[-m]>", "print each hop of packets n to m, counted from 1", range("trace"))
    .option("--tolerant", "use what comes before a fault in a capture")
    .option("--raw-time", "leave dpdk-dumpcap's wrong times as they are")
    .option("--json", "print one JSON document")
    .addHelpText("after", EXAMPLE)
    .action(async (captures: string[], options: Options) => done(await replay(captures, options, terminal)));
}

async function replay(captures: readonly string[], options: Options, terminal: Terminal): Promise<number> {
  const host = nodeHost((line) => terminal.err(`ringbed: ${line}\n`));
  const stop = (): void => host.stop();
  for (const signal of STOPS) process.once(signal, stop);
  try {
    const { write, mac, ethPeer, json, ...rest } = options;
    const report = await replayOn(host, { ...rest, captures, output: write, macs: mac, ethPeers: ethPeer });
    const text = json ? `${JSON.stringify(report, undefined, 2)}\n` : runText(report);
    // With the capture itself on standard output, the report goes to standard error.
    if (write === "-") terminal.err(text);
    else terminal.out(text);
    if (report.interrupted) return 3;
    return report.expect.every((e) => e.equal) ? 0 : 1;
  } finally {
    for (const signal of STOPS) process.removeListener(signal, stop);
  }
}
