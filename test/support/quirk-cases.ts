// quirk-cases - hand-made split rings on which DPDK's vhost library and the specification disagree, or might.
import { INDIRECT, NEXT } from "./driver-mock.ts";
import type { QuirkDriver, QuirkOptions } from "./quirk-driver.ts";
import { GUEST, type Piece, SEAM, WINDOW_BYTES } from "./quirk-memory.ts";

export interface QuirkCase {
  readonly name: string;
  readonly options?: QuirkOptions;
  play(driver: QuirkDriver): Promise<void>;
}

const MRG_RXBUF = 15;
const INDIRECT_DESC = 28;
const EVENT_IDX = 29;
const IN_ORDER = 35;
const NOWHERE = 0xdead_0000n;

export function quirk(name: string, options: QuirkOptions, play: QuirkCase["play"]): QuirkCase {
  return { name, options, play };
}

/** A packet in one descriptor. */
export function good(driver: QuirkDriver, tag = 9, n = 64): Piece[] {
  return [driver.put(driver.frame(n, tag))];
}

/** Sends one good packet and looks: whether the ring lives. */
export async function goesOn(driver: QuirkDriver, tag = 9): Promise<void> {
  driver.send(good(driver, tag));
  await driver.look("a good one");
}

/** A chain that DPDK's split ring sticks at: sent between two good ones, then repaired. */
function sticks(
  name: string,
  options: QuirkOptions,
  bad: (driver: QuirkDriver) => readonly Piece[],
  next?: readonly number[],
): QuirkCase {
  return quirk(name, options, async (driver) => {
    const pieces = bad(driver);
    const first = driver.chain(good(driver, 1));
    const head = driver.chain(pieces);
    for (const [i, to] of (next ?? []).entries())
      driver.split[1]!.describe(head + i, { ...pieces[i]!, flags: NEXT, next: to });
    driver.enter(1, first, head, driver.chain(good(driver, 3)));
    driver.publish(1);
    await driver.look("good, bad, good");
    await goesOn(driver);
    driver.split[1]!.enter(1, driver.chain(good(driver, 2))); // one store: nobody sees half of it
    await driver.look("repaired");
  });
}

/** One chain that may be taken or not, and a good packet behind it. */
function taken(name: string, options: QuirkOptions, chain: (driver: QuirkDriver) => readonly Piece[]): QuirkCase {
  return quirk(name, options, async (driver) => {
    driver.send(chain(driver));
    await driver.look();
    await goesOn(driver);
  });
}

const withTables: QuirkOptions = { features: [INDIRECT_DESC] };

