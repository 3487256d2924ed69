// testpmd - the verb: a drop-in for dpdk-testpmd. Its arguments are DPDK's and are not looked at here.
import { endOnBrokenPipe } from "../node/broken-pipe.ts";
import { consoleInput } from "../node/console-input.ts";
import { nodeTestpmdHost } from "../node/testpmd-host.ts";
import { runTestpmd } from "../testpmd/session.ts";
import type { Terminal } from "./terminal.ts";

const HELP = `Usage: ringbed testpmd [EAL options] -- [testpmd options]

DPDK's testpmd (22.11), the same arguments, commands and printed blocks, over rings and mempools in WebAssembly: no root, no hugepages.
Virtual devices: net_pcap, net_null, net_ring, net_vhost and net_virtio_user (joined in memory when their paths are equal).
--virtual (ours, behind the --) runs in virtual time: \`sleep N\` lets it pass, finite captures are drained before \`stop\`.
--idle (ours): an lcore that only live peers can wake sleeps on their eventfds after a quiet millisecond; by default it polls, as DPDK's.
--dpdk-quirks (ours): net_vhost does what DPDK's does where that is not what the specifications say; by default it follows them.
For DPDK's own help: ringbed testpmd -h (EAL), ringbed testpmd -- --help.

Example:
  (echo set fwd mac; echo start; sleep 1; echo stop) | ringbed testpmd -l 0-1 \\
      --vdev net_pcap0,rx_pcap=in.pcap,tx_pcap=out0.pcap --vdev net_pcap1,tx_pcap=out1.pcap -- -i --no-flush-rx
`;

/** words: all behind `testpmd`, as given */
export async function testpmd(words: readonly string[], terminal: Terminal): Promise<number> {
  if (words.length === 1 && words[0] === "--help") {
    terminal.out(HELP);
    return 0;
  }
  const input = consoleInput(process.stdin);
  const stop = (): void => input.interrupt();
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  endOnBrokenPipe();
  try {
    return await runTestpmd(
      words,
      nodeTestpmdHost(terminal, input, () => input.isInterrupted),
    );
  } finally {
    input.close(); // the listeners stay: a signal that comes while the program ends changes nothing
  }
}
