// qemu-command - qemu-system-x86_64's command line as far as it makes a guest's NICs: -chardev, -netdev and -device virtio-net-pci over vhost-user,
// -smp and -name. Of memory only its NUMA node counts; disks, displays and machines are taken and have no effect.
// Not modelled: NICs on taps or sockets, VFIO devices.
import type { VirtioNic } from "../dpdk/devices/ethdev-virtio-pci.ts";
import { UsageError } from "../errors.ts";

export interface GuestSpec {
  readonly name: string;
  readonly cores: number;
  readonly nics: readonly VirtioNic[];
  /** NUMA node of the host that its memory is bound to. */
  readonly node: number;
}

/** Slots before the first NIC: host bridge, ISA bridge, display. */
const FIRST_SLOT = 3;
const QUEUE_SIZE = 256;

type Properties = ReadonlyMap<string, string>;

/** `type,key=value,flag`: what stands first without a key is `""`; a flag is "on". */
function properties(text: string): Properties {
  return new Map(
    text.split(/,(?!,)/).map((item, i) => {
      const [, key = item, value] = /^([^=]*)=(.*)$/s.exec(item) ?? [];
      return value === undefined ? (i === 0 ? ["", item] : [key, "on"]) : [key, value];
    }),
  );
}

/** MAC addresses are kept with the first byte lowest. */
function parseMac(text: string): bigint {
  const bytes = text.split(":");
  if (bytes.length !== 6 || !bytes.every((byte) => /^[0-9a-f]{2}$/i.test(byte)))
    throw new UsageError(`qemu-system-x86_64: found mac=${text}, expected six bytes`);
  return bytes.reduceRight((mac, byte) => (mac << 8n) | BigInt(`0x${byte}`), 0n);
}

/** words: behind the program's name. number: of guests before it. @throws UsageError */
export function parseQemu(words: readonly string[], number: number): GuestSpec {
  const sockets = new Map<string, string>();
  const netdevs = new Map<string, Properties>();
  const devices: Properties[] = [];
  let name = `vm${number}`;
  let cores = 1;
  let node = 0;
  for (let i = 0; i < words.length; i++) {
    const option = words[i]!.replace(/^--?/, "");
    const value = words[i + 1] ?? "";
    switch (option) {
      case "name":
        name = properties(value).get("guest") ?? value.replace(/,.*$/s, "");
        break;
      case "smp": {
        const smp = properties(value);
        cores = Number(
          smp.get("") ?? smp.get("cpus") ?? Number(smp.get("sockets") ?? 1) * Number(smp.get("cores") ?? 1),
        );
        break;
      }
      case "object":
        node = hostNode(properties(value)) ?? node;
        break;
      case "chardev": {
        const chardev = properties(value);
        sockets.set(chardev.get("id") ?? "", chardev.get("path") ?? "");
        break;
      }
      case "netdev": {
        const netdev = properties(value);
        netdevs.set(netdev.get("id") ?? "", netdev);
        break;
      }
      case "device": {
        const device = properties(value);
        if (/^virtio-net(?:-pci)?$/.test(device.get("") ?? "")) devices.push(device);
        break;
      }
    }
  }
  const nics = devices.map((device, i) => nic(device, i, number, sockets, netdevs));
  return { name, cores, nics, node };
}

/** -object memory-backend-*,host-nodes=NODES: the first of them; undefined: none is named. */
function hostNode(object: Properties): number | undefined {
  const [, first] = /^(\d+)/.exec(object.get("host-nodes") ?? "") ?? [];
  return object.get("")?.startsWith("memory-backend-") && first !== undefined ? Number(first) : undefined;
}

function nic(
  device: Properties,
  index: number,
  guest: number,
  sockets: ReadonlyMap<string, string>,
  netdevs: ReadonlyMap<string, Properties>,
): VirtioNic {
  const id = device.get("netdev") ?? "";
  const netdev = netdevs.get(id);
  if (netdev === undefined)
    throw new UsageError(
      `qemu-system-x86_64: -device virtio-net-pci,netdev=${id}: Property 'virtio-net-pci.netdev' can't find value '${id}'`,
    );
  const type = netdev.get("type") ?? netdev.get("");
  if (type !== "vhost-user")
    throw new UsageError(
      `qemu-system-x86_64: found -netdev ${type}, expected vhost-user: other guests' NICs are not modelled`,
    );
  const chardev = netdev.get("chardev") ?? "";
  const path = sockets.get(chardev);
  if (path === undefined)
    throw new UsageError(
      `qemu-system-x86_64: -netdev ${type},id=${id},chardev=${chardev}: chardev "${chardev}" not found`,
    );
  const mac = device.get("mac");
  const slot = (FIRST_SLOT + index).toString(16).padStart(2, "0");
  const usual = 0x5452n | (0x5634_1200n << 16n) | (BigInt(guest * 16 + index) << 40n);
  return {
    address:
      device.get("addr") === undefined ? `0000:00:${slot}.0` : `0000:00:${device.get("addr")!.padStart(2, "0")}.0`,
    mac: mac === undefined ? usual : parseMac(mac),
    path,
    queues: device.get("mq") === "on" ? Number(netdev.get("queues") ?? 1) : 1,
    queueSize: Number(device.get("rx_queue_size") ?? QUEUE_SIZE),
    mrgRxbuf: (device.get("mrg_rxbuf") ?? "on") !== "off",
  };
}
