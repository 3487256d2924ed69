// virsh in the lab: a domain with teaming interfaces becomes the document's command line, runs, migrates, loses and keeps devices; what it refuses.
import { describe, expect, it } from "vitest";
import { LibvirtError, parseDomain } from "../../src/libvirt/domain.ts";
import { nicsOf } from "../../src/libvirt/qemu-argv.ts";
import { lab } from "../../src/node/index.ts";
import { writeScratch } from "../support/replayed.ts";
import { failoverFile, failoverLab, MAC, requests, TEAMING } from "./failover.ts";

const MS = 1_000_000;
const XML = failoverFile("net-virtio-teaming.xml");
const file = (xml: string, name: string): string => writeScratch(new TextEncoder().encode(xml), name);
/** A machine whose slots are PCI Express. */
const Q35 = XML.replace("machine='pc'", "machine='q35'");
const VF = /<interface type='hostdev'[\s\S]*?<\/interface>/.exec(XML)![0];

function start(xml: string = Q35): string {
  return `virsh define ${file(xml, "guest.xml")}\nvirsh start QEMUGuest1
ssh QEMUGuest1 'ip link set eth0 up; ip addr add 10.0.0.2/24 dev eth0'\n`;
}

describe("domxml-to-native", () => {
  it("makes the document's words of the domain's interfaces", async () => {
    const words = TEAMING.replaceAll("\\\n", "").split(/\s+/);
    const nics = words.flatMap((word, i) => {
      const value = words[i + 1] ?? "";
      const isNic = word === "-netdev" || (word === "-device" && /^(virtio-net-pci|vfio-pci),/.test(value));
      return isNic ? [word, value] : [];
    });
    expect(nics).toHaveLength(12);
    const sorted = (device: string): string => {
      const [driver, ...rest] = device.split(",");
      return [driver, ...rest.sort()].join(",");
    };
    expect(
      nicsOf(parseDomain(XML))
        .flatMap(({ words: own }) => own)
        .map(sorted),
    ).toEqual(nics.map(sorted));
  });

  it("gives each NIC a root port of its own on q35", async () => {
    const { stdout } = await lab(`virsh domxml-to-native qemu-argv ${file(Q35, "q35.xml")}\n`);
    expect(stdout).toContain("-device pcie-root-port,chassis=3,id=pci.3,bus=pcie.0,addr=0x4 \\\n");
    expect(stdout).toContain("host=0000:03:07.1,id=hostdev0,bus=pci.3,addr=0x0,failover_pair_id=ua-backup0");
  });
});

