// What QEMU says of NICs that it refuses: the real qemu-system-x86_64, where it is installed, and the lab's, given the same words.
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { lab } from "../../src/node/index.ts";

const PROGRAM = "qemu-system-x86_64";
const version = spawnSync(PROGRAM, ["--version"], { encoding: "utf8" }).stdout ?? "";
const why = / 7\.2\./.test(version) ? undefined : `no ${PROGRAM} 7.2`;
const NETDEV = "-netdev user,id=n0 -netdev user,id=n1";
const STANDBY = "-device virtio-net-pci,failover=on,netdev=n0,id=ua0";

/** Words that both refuse before a guest runs, and 7.2's answer to them. */
const REFUSED: readonly (readonly [string, string])[] = [
  ["-machine q35 -device virtio-net-pci,netdev=nx", "Property 'virtio-net-device.netdev' can't find value 'nx'"],
  [
    "-machine q35 -device virtio-net-pci,netdev=n0 -device virtio-net-pci,netdev=n0",
    "Property 'virtio-net-device.netdev' can't take value 'n0', it's in use",
  ],
  ["-machine q35 -device virtio-net-pci,netdev=n0,mac=zz", "Property 'virtio-net-device.mac' doesn't take value 'zz'"],
  ["-machine q35 -device virtio-net-pci,netdev=n0,failover=maybe", "Parameter 'failover' expects 'on' or 'off'"],
  ["-machine q35 -device virtio-net-pci,netdev=n0,bus=pcie.7", "Bus 'pcie.7' not found"],
  ...(
    [
      ["rx_queue_size=100", "Invalid rx_queue_size (= 100), must be a power of 2 between 256 and 1024."],
      ["rx_queue_size=2048", "Invalid rx_queue_size (= 2048), must be a power of 2 between 256 and 1024."],
      ["tx_queue_size=100", "Invalid tx_queue_size (= 100), must be a power of 2 between 256 and 1024"],
      ["host_mtu=70000", "Parameter 'host_mtu' expects uint16_t"],
      ["host_mtu=x", "Parameter 'host_mtu' expects integer"],
      ["mq=maybe", "Parameter 'mq' expects 'on' or 'off'"],
      ["ctrl_vq=1", "Parameter 'ctrl_vq' expects 'on' or 'off'"],
      ["packed=perhaps", "Parameter 'packed' expects 'on' or 'off'"],
      ["vectors=x", "Parameter 'vectors' expects integer"],
    ] as const
  ).map(([option, answer]) => [`-machine q35 -device virtio-net-pci,netdev=n0,${option}`, answer] as const),
  [`-machine q35 ${STANDBY} -device virtio-net-pci,netdev=n1,id=ua0`, "Duplicate ID 'ua0' for device"],
  [
    `-machine q35 ${STANDBY} -device vfio-pci,host=0000:03:07.1,failover_pair_id=ua0`,
    "Device with failover_pair_id needs to have id",
  ],
  [
    `-machine q35 ${STANDBY} -device vfio-pci,host=0000:03:07.1,id=a,failover_pair_id=ua0 -device vfio-pci,host=0000:03:07.2,id=b,failover_pair_id=ua0`,
    "Cannot attach more than one primary device to 'ua0': 'a' and 'b'",
  ],
];

function options(words: string): string {
  return `${NETDEV} ${words}`;
}

describe("the lab's QEMU refuses", () => {
  it.each(REFUSED)("%s", async (words, answer) => {
    const { stderr, code } = await lab(`${PROGRAM} ${options(words)}\n`);
    const device = words.split(" ").at(-1);
    expect(stderr).toBe(`${PROGRAM}: -device ${device}: ${answer}\n`);
    expect(code).toBe(1);
  });

  it("a function that its host has not", async () => {
    const pci = new Map([["0000:05:00.0", "sriov0"]]);
    const { stderr } = await lab(`${PROGRAM} -machine q35 -device vfio-pci,host=0000:03:07.1,id=a\n`, { pci });
    const path = "/sys/bus/pci/devices/0000:03:07.1";
    expect(stderr).toContain(`vfio ${path}: no such host device: No such file or directory\n`);
  });
});

describe.skipIf(why !== undefined)(`real QEMU${why === undefined ? "" : ` (skipped: ${why})`} refuses`, () => {
  it.each(REFUSED)("%s", (words, answer) => {
    const args = ["-nodefaults", "-display", "none", "-S", ...options(words).split(" ")];
    const { stderr } = spawnSync(PROGRAM, args, { encoding: "utf8", timeout: 5000 });
    const device = words.split(" ").at(-1);
    expect(stderr).toBe(`${PROGRAM}: -device ${device}: ${answer}\n`);
  });
});

describe.skipIf(why !== undefined)(`a monitor of real QEMU${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  const call = (execute: string, args: object = {}): string => JSON.stringify({ execute, arguments: args });
  const REQUESTS = [
    call("qmp_capabilities"),
    call("query-status"),
    call("migrate", { uri: "foo" }),
    call("migrate"),
    call("migrate", { uri: 3 }),
    call("nosuch"),
    call("set_link", { name: "zz", up: false }),
    call("set_link", { name: "ua0", up: false }),
    call("set_link", { name: "n0", up: true }),
    call("device_add", { id: "zz" }),
    call("device_del", {}),
    call("device_del", { id: "zz" }),
    call("query-rx-filter"),
    call("query-rx-filter", { name: "ua0" }),
    call("query-rx-filter", { name: "zz" }),
    call("query-rx-filter", { name: "n0" }),
    call("query-migrate"),
    call("cont"),
    call("stop"),
    call("human-monitor-command", { "command-line": "info status" }),
    call("human-monitor-command", { "command-line": "device_del zz" }),
    call("migrate_cancel"),
    call("query-status"),
  ];

  it("answers as the lab's", async () => {
    const args = [
      "-machine",
      "q35",
      "-m",
      "16",
      "-nodefaults",
      "-display",
      "none",
      "-S",
      ...`${NETDEV} ${STANDBY}`.split(" "),
    ];
    const input = `${REQUESTS.join("\n")}\n{"execute":"quit"}\n`;
    const real = spawnSync(PROGRAM, [...args, "-qmp", "stdio"], { encoding: "utf8", input, timeout: 10_000 });
    const script = `${PROGRAM} -machine q35 -m 16 -S ${NETDEV} ${STANDBY} -qmp unix:/tmp/q,server=on,wait=off
socat - UNIX-CONNECT:/tmp/q <<'EOF'\n${REQUESTS.join("\n")}\nEOF\n`;
    const ours = await lab(script);
    const answers = (text: string): string[] => text.split(/\r?\n/).filter((line) => /^\{"(return|error)"/.test(line));
    expect(answers(ours.stdout)).toEqual(answers(real.stdout).slice(0, REQUESTS.length));
    expect(answers(ours.stdout)).toHaveLength(REQUESTS.length);
  });
});
