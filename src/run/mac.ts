// mac - MAC addresses as 48-bit numbers, byte 0 lowest: as the engine stores them.
import { UsageError } from "../errors.ts";

/** Parses `aa:bb:cc:dd:ee:ff`. @throws UsageError */
export function parseMac(text: string): bigint {
  if (!/^[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}$/i.test(text)) {
    throw new UsageError(`mac address: found ${text}, expected six hexadecimal bytes with colons`);
  }
  return text.split(":").reduceRight((mac, byte) => (mac << 8n) | BigInt(Number.parseInt(byte, 16)), 0n);
}

export function formatMac(mac: bigint): string {
  return Array.from({ length: 6 }, (_, i) =>
    Number((mac >> BigInt(8 * i)) & 0xffn)
      .toString(16)
      .padStart(2, "0"),
  ).join(":");
}

/** A NIC of the host: net_pcapN's address. */
export function phyMac(index: number): bigint {
  return parseMac(`02:70:63:61:70:${index.toString(16)}`);
}

/** A guest's NIC. */
export function guestMac(vm: number, nic: number): bigint {
  return parseMac(`02:00:00:00:${vm.toString(16)}:${nic.toString(16)}`);
}

/** The peer that testpmd presumes behind its port: 02:00:00:00:00:<port>. */
export function defaultPeer(port: number): bigint {
  return parseMac(`02:00:00:00:00:${port.toString(16)}`);
}
