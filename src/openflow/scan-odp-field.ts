// scan-odp-field - one header field in datapath text, with its mask where it has one (scan_ipv4 and its kin of OVS
// 3.1).
import { parseIpv6, scanIpv4, scanIpv6Text, scanMac } from "./address.ts";
import type { Flow } from "./flow.ts";
import { type OdpField, odpFieldBytes } from "./odp-fields.ts";
import type { Scanner } from "./scan.ts";

const FRAGS = new Map([
  ["no", 0],
  ["first", 1],
  ["later", 3],
]);
const IPV6_LABEL_MASK = 0xfffff;

const ones = (bits: number): number => (bits === 32 ? 0xffffffff : (1 << bits) - 1);
const isLowerCase = (code: number): boolean => code >= 97 && code <= 122;

/**
 * A number and its mask, all ones where none is given.
 * @param strict whether more bits are an error; otherwise they are cut
 */
export function scanOdpNumber(scanner: Scanner, bits: number, strict: boolean): [number, number] | undefined {
  const all = ones(bits);
  const read = (): number | undefined => {
    if (!scanner.int(0) || (strict && scanner.value > all)) return undefined;
    return (scanner.value & all) >>> 0;
  };
  const value = read();
  if (value === undefined) return undefined;
  const slash = scanner.at;
  if (!scanner.literal("/")) return [value, all];
  const mask = read();
  if (mask !== undefined) return [value, mask];
  scanner.at = slash;
  return [value, all];
}

/** Reads `what` and, behind a slash, its mask; both write where they are told to. */
function withMask(scanner: Scanner, read: (mask: boolean) => boolean, exact: () => void): boolean {
  if (!read(false)) return false;
  const slash = scanner.at;
  if (scanner.literal("/") && read(true)) return true;
  scanner.at = slash;
  exact();
  return true;
}

function scanFrag(scanner: Scanner, at: number, flow: Flow, mask: Flow): boolean {
  const frag = FRAGS.get(scanner.run(isLowerCase, 7) ?? "");
  if (frag === undefined) return false;
  flow.setU8(at, frag);
  mask.setU8(at, 3);
  return true;
}

function scanAddress(scanner: Scanner, { kind, at }: OdpField, flow: Flow): boolean {
  if (kind === "mac") return scanMac(scanner, flow.bytes, at);
  if (kind === "ipv4") {
    if (!scanIpv4(scanner)) return false;
    flow.setBe32(at, scanner.value);
    return true;
  }
  const word = scanIpv6Text(scanner);
  const ip = word === undefined ? undefined : parseIpv6(word);
  if (ip === undefined) return false;
  flow.set(at, ip);
  return true;
}

/** Puts a number where the flow has it. */
function put({ kind, at }: OdpField, flow: Flow, value: number): void {
  if (kind === "ipv6_label") flow.setBe32(at, value);
  else if (kind === "be16" || kind === "icmp") flow.setBe16(at, value);
  else flow.setU8(at, value);
}

/** Writes the field's value and mask. @returns whether there was one */
export function scanOdpField(scanner: Scanner, field: OdpField, flow: Flow, mask: Flow): boolean {
  const { kind, at } = field;
  switch (kind) {
    case "frag":
      return scanFrag(scanner, at, flow, mask);
    case "mac":
    case "ipv4":
    case "ipv6":
      return withMask(
        scanner,
        (isMask) => scanAddress(scanner, field, isMask ? mask : flow),
        () => mask.fill(at, odpFieldBytes(kind), 0xff),
      );
    default: {
      const bits = kind === "ipv6_label" ? 20 : kind === "be16" || kind === "arp_op" ? 16 : 8;
      const found = scanOdpNumber(scanner, bits, kind === "ipv6_label");
      if (found === undefined) return false;
      put(field, flow, found[0]);
      put(field, mask, kind === "ipv6_label" ? found[1] & IPV6_LABEL_MASK : found[1]);
      return true;
    }
  }
}
