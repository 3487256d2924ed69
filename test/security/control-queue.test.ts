// A control queue under a driver that lies in any field, in volume, over both layouts: descriptors, chains, tables, indexes, commands and their data, looked at
// load by load. Each kick ends, no byte beside the driver's memory changes, and what the device then believes is within its bounds.
// RINGBED_FUZZ_SEED: where to begin; a failure says the seed.
import { describe, expect, it } from "vitest";
import * as abi from "../../assembly/abi/control.ts";
import { ControlSiege, le16, le32, macBytes, multicast, tables, unicast } from "../support/control-siege.ts";
import { INDIRECT, WRITE } from "../support/driver-mock.ts";
import { Chance } from "../support/fuzz-bench.ts";
import type { GuestBuffer } from "../support/rings.ts";
import type { Layout } from "../support/siege.ts";

const SEED = Number(process.env.RINGBED_FUZZ_SEED ?? 1);
const LIVES = 40;
const COMMANDS = 60;

type Part = GuestBuffer & { flags?: number };

/** A command's bytes: one that a driver might send, more often than not. */
function command(chance: Chance): number[] {
  const uni = chance.rarely(4) ? chance.below(80) : chance.below(4);
  const list = (n: number, of: (i: number) => bigint): bigint[] => Array.from({ length: n }, (_, i) => of(i));
  const likely: (() => number[])[] = [
    () => [abi.VIRTIO_NET_CTRL_RX, chance.below(7), chance.below(3)],
    () => [abi.VIRTIO_NET_CTRL_MAC, 0, ...tables(list(uni, unicast), list(chance.below(70), multicast))],
    () => [abi.VIRTIO_NET_CTRL_MAC, 1, ...macBytes(unicast(chance.below(256)))],
    () => [abi.VIRTIO_NET_CTRL_VLAN, chance.below(3), ...le16(chance.next() & 0xffff)],
    () => [abi.VIRTIO_NET_CTRL_ANNOUNCE, 0],
    () => [abi.VIRTIO_NET_CTRL_MQ, chance.below(3), ...le16(chance.below(6))],
    () => [abi.VIRTIO_NET_CTRL_MAC, 0, ...le32(chance.next()), ...le32(chance.next()), chance.next() & 0xff],
  ];
  const bytes = likely[chance.below(likely.length)]!();
  if (chance.rarely(4)) bytes.length = chance.below(bytes.length + 1);
  if (chance.rarely(8)) bytes[chance.below(bytes.length + 1)] = chance.next() & 0xff;
  return [...bytes].map((byte) => byte ?? 0);
}

function cuts(chance: Chance, length: number): number[] {
  const parts: number[] = [];
  for (let left = length; left > 0 && parts.length < 5; ) {
    const n = chance.rarely(4) ? chance.below(left + 1) : Math.min(left, 1 + chance.below(200));
    parts.push(n);
    left -= n;
  }
  const rest = length - parts.reduce((sum, n) => sum + n, 0);
  return rest > 0 ? [...parts, rest] : parts;
}

function lie(chance: Chance, part: Part): Part {
  const wild = (): bigint => (BigInt(chance.next()) << 32n) | BigInt(chance.next());
  switch (chance.below(24)) {
    case 0:
      return { ...part, addr: wild() };
    case 1:
      return { ...part, len: chance.rarely(2) ? 0xffff_ffff : chance.next() >>> chance.below(32) };
    case 2:
      return { ...part, flags: chance.next() & 0xff7f };
    default:
      return part;
  }
}

function turn(siege: ControlSiege, chance: Chance): void {
  const bytes = command(chance);
  const acks = chance.rarely(6) ? [] : chance.rarely(4) ? [0, 1 + chance.below(3)] : [1];
  const parts: Part[] = [...siege.readable(bytes, cuts(chance, bytes.length)), ...siege.writable(...acks)];
  if (chance.rarely(16)) parts.reverse();
  const posted = parts.map((part) => lie(chance, part));
  if (posted.length === 0) posted.push({ ...siege.buffer(1), flags: WRITE });
  if (chance.rarely(4)) siege.postTable(lie(chance, { ...siege.table(posted), at: 0 }), chance.rarely(8) ? WRITE : 0);
  else siege.post(posted.slice(0, siege.size));
  if (siege.layout === "split" && chance.rarely(32)) siege.split.availIdx += chance.below(20);
  if (siege.layout === "split" && chance.rarely(32))
    siege.split.describe(chance.below(siege.size), { ...posted[0]!, flags: INDIRECT | 1, next: chance.next() & 31 });
  expect(siege.serve()).toBeLessThanOrEqual(siege.size);
  if (siege.layout === "split") siege.split.takeUsed();
}

function within(siege: ControlSiege): void {
  const { unicast: uni, multicast: multi } = siege.told;
  expect(uni.length + multi.length).toBeLessThanOrEqual(abi.MAC_TABLE_ENTRIES);
  expect(siege.control.pairs).toBeGreaterThanOrEqual(1);
  expect(siege.control.pairs).toBeLessThanOrEqual(4);
  siege.accepts(unicast(7), 5);
}

describe.each<Layout>(["split", "packed"])("%s: CVE-2014-0150", (layout) => {
  it.each([0x2aaa_aaab, 0xffff_ffff, 0x8000_0000, 65])("a table of %i addresses, one of them there", (number) => {
    for (const data of [
      [...le32(number), ...macBytes(unicast(1))],
      [...le32(0), ...le32(number), ...macBytes(unicast(1))],
    ]) {
      const siege = new ControlSiege(layout);
      expect(siege.command(abi.VIRTIO_NET_CTRL_MAC, abi.VIRTIO_NET_CTRL_MAC_TABLE_SET, data)).toBe(abi.VIRTIO_NET_ERR);
      expect(siege.told).toMatchObject({ unicast: [], multicast: [] });
      siege.unharmed();
    }
  });
});

describe.each<Layout>(["split", "packed"])("%s: a control queue whose driver lies", (layout) => {
  it("ends each kick, within its bounds, and harms nobody", () => {
    let [served, refused] = [0, 0];
    for (let seed = SEED; seed < SEED + LIVES; seed++) {
      const chance = new Chance(seed);
      const siege = new ControlSiege(layout);
      try {
        for (let i = 0; i < COMMANDS && siege.status.broken === 0; i++) turn(siege, chance);
        within(siege);
        siege.unharmed();
      } catch (error) {
        if (error instanceof Error) error.message = `seed ${seed}: ${error.message}`;
        throw error;
      }
      served += siege.control.counts.served;
      refused += siege.control.counts.refused;
    }
    // Both kinds in numbers: the driver lies, and gets far.
    expect(served).toBeGreaterThan(400);
    expect(refused).toBeGreaterThan(200);
  }, 600_000);

  it("a table is walked once however large its numbers are", () => {
    const siege = new ControlSiege(layout);
    const buffer = siege.buffer(1 << 17, 0);
    siege.bytes.set([1, 0, ...le32(20_000)], buffer.at);
    siege.checker.accesses = 0;
    siege.chain([{ ...buffer, len: 2 + 4 + 6 * 20_000 + 4 }, ...siege.writable(1)]);
    expect(siege.told.unicastOverflow).toBe(true);
    expect(siege.checker.accesses).toBeLessThan(20_000);
    siege.unharmed();
  });
});
