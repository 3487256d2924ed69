// mtu - rte_ethdev's rules about MTUs: eth_dev_get_overhead_len and eth_dev_validate_mtu of 22.11.
import type { DevInfo } from "./dev-info.ts";

/** A driver that says nothing of its longest MTU. */
const ANY = 65535;
/** Ethernet header and FCS. */
const ETHERNET_OVERHEAD = 18;

/** Bytes of a frame beside its MTU. */
export function overheadOf({ maxRxPacketLength, maxMtu }: DevInfo): number {
  return maxMtu !== ANY && maxRxPacketLength > maxMtu ? maxRxPacketLength - maxMtu : ETHERNET_OVERHEAD;
}

/** What ethdev says of an MTU that port `id` cannot have; undefined: it can */
export function mtuComplaint(id: number, info: DevInfo, mtu: number): string | undefined {
  const frame = mtu + overheadOf(info);
  const complaint =
    mtu < info.minMtu
      ? `MTU (${mtu}) < device min MTU (${info.minMtu})`
      : mtu > info.maxMtu
        ? `MTU (${mtu}) > device max MTU (${info.maxMtu})`
        : frame > info.maxRxPacketLength
          ? `Frame size (${frame}) > device max frame size (${info.maxRxPacketLength})`
          : undefined;
  return complaint === undefined ? undefined : `${complaint} for port_id ${id}`;
}
