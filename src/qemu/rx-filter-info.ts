// rx-filter-info - query-rx-filter's answer: a virtio NIC's receive filter as QEMU 7.2 puts it (virtio_net_query_rxfilter). Lists run from the last entry to
// the first; broadcast-allowed says the opposite of its name, as there.
import { formatMac } from "../dpdk/address.ts";
import type { RxFilter } from "../wasm/control-queue.ts";

type State = "none" | "normal" | "all";

function state(no: boolean, all: boolean): State {
  if (no) return "none";
  return all ? "all" : "normal";
}

function macs(list: readonly bigint[]): string[] {
  return list.map((mac) => formatMac(mac).toLowerCase()).reverse();
}

/** name: its network client's */
export function rxFilterInfo(name: string, filter: RxFilter): Readonly<Record<string, unknown>> {
  const vlans = [...filter.vlans].reverse();
  return {
    promiscuous: filter.promiscuous,
    name,
    "main-mac": formatMac(filter.mac).toLowerCase(),
    unicast: state(filter.noUnicast, filter.allUnicast),
    vlan: state(filter.filtersVlans && vlans.length === 0, !filter.filtersVlans),
    "vlan-table": vlans,
    "unicast-table": macs(filter.unicast),
    multicast: state(filter.noMulticast, filter.allMulticast),
    "multicast-overflow": filter.multicastOverflow,
    "unicast-overflow": filter.unicastOverflow,
    "multicast-table": macs(filter.multicast),
    "broadcast-allowed": filter.noBroadcast,
  };
}
