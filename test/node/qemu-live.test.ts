// Real Linux guests: their virtio-net driver on rings that `ringbed testpmd` serves as a vhost-user back-end, in QEMU under TCG.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  VIRTIO_F_EVENT_IDX,
  VIRTIO_F_INDIRECT_DESC,
  VIRTIO_F_RING_PACKED,
  VIRTIO_F_VERSION_1,
  VIRTIO_NET_F_MRG_RXBUF,
} from "../../assembly/abi/features.ts";
import { TestpmdProcess } from "../../src/reference/testpmd-process.ts";
import { VIRTIO_NET_F_MQ } from "../../src/vhost-user/features.ts";
import { findGuest, Guest, type GuestNic, type GuestOptions } from "../support/qemu-guest.ts";

const MAIN = fileURLToPath(new URL("../../dist/src/cli/main.js", import.meta.url));
/** What Linux agrees on with DPDK's net_vhost too: CSUM, GUEST_CSUM, GUEST_TSO4 and 6, _ECN, _UFO, HOST_ECN, HOST_UFO; without tso=1 no HOST_TSO. */
const OFFLOADS = [0, 1, 7, 8, 9, 10, 13, 14];
const ALL_OFFLOADS = [...OFFLOADS, 6, 11, 12];
const LAYOUTS = ["split", "packed"] as const;
const layoutOf = (layout: string): string => `packed=${layout === "packed" ? "on" : "off"}`;
const MB_20 = 20 * 2 ** 20;

const image = findGuest();
const missing = "missing" in image ? image.missing : undefined;
if (missing !== undefined) console.log(`skipped: real Linux guests (found no ${missing})`);

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ringbed-qemu-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let sockets = 0;
const socket = (): string => join(folder, `${sockets++}.sock`);

/** `ringbed testpmd` with a net_vhost at each path, forwarding; ended with the test. */
async function ringbed(paths: readonly string[], queues: number, ...app: string[]): Promise<TestpmdProcess> {
  if (!existsSync(MAIN)) throw new Error("test: found no dist/src/cli/main.js, expected it (npm run build)");
  const testpmd = await TestpmdProcess.start({
    program: [process.execPath, MAIN, "testpmd"],
    prefix: `qemu-live-${process.pid}`,
    lcores: availableParallelism() > 1 ? "0@0,1@1" : "0@0,1@0",
    vdevs: paths.map((path, i) => `net_vhost${i},iface=${path},queues=${queues}`),
    app: ["--total-num-mbufs=8192", `--rxq=${queues}`, `--txq=${queues}`, ...app],
  });
  onTestFinished(() => testpmd.kill());
  await testpmd.startForwarding();
  return testpmd;
}

async function boot(number: number, nics: readonly GuestNic[], more: Partial<GuestOptions> = {}): Promise<Guest> {
  if ("missing" in image) throw new Error(image.missing);
  const guest = await Guest.start(image, { nics, ...more }, number);
  onTestFinished(() => guest.kill());
  await guest.address("eth0", `10.9.0.${number + 1}/24`);
  return guest;
}

/** Peers' memory that a process, and the one that runs its lcores, have mapped. */
function mappedMemory(pid: number | undefined): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim().split(" ");
  const maps = [pid, ...children.filter((id) => id !== "")].map((id) => readFileSync(`/proc/${id}/maps`, "latin1"));
  return maps
    .join("")
    .split("\n")
    .filter((line) => /memfd:(?!ringbed)/.test(line)).length;
}

const answered = (pings: number): string => `${pings} packets transmitted, ${pings} packets received`;

