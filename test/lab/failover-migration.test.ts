// A guest with a failover pair migrates to another QEMU process: order of events as QEMU 7.2.22 and Linux 6.1 showed them, announcements, the primary that
// waits there, and what the ledger says of the way.
import { describe, expect, it } from "vitest";
import { failoverFile, failoverLab, MAC, MONITOR, qmp, requests, TEAMING_Q35 } from "./failover.ts";

const MS = 1_000_000;
const THERE = "/tmp/lib/domain-2-QEMUGuest1/monitor.sock";
const tell = (monitor: string): string =>
  qmp("migrate-set-capabilities", { capabilities: [{ capability: "events", state: true }] }, monitor);
const START = `${TEAMING_Q35}${failoverFile("destination.sh")}${tell(MONITOR)}${tell(THERE)}${qmp("cont")}
ssh QEMUGuest1 'ip link set eth0 up; ip addr add 10.0.0.2/24 dev eth0'
sleep 0.5
`;
const MIGRATE = qmp("migrate", { uri: "tcp:127.0.0.1:49152" });
/** setup takes 250 ms, 214 MiB at 128 MiB/s 1671.875, the last steps 2: when CPUs run there. */
const ARRIVAL_MS = 500 + 250 + 1671.875 + 2;

describe("a migration to another process", () => {
  it("takes the guest along: function, virtio, the other function; of 4000 packets one is lost, and named", async () => {
    const queries = `${qmp("query-status")}${qmp("query-status", {}, THERE)}${qmp("query-migrate")}ssh QEMUGuest1 dmesg\n`;
    const ran = await failoverLab(`${START}${MIGRATE}sleep 3\n${queries}`, requests(4000, MS), { trace: [1, 4000] });
    const by = ran.trace.filter(({ hop, port }) => hop === "rx" && port.startsWith("QEMUGuest1."));
    const runs = by.flatMap(({ packet, port }, i) => (port === by[i - 1]?.port ? [] : [`${packet} ${port}`]));
    const back = Math.ceil(ARRIVAL_MS + 40) + 1;
    expect(runs).toEqual(["1 QEMUGuest1.eth4", "588 QEMUGuest1.eth1", `${back} QEMUGuest1.eth4`]);
    const { received, generated, sent, dropped, drops } = ran.ledger;
    expect({ received, generated, sent }).toEqual({ received: 4000, generated: 10, sent: 3999 + 10 });
    // of the other pair's five announcements, four come by the standby while the primary is there
    expect({ dropped, drops }).toEqual({ dropped: 5, drops: { vf_unplugged: 1, rx_nohandler: 4 } });
    expect(ran.stdout).toContain('{"return": {"status": "postmigrate", "singlestep": false, "running": false}}');
    expect(ran.stdout).toContain('{"return": {"status": "running", "singlestep": false, "running": true}}');
    expect(ran.stdout).toContain('{"status": "completed", "setup-time": 250, "total-time": 1923, "downtime": 2, ');
    expect(ran.stdout).toContain("virtio_net virtio0 eth0: failover primary slave:eth4 unregistered\n");
  });

  it("keeps what comes while no CPU runs in the virtio ring: it is answered there", async () => {
    const ran = await failoverLab(`${START}${MIGRATE}sleep 3\n`, requests(4000, MS), { trace: [2420, 2430] });
    const answered = ran.trace.filter(({ hop, port }) => hop === "tx" && port === "QEMUGuest1.eth1");
    const [held] = answered.filter(({ packet }) => packet === 2424);
    expect(held?.time_ns).toBeGreaterThan(ARRIVAL_MS * MS);
    expect(answered.map(({ packet }) => packet)).toEqual(Array.from({ length: 11 }, (_, i) => 2420 + i));
  });

  it("takes along what the standby's driver has told its device", async () => {
    const ask = (monitor: string): string => qmp("query-rx-filter", { name: "ua-backup0" }, monitor);
    const ran = await failoverLab(`${START}${ask(THERE)}${MIGRATE}sleep 3\n${ask(THERE)}`, requests(1, MS));
    const answers = [...ran.stdout.matchAll(/^\{"return": \[.*/gm)].map(([line]) => JSON.parse(line).return[0]);
    expect(answers.map((filter) => [filter.promiscuous, filter["main-mac"], filter["multicast-table"]])).toEqual([
      [true, "00:11:22:33:44:55", []],
      [false, "00:11:22:33:44:55", ["01:00:5e:00:00:01"]],
    ]);
  });

  it("is announced by the standby's back-end at 0, 50, 200, 450 and 800 ms", async () => {
    const ran = await failoverLab(`${START}${MIGRATE}sleep 3\n`, requests(1, MS));
    const announced = ran.left.filter(({ data }) => data[12] === 0x80 && data[13] === 0x35 && data[11] === MAC[5]);
    // what QEMU sent for 52:54:00:00:00:01, with this address
    const own = MAC.map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const real = `ffffffffffff${own}80350001080006040003${own}00000000${own}${"0".repeat(44)}`;
    expect(announced.map(({ data }) => Buffer.from(data).toString("hex"))).toEqual(Array(5).fill(real));
    expect(announced.map(({ ns }) => Math.round(ns / MS - ARRIVAL_MS))).toEqual([0, 50, 200, 450, 800]);
  });

  it("fails where nobody listens, and the guest stays as it is", async () => {
    const script = `${START}${qmp("migrate", { uri: "tcp:127.0.0.1:4455" })}${qmp("query-migrate")}sleep 0.3\n`;
    const ran = await failoverLab(script, requests(800, MS));
    const why = "Failed to connect to '127.0.0.1:4455': Connection refused";
    expect(ran.stderr).toBe(`qemu-system-i386: ${why}\n`);
    expect(ran.stdout).toContain(`{"return": {"status": "failed", "error-desc": "${why}"}}`);
    expect(ran.ledger).toMatchObject({ received: 800, sent: 800, dropped: 0 });
  });
});