export const SPLIT_CASES: readonly QuirkCase[] = [
  taken("one descriptor", {}, (d) => d.cut(d.frame())),
  taken("header cut 5, 4, 3", {}, (d) => d.cut(d.frame(), 5, 4, 3)),
  taken("an empty descriptor in front", {}, (d) => d.cut(d.frame(), 0)),
  taken("an empty descriptor in the middle", {}, (d) => d.cut(d.frame(), 12, 0)),
  taken("a header and no frame", {}, (d) => d.cut(d.frame(0))),
  taken("6 bytes", {}, (d) => [{ ...d.put(d.frame(0)), len: 6 }]),
  taken("no byte", {}, (d) => [{ ...d.put(d.frame(0)), len: 0 }]),
  taken("a frame of one byte", {}, (d) => d.cut(d.frame(1))),
  taken("WRITE on what is to be read", {}, (d) => d.cut(d.frame()).map((p) => ({ ...p, flags: 2 }))),
  taken("legacy: a header of 10 bytes", { legacy: true }, (d) => d.cut(d.frame())),
  quirk("good, a header only, good", {}, async (driver) => {
    driver.send(good(driver, 1), driver.cut(driver.frame(0)), good(driver, 3));
    await driver.look();
  }),
  quirk("a head behind the ring, then repaired", {}, async (driver) => {
    driver.enter(1, driver.chain(good(driver, 1)), driver.size, driver.chain(good(driver, 3)));
    driver.publish(1);
    await driver.look("good, bad, good");
    await goesOn(driver);
    driver.split[1]!.enter(1, driver.chain(good(driver, 2)));
    await driver.look("repaired");
  }),
  sticks("next behind the ring", {}, (d) => d.cut(d.frame()), [256]),
  sticks("a descriptor that is its own next", {}, (d) => d.cut(d.frame()), [1]),
  sticks("two that follow each other", {}, (d) => d.cut(d.frame(), 50), [2, 1]),
  sticks("an address in no region", {}, () => [{ addr: NOWHERE, len: 100 }]),
  sticks("an address in no region behind the header", {}, (d) => [d.put(d.frame(0)), { addr: NOWHERE, len: 100 }]),
  sticks("a buffer past its region's end", {}, () => [{ addr: GUEST + BigInt(WINDOW_BYTES - 50), len: 112 }]),
  taken("a buffer across two regions", { twoRegions: true }, (d) => [d.put(d.frame(), SEAM - 40)]),
  taken("a table", withTables, (d) => [d.table(d.cut(d.frame(), 12))]),
  taken("a table across two regions", { ...withTables, twoRegions: true }, (d) => [
    d.table(d.cut(d.frame(), 12, 30, 20), SEAM - 32),
  ]),
  taken("a table, not negotiated", {}, (d) => [d.table(d.cut(d.frame(), 12))]),
  taken("a table of 39 bytes", withTables, (d) => [{ ...d.table(d.cut(d.frame(), 12)), len: 39 }]),
  taken("a table at an odd address", withTables, (d) => [d.table(d.cut(d.frame(), 12), 0x70001)]),
  taken("a table whose descriptor has NEXT", withTables, (d) => [d.table(d.cut(d.frame(), 12)), d.put(d.frame(50))]),
  taken("a table in a table", withTables, (d) => [d.table([d.table(d.cut(d.frame(), 12))])]),
  taken("a descriptor, then a table", withTables, (d) => {
    const [head, ...rest] = d.cut(d.frame(), 12, 30);
    return [head!, d.table(rest)];
  }),
  taken("two descriptors, then a table", withTables, (d) => {
    const [head, second, ...rest] = d.cut(d.frame(200), 12, 50, 30);
    return [head!, second!, d.table(rest)];
  }),
  sticks("an empty table", withTables, (d) => [{ ...d.table(d.cut(d.frame())), len: 0 }]),
  sticks("a table of 8 bytes", withTables, (d) => [{ ...d.table(d.cut(d.frame())), len: 8 }]),
  sticks("a table longer than the ring", withTables, (d) => [
    d.table(Array.from({ length: 257 }, (_, i) => ({ ...d.put(d.frame(0)), len: i === 0 ? 12 : 1 }))),
  ]),
  sticks("a table that leads out of itself", withTables, (d) => [
    d.table(d.cut(d.frame(), 12).map((p, i) => ({ ...p, next: i === 0 ? 9 : 0 }))),
  ]),
  sticks("a table that goes round", withTables, (d) => [
    d.table(d.cut(d.frame(), 12, 50).map((p) => ({ ...p, flags: NEXT, next: 1 }))),
  ]),
  sticks("a table in no region", withTables, () => [{ addr: NOWHERE, len: 32, flags: INDIRECT }]),
  sticks("a table whose second entry is in no region", withTables, (d) => [
    d.table([d.put(d.frame(0)), { addr: NOWHERE, len: 100 }]),
  ]),
  taken("a chain of 256 descriptors", { size: 512 }, (d) =>
    d.cut(d.frame(300), 12, ...Array.from({ length: 254 }, () => 1)),
  ),
  sticks("a chain of 257 descriptors", { size: 512 }, (d) =>
    d.cut(d.frame(300), 12, ...Array.from({ length: 255 }, () => 1)),
  ),
  taken("a chain of 300 descriptors, 50 of them empty", { size: 512 }, (d) =>
    d.cut(d.frame(300), ...Array.from({ length: 50 }, () => 0), 12, ...Array.from({ length: 248 }, () => 1)),
  ),
  taken("a table of 4 GiB", withTables, (d) => [
    d.table(Array.from({ length: 256 }, () => ({ addr: GUEST, len: 1 << 24 }))),
  ]),
  taken("a table of 4 GiB and 100 bytes", { ...withTables, size: 512 }, (d) => [
    d.table(Array.from({ length: 256 }, (_, i) => ({ addr: GUEST, len: (1 << 24) + (i === 0 ? 100 : 0) }))),
  ]),
  quirk("avail.idx 300 ahead", {}, async (driver) => {
    const [piece] = good(driver) as [Piece];
    for (let i = 0; i < driver.size; i++) driver.split[1]!.describe(i, piece);
    for (let i = 0; i < driver.size; i++) driver.enter(1, i);
    driver.publish(1, 300);
    await driver.look();
  }),
  quirk("avail.idx goes back", {}, async (driver) => {
    const [piece] = good(driver) as [Piece];
    for (let i = 0; i < driver.size; i++) driver.split[1]!.describe(i, piece);
    for (let i = 0; i < driver.size; i++) driver.enter(1, i);
    driver.publish(1, 3);
    await driver.look("3");
    driver.publish(1, 1);
    await driver.look("1");
  }),
  quirk("in order", { features: [IN_ORDER] }, async (driver) => {
    driver.send(...Array.from({ length: 6 }, (_, i) => good(driver, i)));
    await driver.look();
  }),
  quirk("a call for each burst, unless it is not wanted; kicks are not", {}, async (driver) => {
    await goesOn(driver);
    driver.setU16(1, 16 * driver.size, 1);
    await goesOn(driver);
    driver.note(`used.flags ${driver.u16(1, 8192)} ${driver.u16(0, 8192)}`);
  }),
  quirk(
    "EVENT_IDX: used_event 3, packets one by one; the ring disabled between",
    { features: [EVENT_IDX] },
    async (driver) => {
      driver.split[1]!.usedEvent = 3;
      driver.split[0]!.usedEvent = 100;
      for (let i = 0; i < 6; i++) await goesOn(driver, i);
      driver.note(
        `used.flags ${driver.u16(1, 8192)}, avail_event ${driver.split[1]!.availEvent} ${driver.split[0]!.availEvent}`,
      );
      await driver.enable(1, 0);
      await driver.enable(1, 1);
      for (let i = 0; i < 2; i++) await goesOn(driver, i);
    },
  ),
  quirk("an rx buffer without mergeable buffers", {}, async (driver) => {
    for (const n of [60, 1500]) {
      driver.send(good(driver, 1, n));
      await driver.look();
    }
  }),
  quirk("an rx buffer whose header is cut, not mergeable", { rx: { count: 4, lengths: [5, 2043] } }, (driver) =>
    goesOn(driver),
  ),
  quirk("an rx buffer without WRITE", { rx: { count: 0, lengths: [] } }, async (driver) => {
    driver.postRx([2048], 0);
    driver.publish(0);
    await goesOn(driver);
  }),
  quirk("an rx buffer in no region, then repaired", { rx: { count: 0, lengths: [] } }, async (driver) => {
    driver.postRxPieces([{ addr: NOWHERE, len: 2048, flags: 2 }]);
    driver.postRx([2048]);
    driver.publish(0);
    await goesOn(driver);
    driver.repairRx(0, 2048);
    await goesOn(driver);
  }),
  quirk("an rx head behind the ring, then repaired", { rx: { count: 2, lengths: [2048] } }, async (driver) => {
    driver.split[0]!.enter(0, 300);
    await goesOn(driver);
    driver.split[0]!.enter(0, 0);
    await goesOn(driver);
  }),
  quirk(
    "mergeable: the second buffer is in no region",
    { features: [MRG_RXBUF], rx: { count: 1, lengths: [512] } },
    async (driver) => {
      driver.postRxPieces([{ addr: NOWHERE, len: 512, flags: 2 }]);
      driver.postRx([2048]);
      driver.publish(0);
      driver.send(good(driver, 1, 1000));
      await driver.look();
      await goesOn(driver);
      await goesOn(driver);
    },
  ),
  quirk(
    "mergeable: a frame over 257 buffers",
    { features: [MRG_RXBUF], size: 512, rx: { count: 400, lengths: [32] } },
    async (driver) => {
      for (const n of [32 * 257 - 12, 32 * 256 - 12]) {
        driver.send(driver.cut(driver.frame(n), 2000, 2000, 2000));
        await driver.look();
      }
    },
  ),
  quirk(
    "mergeable: buffers across two regions",
    { features: [MRG_RXBUF], twoRegions: true, rx: { count: 0, lengths: [] } },
    async (driver) => {
      const { addr } = driver.place(2048, SEAM - 1000);
      driver.postRxPieces([{ addr, len: 2048, flags: 2 }]);
      driver.publish(0);
      driver.send(good(driver, 1, 1400));
      await driver.look();
    },
  ),
];