describe("a domain", () => {
  it("is defined, started, listed and destroyed", async () => {
    const path = file(Q35, "guest.xml");
    const { stdout, stderr } = await lab(
      `virsh define ${path}\nvirsh domstate QEMUGuest1\nvirsh start QEMUGuest1\nvirsh list\nvirsh domiflist QEMUGuest1\nvirsh destroy QEMUGuest1\nvirsh list --all\n`,
    );
    expect(stderr).toBe("");
    expect(stdout).toBe(`Domain 'QEMUGuest1' defined from ${path}

shut off

Domain 'QEMUGuest1' started

 Id   Name         State
--------------------------
 1    QEMUGuest1   running

 Interface    Type      Source   Model    MAC
------------------------------------------------------------
 ua-backup0   user      -        virtio   00:11:22:33:44:55
 ua-backup1   user      -        virtio   66:44:33:22:11:00
 hostdev0     hostdev   -        -        00:11:22:33:44:55
 hostdev1     hostdev   -        -        66:44:33:22:11:00

Domain 'QEMUGuest1' destroyed

 Id   Name         State
--------------------------
 -    QEMUGuest1   shut off

`);
  });

  it("migrates: one packet of 3000 is lost, and named; its events are told", async () => {
    const events = "virsh qemu-monitor-event QEMUGuest1 --loop &\n";
    const script = `${start()}${events}sleep 0.5\nvirsh migrate --live --verbose QEMUGuest1 qemu+ssh://there/system\nvirsh list\n`;
    const ran = await failoverLab(script, requests(3000, MS), { trace: [1, 3000] });
    expect(ran.ledger.drops).toMatchObject({ vf_unplugged: 1 });
    expect(ran.stdout).toMatch(
      /event UNPLUG_PRIMARY at 1767225600.500000 for domain 'QEMUGuest1': {"device-id": "hostdev0"}\n/,
    );
    expect(ran.stdout).toMatch(/event STOP at [\s\S]*Migration: \[100 %\]\n/);
    expect(ran.stdout).toMatch(/ 2 {4}QEMUGuest1 {3}running\n/);
    const by = ran.trace.filter(({ hop, port }) => hop === "rx" && port.startsWith("QEMUGuest1."));
    expect(by.flatMap(({ port }, i) => (port === by[i - 1]?.port ? [] : [port]))).toEqual(
      ["eth4", "eth1", "eth4"].map((name) => `QEMUGuest1.${name}`),
    );
  });

  it("has its function detached, which takes as long as the guest does; QEMU does not take it back", async () => {
    const vf = file(VF, "vf.xml");
    const script = `${start()}sleep 0.1\nvirsh detach-device QEMUGuest1 ${vf}\nvirsh attach-device QEMUGuest1 ${vf}\nsleep 0.1\n`;
    const ran = await failoverLab(script, requests(250, MS), { trace: [1, 250] });
    expect(ran.stdout).toContain("Device detached successfully\n");
    expect(ran.stderr).toBe(`error: Failed to attach device from ${vf}
error: internal error: unable to execute QEMU command 'device_add': Duplicate ID 'hostdev0' for device
`);
    expect(ran.ledger).toMatchObject({ received: 250, dropped: 1, drops: { vf_unplugged: 1 } });
    expect(ran.trace.some(({ packet, port, hop }) => packet > 190 && hop === "rx" && port === "QEMUGuest1.eth1")).toBe(
      true,
    );
  });

  it("whose standby's link is down hears nothing after its function has gone, until the link is up", async () => {
    const down = Q35.replace("<alias name='ua-backup0'/>", "<alias name='ua-backup0'/><link state='down'/>");
    const steps = `sleep 0.1\nvirsh detach-device QEMUGuest1 ${file(VF, "vf.xml")}\nsleep 0.1\nvirsh domif-setlink QEMUGuest1 00:11:22:33:44:55 up\n`;
    const ran = await failoverLab(`${start(down)}${steps}`, requests(400, MS, MAC, MS / 2), { trace: [1, 400] });
    const lost = ran.trace.filter(({ hop }) => hop === "drop").map(({ packet, reason }) => `${packet} ${reason}`);
    // detached at 187 ms, up again at 287
    expect(lost[0]).toBe("187 vf_unplugged");
    expect(lost.slice(1)).toEqual(Array.from({ length: 100 }, (_, i) => `${188 + i} mac_filtered`));
    expect(ran.ledger.dropped).toBe(101);
  });

  it.each([
    [
      "<teaming type='transient'/>",
      "unsupported configuration: teaming persistent attribute must be set if teaming type is 'transient'",
    ],
    [
      "<teaming type='persistent' persistent='x'/>",
      "unsupported configuration: teaming persistent attribute not allowed if teaming type is 'persistent'",
    ],
  ])("with %s is refused in libvirt's words", (teaming, words) => {
    const xml = XML.replace("<teaming type='transient' persistent='ua-backup0'/>", teaming);
    expect(() => parseDomain(xml)).toThrow(new LibvirtError(words));
  });

  it("whose persistent interface is no virtio NIC, or whose transient one is no function, is refused", () => {
    expect(() => parseDomain(XML.replace("<model type='virtio'/>", "<model type='e1000'/>"))).toThrow(
      "unsupported configuration: virtio-net teaming persistent interface must be <model type='virtio'/>, not 'e1000'",
    );
    const user = XML.replace("<teaming type='persistent'/>", "<teaming type='transient' persistent='ua-backup1'/>");
    expect(() => parseDomain(user)).toThrow(
      "unsupported configuration: virtio-net teaming transient interface must be type='hostdev', not 'user'",
    );
  });

  it.each([
    ["virsh start nosuch", "error: Failed to start domain 'nosuch'\nerror: failed to get domain 'nosuch'\n"],
    ["virsh migrate nosuch x", "error: failed to get domain 'nosuch'\n"],
    ["virsh nosuch", "error: unknown command: 'nosuch'\n"],
  ])("%s fails", async (command, words) => {
    const { stderr, code } = await lab(`${command}\n`);
    expect([stderr, code]).toEqual([words, 1]);
  });

  it("that is no XML is refused with its line", async () => {
    const { stderr } = await lab(`virsh define ${file("<domain>\n<name>x</nam></domain>\n", "bad.xml")}\n`);
    expect(stderr).toMatch(/^error: Failed to define domain from .*bad.xml\nerror: \(definition_xml\):2: /);
  });
});
