// net_virtio over QEMU's virtio-net in the lab beside the real ones: DPDK 22.11's testpmd and Linux 6.1 in a guest of QEMU 7.2 (recorded by
// test/recorded/record-virtio-net.py): each line printed, each change of query-rx-filter's answer, each event, each frame that is let in.
import { describe, expect, it } from "vitest";
import { startQemu } from "../../src/lab/commands-qemu.ts";
import { runIp } from "../../src/lab/ip-command.ts";
import { openLab } from "../../src/lab/open-lab.ts";
import { nodeLabHost } from "../../src/node/lab-host.ts";
import { textInput } from "../../src/shell/host.ts";
import {
  FilterWatch,
  frameOf,
  KINDS,
  MAC,
  NAMES,
  type Recording,
  readRecording,
  VirtioNetLab,
} from "../support/virtio-net-recorded.ts";
import { captureOf, failoverLab } from "./failover.ts";

/**
 * vhost-user's own messages have no place in one process: what they led to is compared. set_link: QEMU sets every ring up anew, message by message, and
 * how many queue state events that gives is theirs. On dgram there is nobody to hear of it.
 */
function compared(lines: readonly string[], netdev: string, mark = ""): string[] {
  const left = mark === "@" ? /^% (?:set queue enable|Port 0: queue state)/ : /^% set queue enable/;
  const told = lines.filter((line) => !(netdev === "dgram" ? /^%/ : left).test(line));
  return told.map((line) => line.replace(/iface=[^,]*/, "iface=SOCKET"));
}

const all = NAMES.map((name): [string, Recording] => [name, readRecording(name)]);
const ofLinux = ({ steps }: Recording): boolean => steps.some(({ mark }) => mark === "$");
const recordings = all.filter(([, recording]) => !ofLinux(recording));

describe("testpmd in a guest", () => {
  it.each(recordings)("%s", async (_, recording) => {
    const lab = await VirtioNetLab.open(recording);
    const { steps, start, netdev } = recording;
    expect(lab.start).toEqual(compared(start, netdev));
    for (const [i, step] of steps.entries()) {
      if (step.mark === "*") {
        // QEMU delivers by its receive filter; a vhost-user back-end by none.
        const kinds = netdev === "dgram" ? lab.accepted() : await lab.returned();
        expect(`< ${kinds.join(" ")}`.trim(), `step ${i}`).toBe(step.lines[0]?.trim());
        continue;
      }
      const ours = compared(await lab.step(step), netdev, step.mark);
      expect(ours, `step ${i}: ${step.mark} ${step.text}`).toEqual(compared(step.lines, netdev, step.mark));
    }
    await lab.end();
  });

  // The host's queues are the first that were made. Of 1024 descriptors the driver uses rte_ethdev's usual 512.
  it.each([
    ["commands", [256]],
    ["queue-sizes", [512]],
    ["frames-vhost-packed", [512]],
    ["mq", [256, 256]],
  ])("%s: as many buffers are posted on each queue in use as rx_queue_size has it", async (name, posted) => {
    const opened = await VirtioNetLab.open(readRecording(name));
    const { engine, queues, lcores } = opened.lab.machine;
    const towards = queues.filter(({ direction }) => direction === "tx").slice(0, posted.length);
    expect(towards.map(({ address }) => engine.portTxFree(lcores[0]!, address) >>> 0)).toEqual(posted);
    await opened.end();
  });
});

describe("Linux's own driver in a guest, QEMU delivering", () => {
  it.each(all.filter(([, recording]) => ofLinux(recording)))("%s", async (_, { options, start, steps }) => {
    let said = "";
    const say = (text: string): void => {
      said += text;
    };
    const streams = { input: textInput(""), out: say, err: say };
    const lab = await openLab(
      nodeLabHost(streams, () => false),
      {},
    );
    const nic = `virtio-net-pci,id=net0,netdev=n0,mac=${MAC},addr=5${options === "" ? "" : `,${options}`}`;
    startQemu(lab, "qemu", ["-machine", "q35", "-netdev", "user,id=n0", "-device", nic], say);
    const { qemu, kernel } = lab.guests[0]!;
    const watch = new FilterWatch(qemu);
    expect(watch.changed()).toEqual(start);
    for (const { text, lines } of steps) {
      const [program, ...words] = text.split(" ");
      if (program === "ip") expect(runIp(words, kernel!, streams), text).toBe(0);
      const log = program === "dmesg" ? kernel!.messages.map((message) => `| ${message}`) : [];
      expect([...log, ...watch.changed()], text).toEqual(lines);
    }
    expect(said).toBe("");
  });

  // Frames of each kind of the recordings come by the line; the embedded switch passes what is the NIC's or a group's.
  const line = captureOf(
    KINDS.map(frameOf),
    KINDS.map((_, i) => i * 1000 + (i > 0 ? 1e9 : 0)),
  );
  const guest = (option: string, commands: string): string =>
    `qemu-system-x86_64 -machine q35 -netdev user,id=n0 -device virtio-net-pci,id=net0,netdev=n0,mac=${MAC}${option}\n${commands}sleep 2\n`;

  it.each([
    // Tagged ones of those let in, and the group that nobody joined.
    ["", "", 14],
    [",packed=on", "", 14],
    [",ctrl_vlan=off", "", 5],
    ["", "ip link set eth0 promisc on\n", 0],
    [",ctrl_rx=off", "", 0],
  ])("with %j and %j so many frames of a line are not let in: %i", async (option, command, filtered) => {
    const { ledger, stderr } = await failoverLab(guest(option, `ip link set eth0 up\n${command}`), line);
    expect(stderr).toBe("");
    const { mac_filtered: switched, rx_filtered = 0 } = ledger.drops;
    expect([switched, rx_filtered]).toEqual([15, filtered]);
    expect(ledger.received + ledger.copied).toBe(ledger.consumed + ledger.dropped + ledger.sent + ledger.queued);
  });

  it("a filtered frame's hop says so", async () => {
    const { trace } = await failoverLab(guest("", "ip link set eth0 up\n"), line, { trace: [1, 2] });
    expect(trace.filter(({ packet, hop }) => packet === 2 && hop === "drop").map(({ reason }) => reason)).toEqual([
      "rx_filtered",
    ]);
  });
});