describe.skipIf(missing !== undefined)("a real Linux guest on our back-end", () => {
  it.each(LAYOUTS)("is answered its pings on %s rings, and leaves nothing behind", async (layout) => {
    const path = socket();
    const testpmd = await ringbed([path], 1, "--forward-mode=icmpecho");
    const guest = await boot(1, [{ path, device: `${layoutOf(layout)},host_mtu=1600` }]);
    const features = await guest.features("eth0");
    const agreed = [VIRTIO_F_VERSION_1, VIRTIO_NET_F_MRG_RXBUF, VIRTIO_F_INDIRECT_DESC, VIRTIO_F_EVENT_IDX];
    expect(features).toEqual(expect.arrayContaining(agreed));
    expect(features.includes(VIRTIO_F_RING_PACKED)).toBe(layout === "packed");
    expect(features.filter((bit) => ALL_OFFLOADS.includes(bit))).toEqual(OFFLOADS);
    expect(await guest.run("cat /sys/class/net/eth0/carrier")).toContain("1");
    // host_mtu: the driver's MTU, and by NET_SET_MTU the port's
    expect(await guest.run("cat /sys/class/net/eth0/mtu")).toContain("1600");
    expect(await testpmd.command("show port info 0", /error handling mode/)).toContain("\nMTU: 1600\n");
    expect(await guest.run("ping -c 5 -i 0.1 -W 2 10.9.0.1")).toContain(answered(5));
    expect(await guest.run("ping -c 3 -i 0.1 -W 2 -s 1472 10.9.0.1")).toContain(answered(3));
    // its driver goes and comes: the device is reset, rings lie elsewhere
    await guest.run("rmmod virtio_net && insmod /mod/virtio_net.ko");
    await guest.address("eth0", "10.9.0.2/24");
    expect(await guest.run("ping -c 3 -i 0.1 -W 2 10.9.0.1")).toContain(answered(3));
    expect(mappedMemory(testpmd.pid)).toBe(1);
    await guest.end();
    for (let i = 0; i < 100 && mappedMemory(testpmd.pid) > 0; i++) await sleep(20);
    expect(mappedMemory(testpmd.pid)).toBe(0);
    expect((await testpmd.stopForwarding()).all?.["TX-packets"]).toBeGreaterThanOrEqual(11);
    expect(await testpmd.quit()).not.toContain("ringbed: ");
  });

  it.each(LAYOUTS)("exchanges 20 MB over TCP with another both ways, %s, mergeable buffers or not", async (layout) => {
    const paths = [socket(), socket()];
    const testpmd = await ringbed(paths, 1);
    const guests = await Promise.all(
      paths.map((path, i) => boot(i, [{ path, device: `mrg_rxbuf=${i === 0 ? "off" : "on"},${layoutOf(layout)}` }])),
    );
    const [plain, mergeable] = guests as [Guest, Guest];
    expect(await plain.features("eth0")).not.toContain(VIRTIO_NET_F_MRG_RXBUF);
    for (const [from, to, address] of [
      [plain, mergeable, "10.9.0.1"],
      [mergeable, plain, "10.9.0.2"],
    ] as const) {
      await from.run("httpd -p 80 -h /tmp; dd if=/dev/urandom of=/tmp/sent bs=1M count=20");
      const startMs = performance.now();
      await to.run(`wget -q -O /tmp/got http://${address}/sent`, 40_000);
      const ms = performance.now() - startMs;
      console.log(`20 MB over TCP in ${ms.toFixed(0)} ms: ${((MB_20 * 8) / ms / 1000).toFixed(0)} Mbit/s`);
      expect((await to.run("md5sum < /tmp/got")).trim()).toBe((await from.run("md5sum < /tmp/sent")).trim());
      expect(Number(await to.run("wc -c < /tmp/got"))).toBe(MB_20);
    }
    const { all } = await testpmd.stopForwarding();
    expect(all?.["RX-packets"]).toBe((all?.["TX-packets"] ?? 0) + (all?.["TX-dropped"] ?? 0));
    await testpmd.quit();
  });

  it("uses two queue pairs where it has two processors", async () => {
    const path = socket();
    const testpmd = await ringbed([path], 2, "--forward-mode=icmpecho");
    const guest = await boot(1, [{ path, queues: 2 }], { cpus: 2 });
    expect(await guest.features("eth0")).toContain(VIRTIO_NET_F_MQ);
    for (const core of [1, 2]) {
      expect(await guest.run(`taskset ${core} ping -c 5 -i 0.1 -W 2 10.9.0.1`)).toContain(answered(5));
    }
    const xstats = await testpmd.command("show port xstats 0", /tx_q1_bytes/);
    for (const queue of [0, 1]) {
      expect(Number(new RegExp(`rx_q${queue}_packets: (\\d+)`).exec(xstats)?.[1])).toBeGreaterThan(0);
    }
    await testpmd.quit();
  });

  it.each(LAYOUTS)("goes on where it was when we are killed and come again, %s: no ping is lost", async (layout) => {
    const path = socket();
    const first = await ringbed([path], 1, "--forward-mode=icmpecho");
    const guest = await boot(1, [{ path, chardev: "reconnect=1", device: layoutOf(layout) }]);
    await sleep(2500); // Linux takes a link's next change at once only when the one before is old; else it drops for a second
    const pings = guest.run("ping -c 20 -i 0.2 -W 10 10.9.0.1", 40_000);
    await sleep(1000);
    first.kill();
    await first.quit();
    rmSync(path); // as the real one, ours takes no path that another might listen at
    const second = await ringbed([path], 1, "--forward-mode=icmpecho", "--no-flush-rx"); // what waits in the rings is not to be drained
    expect(await pings).toContain(answered(20));
    expect((await second.stopForwarding()).all?.["RX-packets"]).toBeGreaterThan(0);
    await second.quit();
  });
});
