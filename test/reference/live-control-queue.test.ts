// Our device side of a control queue beside QEMU's own: the same chains, byte by byte, through both, by qtest. What is written, which length is used, and
// what query-rx-filter then says; commands in any framing, and random ones. RINGBED_FUZZ_SEED, RINGBED_SWEEP=1: more of them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import * as abi from "../../assembly/abi/control.ts";
import { rxFilterInfo } from "../../src/qemu/rx-filter-info.ts";
import { ControlSiege, le16, le32, macBytes, multicast, tables, unicast } from "../support/control-siege.ts";
import { Chance } from "../support/fuzz-bench.ts";
import { type QtestPart, QtestVirtio, whyNoQtest } from "../support/qtest-virtio.ts";

const MAC = "52:54:00:00:00:01";
/** MAC, STATUS, CTRL_VQ, CTRL_RX, CTRL_VLAN, CTRL_RX_EXTRA, MQ, CTRL_MAC_ADDR, INDIRECT_DESC. */
const FEATURES = [5, 16, 17, 18, 19, 20, 23, 28];
const RANDOM = process.env.RINGBED_SWEEP === "1" ? 5000 : 150;
const why = whyNoQtest();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "qtest-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Both devices. */
class Both {
  readonly real: QtestVirtio;
  readonly ours: ControlSiege;

  constructor(real: QtestVirtio, ours: ControlSiege) {
    this.real = real;
    this.ours = ours;
  }

  /** @returns [theirs, ours]: length and bytes of a used chain */
  async chain(parts: readonly QtestPart[], table = false): Promise<[unknown, unknown]> {
    const theirs = await this.real.chain(parts, table);
    const { ours } = this;
    const buffers = parts.map((part) => (typeof part === "number" ? ours.writable(part)[0]! : ours.readable(part)[0]!));
    if (table) ours.postTable(ours.table(buffers));
    else ours.post(buffers);
    ours.serve();
    const used = ours.usedLength();
    const written = buffers.filter((_, i) => typeof parts[i] === "number");
    const bytes = written.flatMap(({ at, len }) => [...ours.bytes.subarray(at, at + len)]);
    return [theirs, used === undefined ? undefined : { used, bytes }];
  }

  async filters(): Promise<[unknown, unknown]> {
    const [theirs] = (await this.real.ask("query-rx-filter")) as unknown[];
    return [theirs, rxFilterInfo("net0", this.ours.told)];
  }

  async same(parts: readonly QtestPart[], table = false): Promise<void> {
    const [theirs, ours] = await this.chain(parts, table);
    expect(ours, JSON.stringify(parts)).toEqual(theirs);
  }

  async sameFilters(what: string): Promise<void> {
    const [theirs, ours] = await this.filters();
    expect(ours, what).toEqual(theirs);
  }
}

