// match-parts - how each kind of field is written in a match: `name=value`, with `/mask` where only some bits are
// matched on.
import { formatIpv4Masked, formatIpv6Masked, formatMac } from "./address.ts";
import type { Flow, Match } from "./flow.ts";

const hex = (value: number): string => value.toString(16);
/** C's %#x: zero has no prefix. */
export const altHex = (value: number | bigint): string =>
  value === 0 || value === 0n ? "0" : `0x${value.toString(16)}`;

/** Collects `name=value` of what the mask has ones in. */
export class MatchParts {
  readonly flow: Flow;
  readonly mask: Flow;
  readonly parts: string[] = [];

  constructor({ flow, mask }: Match) {
    this.flow = flow;
    this.mask = mask;
  }

  push(text: string): void {
    this.parts.push(text);
  }

  /** A number of the CPU's order, in hexadecimal. */
  u32(name: string, at: number): void {
    const mask = this.mask.u32(at);
    if (mask === 0) return;
    this.push(`${name}=${altHex(this.flow.u32(at))}${mask === 0xffffffff ? "" : `/${altHex(mask)}`}`);
  }

  be64(name: string, at: number): void {
    if (this.mask.isZero(at, 8)) return;
    const mask = bigNumber(this.mask, at, 8);
    const tail = mask === 0xffffffffffffffffn ? "" : `/${altHex(mask)}`;
    this.push(`${name}=${altHex(bigNumber(this.flow, at, 8))}${tail}`);
  }

  u8(name: string, value: number, mask: number): void {
    if (mask === 0) return;
    const two = (v: number): string => hex(v).padStart(2, "0");
    this.push(`${name}=${mask === 0xff ? value : `0x${two(value)}/0x${two(mask)}`}`);
  }

  u16(name: string, value: number, mask: number): void {
    if (mask === 0) return;
    this.push(`${name}=${mask === 0xffff ? value : `0x${hex(value)}/0x${hex(mask)}`}`);
  }

  be16(name: string, at: number): void {
    this.u16(name, this.flow.be16(at), this.mask.be16(at));
  }

  be32(name: string, at: number): void {
    const mask = this.mask.be32(at);
    if (mask === 0) return;
    const eight = (v: number): string => `0x${hex(v).padStart(8, "0")}`;
    this.push(`${name}=${mask === 0xffffffff ? this.flow.be32(at) : `${eight(this.flow.be32(at))}/${eight(mask)}`}`);
  }

  mac(name: string, at: number): void {
    const { mask } = this;
    if (mask.isZero(at, 6)) return;
    const exact = mask.be16(at) === 0xffff && mask.be16(at + 2) === 0xffff && mask.be16(at + 4) === 0xffff;
    this.push(`${name}=${formatMac(this.flow.bytes, at)}${exact ? "" : `/${formatMac(mask.bytes, at)}`}`);
  }

  ipv4(name: string, at: number): void {
    const mask = this.mask.be32(at);
    if (mask !== 0) this.push(`${name}=${formatIpv4Masked(this.flow.be32(at), mask)}`);
  }

  ipv6(name: string, at: number): void {
    if (this.mask.isZero(at, 16)) return;
    this.push(`${name}=${formatIpv6Masked(this.flow.slice(at, 16), this.mask.slice(at, 16))}`);
  }
}

function bigNumber(flow: Flow, at: number, bytes: number): bigint {
  let value = 0n;
  for (let i = 0; i < bytes; i += 4) value = (value << 32n) | BigInt(flow.be32(at + i));
  return value;
}
