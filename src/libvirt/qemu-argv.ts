// qemu-argv - the command line that libvirt's QEMU driver makes of a domain: what `virsh domxml-to-native qemu-argv` prints, as far as the domain is
// modelled. Order of words, ids and slots are those of the document's net-virtio-teaming.args.
import type { Domain, Interface } from "./domain.ts";

/** The first slot that libvirt gives to a device on i440fx: host bridge, ISA bridge and display stand before it. */
const FIRST_SLOT = 3;

export interface NicWords {
  readonly alias: string;
  readonly words: readonly string[];
}

/** A NIC's place: bus and slot of conventional PCI, or a root port of its own. */
interface Place {
  readonly bus: string;
  readonly addr: string;
  readonly port: readonly string[];
}

/** Aliases: a user's own, else net0, hostdev0, ... by kind. */
export function aliasOf(nic: Interface, taken: readonly string[]): string {
  if (nic.alias !== undefined) return nic.alias;
  const kind = nic.type === "hostdev" ? "hostdev" : "net";
  for (let i = 0; ; i++) if (!taken.includes(`${kind}${i}`)) return `${kind}${i}`;
}

function netdev(nic: Interface, id: string): string[] {
  if (nic.type === "user") return ["-netdev", `user,id=${id}`];
  if (nic.type === "vhostuser")
    return [
      "-chardev",
      `socket,id=char${id.slice("host".length)},path=${nic.path ?? ""}`,
      "-netdev",
      `vhost-user,chardev=char${id.slice("host".length)},id=${id}`,
    ];
  return ["-netdev", `tap,id=${id}`];
}

/** One NIC's words. */
export function nicWords(nic: Interface, alias: string, { bus, addr, port }: Place): string[] {
  if (nic.type === "hostdev") {
    const pair = nic.teaming?.type === "transient" ? `,failover_pair_id=${nic.teaming.persistent}` : "";
    return [...port, "-device", `vfio-pci,host=${nic.host},id=${alias},bus=${bus},addr=${addr}${pair}`];
  }
  const id = `host${alias}`;
  const failover = nic.teaming?.type === "persistent" ? "failover=on," : "";
  const mac = nic.mac === undefined ? "" : `mac=${nic.mac},`;
  const device = `virtio-net-pci,${failover}netdev=${id},id=${alias},${mac}bus=${bus},addr=${addr}`;
  return [...netdev(nic, id), ...port, "-device", device];
}

/** number: of devices placed before */
export function placeOf(machine: string, number: number): Place {
  if (!/q35/.test(machine)) return { bus: "pci.0", addr: `0x${(FIRST_SLOT + number).toString(16)}`, port: [] };
  const id = `pci.${number + 1}`;
  const port = [
    "-device",
    `pcie-root-port,chassis=${number + 1},id=${id},bus=pcie.0,addr=0x${(number + 2).toString(16)}`,
  ];
  return { bus: id, addr: "0x0", port };
}

/** Virtio NICs first, then functions of the host: as libvirt orders them. */
export function nicsOf({ interfaces, machine }: Pick<Domain, "interfaces" | "machine">): NicWords[] {
  const ordered = [
    ...interfaces.filter(({ type }) => type !== "hostdev"),
    ...interfaces.filter(({ type }) => type === "hostdev"),
  ];
  const taken: string[] = [];
  return ordered.map((nic, i) => {
    const alias = aliasOf(nic, taken);
    taken.push(alias);
    return { alias, words: nicWords(nic, alias, placeOf(machine, i)) };
  });
}

/** monitor: its socket. incoming: where a migration comes in; undefined: none */
export function qemuArgv(domain: Domain, monitor: string, incoming?: string): string[] {
  const { name, uuid, memoryMiB, vcpus, machine } = domain;
  return [
    ...["-name", name, "-S", "-machine", `${machine},usb=off,dump-guest-core=off`, "-m", String(memoryMiB)],
    ...["-smp", `${vcpus},sockets=${vcpus},cores=1,threads=1`],
    ...(uuid === undefined ? [] : ["-uuid", uuid]),
    ...["-display", "none", "-no-user-config", "-nodefaults"],
    ...["-chardev", `socket,id=charmonitor,path=${monitor},server,nowait`],
    ...["-mon", "chardev=charmonitor,id=monitor,mode=control", "-rtc", "base=utc", "-no-shutdown"],
    ...nicsOf(domain).flatMap(({ words }) => words),
    ...(incoming === undefined ? [] : ["-incoming", incoming]),
  ];
}
