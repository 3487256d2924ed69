// fake-probe - a device's probe as far as its arguments go: which ports it would have, over files that are only bytes in a map.

import { parseVdev } from "../../src/dpdk/devices/vdev.ts";
import type { Refusal } from "../../src/dpdk/devices/vdev-base.ts";
import {
  logPcapInputFailed,
  logPcapInterfaceFailed,
  logPcapOutputFailed,
  type PcapQueue,
  pcapHeaderFault,
} from "../../src/dpdk/devices/vdev-pcap.ts";
import { logVirtioUserNoSocket } from "../../src/dpdk/devices/vdev-virtio-user.ts";
import type { DevArgs } from "../../src/dpdk/eal/devargs.ts";
import type { EalLog } from "../../src/dpdk/eal/eal-log.ts";
import type { OptionPort } from "../../src/testpmd/options/option-run.ts";

/** Content by path, hexadecimal. There is also a folder, `dir`. */
export type FakeFiles = ReadonlyMap<string, string>;

const MISSING = "No such file or directory";
const INTERFACE_MISSING = "No such device exists";

export function probe(device: DevArgs, log: EalLog, files: FakeFiles): OptionPort["info"][] | Refusal {
  const kindOf = (path: string): "missing" | "socket" | "other" =>
    files.has(path) || path === "dir" ? "other" : "missing";
  const vdev = parseVdev(device, { log, pathKind: kindOf });
  if (typeof vdev === "string") return vdev;
  const info = (rx: number, tx: number): OptionPort["info"] => {
    return { maxRxQueues: rx, maxTxQueues: tx, preferred: { rxBurst: 0 } };
  };
  switch (vdev.driver) {
    case "net_pcap":
      return [...vdev.rx, ...vdev.tx].every((queue) => openQueue(queue, log, files))
        ? [info(vdev.rx.length, vdev.tx.length)]
        : "failed";
    case "net_null":
      return [info(1024, 1024)];
    case "net_ring":
      return vdev.actions.every(({ action }) => action === "CREATE") ? vdev.actions.map(() => info(16, 16)) : "failed";
    case "net_vhost":
      return [info(vdev.queues, vdev.queues)];
    case "net_virtio_user":
      logVirtioUserNoSocket(log, { path: vdev.path, server: false }, MISSING);
      return "failed";
  }
}

function openQueue({ type, path }: PcapQueue, log: EalLog, files: FakeFiles): boolean {
  if (type === "rx_pcap") {
    const why = inputFault(path, files);
    if (why !== undefined) logPcapInputFailed(log, path, why);
    return why === undefined;
  }
  if (type === "tx_pcap") {
    const writable = path !== "" && path !== "(null)" && path !== "dir" && !path.includes("/");
    if (!writable) logPcapOutputFailed(log, path);
    return writable;
  }
  if (type === "rx_null" || type === "tx_drop") return true;
  logPcapInterfaceFailed(log, path, `${path}: ${INTERFACE_MISSING} (${INTERFACE_MISSING})`);
  return false;
}

function inputFault(path: string, files: FakeFiles): string | undefined {
  if (path === "(null)") return "A null pointer was supplied as the file name";
  if (path === "dir") return "error reading dump file: Is a directory";
  const hex = files.get(path);
  return hex === undefined ? `${path}: ${MISSING}` : pcapHeaderFault(Buffer.from(hex, "hex"));
}
