// Real QEMU as the front-end: its boot ROM (iPXE) drives a virtio-net whose rings our back-end serves. The order of messages is QEMU's own;
// what arrives is the ROM's DHCP discover.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VIRTIO_F_VERSION_1, VIRTIO_NET_F_MRG_RXBUF } from "../../assembly/abi/features.ts";
import { BackEnd } from "../../src/vhost-user/back-end.ts";
import { maskOf, VIRTIO_NET_F_MQ } from "../../src/vhost-user/features.ts";
import { requestWords } from "../../src/vhost-user/message.ts";
import { DeviceQueues, liveMachine } from "./vhost-user-rings.ts";
import { holdings, whyNoKoffi } from "./vhost-user-testpmd.ts";

const QEMU = "qemu-system-x86_64";
const MAC = [0x52, 0x54, 0, 0, 0, 1];

/** A virtio-net with QEMU's own boot ROM. vectors=0: QEMU 7.2 under TCG crashes with MSI-X and vhost-user */
function arguments_(path: string): string[] {
  const mac = MAC.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  return [
    ...["-accel", "tcg", "-machine", "q35,memory-backend=mem0", "-m", "64", "-nodefaults", "-no-user-config"],
    ...["-object", "memory-backend-memfd,id=mem0,size=64M,share=on", "-display", "none", "-serial", "none"],
    ...["-monitor", "none", "-boot", "n", "-chardev", `socket,id=c0,path=${path}`],
    ...["-netdev", "vhost-user,id=n0,chardev=c0"],
    ...["-device", `virtio-net-pci,netdev=n0,disable-legacy=on,vectors=0,mac=${mac}`],
  ];
}

function whyNoQemu(): string | undefined {
  const version = spawnSync(QEMU, ["--version"]);
  if (version.status !== 0) return `${QEMU} is not installed`;
  const help = spawnSync(QEMU, ["-device", "virtio-net-pci,help"], { encoding: "latin1" });
  return help.status === 0 ? whyNoKoffi() : "this QEMU has no virtio-net-pci";
}

const why = whyNoQemu();

describe.skipIf(why !== undefined)(`real QEMU${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  let folder = "";
  let qemu: ChildProcess | undefined;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "h5-"));
  });
  afterAll(() => {
    qemu?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  it("its boot ROM's rings are found and its DHCP discover arrives; all is back when it is killed", async () => {
    const path = join(folder, "qemu.sock");
    const { hands, host } = await liveMachine();
    const before = holdings();
    const queues = DeviceQueues.make(hands);
    const names: string[] = [];
    const ends: unknown[] = [];
    const warnings: string[] = [];
    const backEnd = BackEnd.open(
      host,
      {
        path,
        client: false,
        features: maskOf(VIRTIO_F_VERSION_1, VIRTIO_NET_F_MRG_RXBUF, VIRTIO_NET_F_MQ),
        queuePairs: 1,
      },
      {
        connected: () => queues,
        disconnected: (_, fault) => ends.push(fault),
        warn: (line) => warnings.push(line),
        trace: (direction, { request }) => {
          if (direction === "received") names.push(requestWords(request));
        },
      },
    );
    qemu = spawn(QEMU, arguments_(path), { stdio: "ignore" });
    const deadline = performance.now() + 30_000;
    let more = true;
    const receiving = queues.receiveWhile(() => more);
    while (queues.samples.length === 0 && performance.now() < deadline) await sleep(5);
    more = false;
    await receiving;
    const [frame = new Uint8Array(0)] = queues.samples;
    expect([...frame.subarray(0, 14)]).toEqual([...Array(6).fill(0xff), ...MAC, 8, 0]);
    expect([...frame.subarray(34, 38)]).toEqual([0, 68, 0, 67]); // UDP, client to server of DHCP

    // ENABLE comes before any address, CALL twice, DRIVER_OK last
    expect(names.indexOf("SET_VRING_ENABLE")).toBeLessThan(names.indexOf("SET_VRING_ADDR"));
    expect(names.filter((name) => name === "SET_VRING_CALL").length).toBeGreaterThan(2);
    expect(names.at(-1)).toBe("SET_STATUS");
    expect(queues.device).toMatchObject({ headerBytes: 12, packed: false });
    expect([...queues.rings.keys()]).toEqual([0, 1]);

    qemu.kill("SIGKILL");
    while (backEnd.connections > 0 && performance.now() < deadline) await sleep(1);
    await backEnd.close();
    expect([ends, warnings]).toEqual([[undefined], []]);
    expect(holdings()).toEqual(before);
  });
});