async function open(layout: "split" | "packed"): Promise<Both> {
  const options = { packed: layout === "packed", mac: MAC, features: FEATURES, queue: 2, folder };
  const real = await QtestVirtio.open(options);
  onTestFinished(() => real.end());
  return new Both(real, new ControlSiege(layout, { pairs: 1, mq: false, size: 64, bytes: 1 << 25 }));
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const table = (uni: number, multi: number): number[] => [
  ...[abi.VIRTIO_NET_CTRL_MAC, abi.VIRTIO_NET_CTRL_MAC_TABLE_SET],
  ...tables(range(uni).map(unicast), range(multi).map(multicast)),
];

/** A command's bytes: legal more often than not. */
function random(chance: Chance): number[] {
  const likely: (() => number[])[] = [
    () => [abi.VIRTIO_NET_CTRL_RX, chance.below(8), chance.below(4)],
    () => table(chance.rarely(3) ? chance.below(80) : chance.below(4), chance.rarely(3) ? chance.below(80) : 2),
    () => [abi.VIRTIO_NET_CTRL_MAC, 1, ...macBytes(unicast(chance.below(256)))],
    () => [abi.VIRTIO_NET_CTRL_VLAN, chance.below(3), ...le16(chance.below(5000))],
    () => [abi.VIRTIO_NET_CTRL_ANNOUNCE, chance.below(2)],
    () => [abi.VIRTIO_NET_CTRL_MQ, 0, ...le16(chance.below(3))],
    () => [chance.below(9), chance.below(9), chance.below(9)],
  ];
  const bytes = likely[chance.below(likely.length)]!();
  if (chance.rarely(5)) bytes.length = 2 + chance.below(bytes.length - 1);
  if (chance.rarely(6)) bytes.push(chance.below(256));
  return bytes;
}

function cut(chance: Chance, bytes: readonly number[]): number[][] {
  const parts: number[][] = [];
  for (let from = 0; from < bytes.length && parts.length < 6; ) {
    const n = parts.length === 5 ? bytes.length - from : 1 + chance.below(bytes.length - from);
    parts.push(bytes.slice(from, from + n));
    from += n;
  }
  return parts;
}

describe.skipIf(why !== undefined)(`beside real QEMU${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  describe.each(["split", "packed"] as const)("%s", (layout) => {
    it("modes, tables with what overflows, VLANs, addresses, and what is an error", async () => {
      const both = await open(layout);
      await both.sameFilters("at first");
      const ack = 1;
      for (const mode of range(7)) await both.same([[0, mode], [mode === 0 ? 0 : 1], ack]);
      await both.sameFilters("modes");
      for (const mode of range(6)) await both.same([[0, mode], [0], ack]);
      for (const [uni, multi] of [
        [2, 1],
        [70, 3],
        [64, 0],
        [64, 1],
        [60, 5],
        [0, 64],
        [0, 0],
        [65, 65],
      ] as const) {
        await both.same([table(uni, multi).slice(0, 2), table(uni, multi).slice(2), ack]);
        await both.sameFilters(`${uni} and ${multi} addresses`);
      }
      for (const bad of [[], [1, 0], [...le32(2), ...macBytes(unicast(1)), ...le32(0)], [...tables([], []), 0]])
        await both.same([[1, 0], ...(bad.length > 0 ? [bad] : []), ack]);
      for (const data of [macBytes(unicast(9)), [1, 2, 3], [...macBytes(unicast(1)), 0]])
        await both.same([[1, 1], data, ack]);
      for (const [command, vid] of [
        [0, 100],
        [0, 4095],
        [0, 4096],
        [1, 100],
        [2, 5],
        [0, 0],
      ] as const)
        await both.same([[2, command], le16(vid), ack]);
      await both.same([[3, 0], ack]);
      for (const pairs of [0, 1, 2]) await both.same([[4, 0], le16(pairs), ack]);
      for (const kind of [6, 17, 255]) await both.same([[kind, 0], [1], ack]);
      await both.sameFilters("at last");
    });

    it("any framing", async () => {
      const both = await open(layout);
      for (const parts of [
        [[0], [1], [1], 1],
        [[0, 1, 1], 1],
        [[0], [1, 1, 9, 9], 1],
        [[0, 1, 0], 64],
        [[0, 2], [1], 1, 16, 16],
      ]) {
        await both.same(parts);
        await both.same(parts, true);
      }
      await both.sameFilters("in the end");
    });

    it(`${RANDOM} random commands`, async () => {
      const both = await open(layout);
      const chance = new Chance(Number(process.env.RINGBED_FUZZ_SEED ?? 1));
      for (let i = 0; i < RANDOM; i++) {
        await both.same([...cut(chance, random(chance)), 1 + chance.below(3)], chance.rarely(3));
        if (i % 8 === 7) await both.sameFilters(`after ${i + 1}`);
      }
    }, 120_000);

    it("a chain without an ack, or without a header, stops QEMU's device; ours gives it back and goes on", async () => {
      for (const parts of [[[0, 1, 1]], [1], [[0], 1]]) {
        const both = await open(layout);
        const [theirs, ours] = await both.chain(parts);
        expect(theirs).toBeUndefined();
        expect((await both.real.status()) & 64).toBe(64);
        expect(ours).toMatchObject({ used: 0 });
        expect(both.ours.mode(abi.VIRTIO_NET_CTRL_RX_ALLMULTI, true)).toBe(abi.VIRTIO_NET_OK);
      }
    });
  });
});
