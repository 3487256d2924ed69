// net_virtio_user and net_vhost in one testpmd in virtual time: the burst functions that the driver names, and packets through them. The lines are the real
// driver's, as test/reference/live-vector.test.ts holds them against it; here they are known before a device of another process is asked.
import { describe, expect, it } from "vitest";
import { cliProcess } from "../support/cli.ts";

const WIDE = "--force-max-simd-bitwidth=512";
const HOST = "net_vhost0,iface=/nowhere/vector.sock";

async function testpmd(args: string, eal: readonly string[], commands: string, hostFirst: boolean) {
  const guest = `net_virtio_user0,path=/nowhere/vector.sock,${args}`;
  const vdevs = (hostFirst ? [HOST, guest] : [guest, HOST]).flatMap((vdev) => ["--vdev", vdev]);
  const words = ["testpmd", "--lcores", "0@0,1@0", "--no-pci", "--log-level=pmd.net.virtio.*:info", ...eal, ...vdevs];
  const app = ["--", "--virtual", "-i", "--total-num-mbufs=4096"];
  return cliProcess([...words, ...app], new TextEncoder().encode(`${commands}quit\n`));
}

const paths = (tx: string, rx: string, port: number): string[] => [
  `set_rxtx_funcs(): virtio: using ${tx} Tx path on port ${port}`,
  `set_rxtx_funcs(): virtio: using ${rx} Rx path on port ${port}`,
];

describe("testpmd: vector paths of net_virtio_user", () => {
  it.each([true, false])(
    "are named with the host first %s, again at each start, with the note where it is configured",
    async (hostFirst) => {
      const port = hostFirst ? 1 : 0;
      const commands = "port stop all\nport start all\n";
      const { err, code } = await testpmd("mrg_rxbuf=1,packed_vq=1,vectorized=1", [WIDE], commands, hostFirst);
      const lines = paths("packed ring vectorized", "packed ring mergeable buffer", port);
      const note = "virtio_dev_configure(): disabled packed ring vectorized rx for mrg_rxbuf enabled";
      expect(err.split("\n").filter((line) => /^(set_rxtx|virtio_dev_configure)/.test(line))).toEqual([
        note,
        ...lines,
        ...lines,
      ]);
      expect(code).toBe(0);
    },
  );

  it.each([
    ["mrg_rxbuf=0,in_order=0,vectorized=1", [], paths("standard", "vectorized", 1)],
    ["mrg_rxbuf=0,packed_vq=1,vectorized=1", [WIDE], paths("packed ring vectorized", "packed ring vectorized", 1)],
    ["mrg_rxbuf=0,packed_vq=1,vectorized=1", [], paths("packed ring standard", "packed ring standard", 1)],
  ])("%s %j: what tx_first sends comes round and round", async (args, eal, lines) => {
    // paired ports: one side's packets are the other's, and back
    const commands = "set fwd io\nstart tx_first 2\nstop\nshow port stats all\n";
    const { out, err } = await testpmd(args, eal, commands, true);
    for (const line of lines) expect(err).toContain(line);
    const sums = /Accumulated forward statistics for all ports[\s\S]*?RX-packets: (\d+)[\s\S]*?TX-packets: (\d+)/.exec(
      out,
    );
    expect(Number(sums?.[1])).toBeGreaterThan(0);
    expect(Number(sums?.[2])).toBeGreaterThanOrEqual(Number(sums?.[1]));
    expect(out).toMatch(/RX-errors: 0[\s\S]*RX-nombuf: {2}0/);
  });

  it("a split ring of 16 has no buffer for its vector path: nothing comes, and nothing breaks", async () => {
    const args = "mrg_rxbuf=0,in_order=0,vectorized=1,queue_size=16";
    const { out, code } = await testpmd(args, [], "set fwd io\nstart tx_first\nstop\nshow port stats 1\n", true);
    expect(out).toMatch(/NIC statistics for port 1 [\s\S]*RX-packets: 0 /);
    expect(code).toBe(0);
  });
});
