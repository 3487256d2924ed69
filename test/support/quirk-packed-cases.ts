// quirk-packed-cases - hand-made packed rings on which DPDK's vhost library and the specification disagree, or might; and requests between.
import { NEXT, WRITE } from "./driver-mock.ts";
import { goesOn, good, type QuirkCase, quirk } from "./quirk-cases.ts";
import type { QuirkDriver, QuirkOptions } from "./quirk-driver.ts";
import type { Piece } from "./quirk-memory.ts";

const MRG_RXBUF = 15;
const INDIRECT_DESC = 28;
const EVENT_IDX = 29;
const PACKED = 34;
const IN_ORDER = 35;
const NOWHERE = 0xdead_0000n;

const packed = (...features: readonly number[]): QuirkOptions => ({ features: [PACKED, ...features] });
const withTables = packed(INDIRECT_DESC);

/** One chain, and a good packet behind it. */
function consumed(name: string, options: QuirkOptions, chain: (driver: QuirkDriver) => readonly Piece[]): QuirkCase {
  return quirk(`packed: ${name}`, { features: [PACKED], ...options }, async (driver) => {
    driver.send(chain(driver));
    await driver.look();
    await goesOn(driver);
  });
}

/** Chains that are there all at once. */
function together(
  name: string,
  options: QuirkOptions,
  chains: (driver: QuirkDriver) => readonly (readonly Piece[])[],
): QuirkCase {
  return quirk(`packed: ${name}`, { features: [PACKED], ...options }, async (driver) => {
    driver.send(...chains(driver));
    await driver.look();
    await goesOn(driver);
  });
}

/** Packets one by one while the driver's event area says so. */
function asked(name: string, options: QuirkOptions, offWrap: number, flags: number): QuirkCase {
  return quirk(`packed: ${name}`, options, async (driver) => {
    const area = 16 * driver.size;
    driver.setU16(1, area, offWrap);
    driver.setU16(1, area + 2, flags);
    driver.note(`device event ${driver.u16(1, 4096)} ${driver.u16(1, 4098)}`);
    for (let i = 0; i < 6; i++) await goesOn(driver, i);
  });
}

const SIZE = 64;
const small: QuirkOptions = { size: SIZE, rx: { count: 8, lengths: [2048] } };

export const PACKED_CASES: readonly QuirkCase[] = [
  consumed("one descriptor", {}, (d) => d.cut(d.frame())),
  consumed("a chain of 3", {}, (d) => d.cut(d.frame(), 12, 50)),
  consumed("an empty descriptor in the middle", {}, (d) => d.cut(d.frame(), 12, 0)),
  consumed("a header and no frame", {}, (d) => d.cut(d.frame(0))),
  consumed("6 bytes", {}, (d) => [{ ...d.put(d.frame(0)), len: 6 }]),
  consumed("no byte", {}, (d) => [{ ...d.put(d.frame(0)), len: 0 }]),
  consumed("an address in no region", {}, () => [{ addr: NOWHERE, len: 100 }]),
  consumed("the second of two in no region", {}, (d) => [d.put(d.frame(48)), { addr: NOWHERE, len: 52 }]),
  consumed("the first of three in no region", {}, (d) => [{ addr: NOWHERE, len: 52 }, ...d.cut(d.frame(200), 70)]),
  consumed("the second of four in no region", {}, (d) => [
    d.put(d.frame(48)),
    { addr: NOWHERE, len: 52 },
    ...d.cut(d.frame(200), 70),
  ]),
  consumed("nothing but NEXT", { size: 32, rx: { count: 8, lengths: [2048] } }, (d) =>
    Array.from({ length: 32 }, () => ({ ...d.put(d.frame(1)), flags: NEXT })),
  ),
  consumed("a table", withTables, (d) => [d.table(d.cut(d.frame(), 12))]),
  consumed("a table, not negotiated", {}, (d) => [d.table(d.cut(d.frame(), 12))]),
  consumed("a table of 39 bytes", withTables, (d) => [{ ...d.table(d.cut(d.frame(), 12)), len: 39 }]),
  consumed("an empty table", withTables, (d) => [{ ...d.table(d.cut(d.frame())), len: 0 }]),
  consumed("a table of one entry less than the ring", { ...withTables, ...small }, (d) => [
    d.table(d.cut(d.frame(), 12, ...Array.from({ length: SIZE - 3 }, () => 1))),
  ]),
  consumed("a table as long as the ring", { ...withTables, ...small }, (d) => [
    d.table(d.cut(d.frame(), 12, ...Array.from({ length: SIZE - 2 }, () => 1))),
  ]),
  consumed("a table in a table", withTables, (d) => [d.table([d.table(d.cut(d.frame(), 12))])]),
  consumed("a table whose second entry is in no region", withTables, (d) => [
    d.table([d.put(d.frame(0)), { addr: NOWHERE, len: 100 }]),
  ]),
  consumed("a descriptor, then a table", withTables, (d) => {
    const [head, ...rest] = d.cut(d.frame(), 12, 30);
    return [head!, d.table(rest)];
  }),
  consumed("a table, then a descriptor", withTables, (d) => {
    const pieces = d.cut(d.frame(), 12, 30);
    return [d.table(pieces.slice(0, 2)), pieces[2]!];
  }),
  consumed("a chain of 256 descriptors", { size: 512 }, (d) =>
    d.cut(d.frame(300), 12, ...Array.from({ length: 254 }, () => 1)),
  ),
  consumed("a chain of 257 descriptors", { size: 512 }, (d) =>
    d.cut(d.frame(300), 12, ...Array.from({ length: 255 }, () => 1)),
  ),
  consumed("a chain of 256 and an empty one", { size: 512 }, (d) => [
    ...d.cut(d.frame(300), 12, ...Array.from({ length: 254 }, () => 1)),
    { ...d.put(d.frame(0)), len: 0 },
  ]),
  together("six at once", {}, (d) => Array.from({ length: 6 }, (_, i) => good(d, i))),
  together("chains at once", {}, (d) => Array.from({ length: 4 }, (_, i) => d.cut(d.frame(80, i), 12))),
  together("good, a header only, good", {}, (d) => [good(d, 1), d.cut(d.frame(0)), good(d, 3)]),
  together("good, in no region, good", {}, (d) => [good(d, 1), [{ addr: NOWHERE, len: 100 }], good(d, 3)]),
  together("four, one of them a header only", {}, (d) => [good(d, 1), d.cut(d.frame(0)), good(d, 3), good(d, 4)]),
  together("six at once, in order", packed(IN_ORDER), (d) => Array.from({ length: 6 }, (_, i) => good(d, i))),
  together("chains at once, in order", packed(IN_ORDER), (d) =>
    Array.from({ length: 3 }, (_, i) => d.cut(d.frame(80, i), 12)),
  ),
  quirk(
    "packed: rx buffers without mergeable buffers",
    { ...packed(), rx: { count: 8, lengths: [2048] } },
    async (driver) => {
      driver.send(...Array.from({ length: 4 }, (_, i) => good(driver, i)));
      await driver.look("four");
      await goesOn(driver);
    },
  ),
  quirk("packed: rx buffers whose header is cut", { ...packed(), rx: { count: 4, lengths: [5, 2043] } }, (driver) =>
    goesOn(driver),
  ),
  quirk("packed: an rx buffer without WRITE", { ...packed(), rx: { count: 0, lengths: [] } }, async (driver) => {
    driver.postRx([2048], 0);
    await goesOn(driver);
  }),
  quirk(
    "packed: an rx buffer in no region, then repaired",
    { ...packed(), rx: { count: 0, lengths: [] } },
    async (driver) => {
      driver.postRxPieces([{ addr: NOWHERE, len: 2048, flags: WRITE }]);
      driver.postRx([2048]);
      await goesOn(driver);
      driver.repairRx(0, 2048);
      await goesOn(driver);
    },
  ),
  quirk(
    "packed: mergeable, the second buffer is in no region",
    { ...packed(MRG_RXBUF), rx: { count: 1, lengths: [512] } },
    async (driver) => {
      driver.postRxPieces([{ addr: NOWHERE, len: 512, flags: WRITE }]);
      driver.postRx([2048]);
      driver.send(good(driver, 1, 1000));
      await driver.look();
      await goesOn(driver);
      await goesOn(driver);
    },
  ),
  quirk(
    "packed: mergeable, empty rx buffers between",
    { ...packed(MRG_RXBUF), rx: { count: 1, lengths: [64] } },
    async (driver) => {
      driver.postRx([0]);
      driver.postRx([2048]);
      driver.send(good(driver, 1, 100));
      await driver.look();
    },
  ),
  quirk(
    "packed: mergeable, a frame over 257 buffers",
    { ...packed(MRG_RXBUF), size: 512, rx: { count: 400, lengths: [32] } },
    async (driver) => {
      for (const n of [32 * 257 - 12, 32 * 256 - 12]) {
        driver.send(driver.cut(driver.frame(n), 2000, 2000, 2000));
        await driver.look();
      }
    },
  ),
  asked("EVENT_IDX, slot 3 asked for", packed(EVENT_IDX), 0x8003, 2),
  asked("EVENT_IDX, all asked for", packed(EVENT_IDX), 0, 0),
  asked("EVENT_IDX, none asked for", packed(EVENT_IDX), 0, 1),
  asked("EVENT_IDX, the reserved value", packed(EVENT_IDX), 0, 3),
  asked("slot 3 asked for without EVENT_IDX", packed(), 0x8003, 2),
  asked("none asked for", packed(), 0, 1),
];

/** Requests while packets wait. */
export const REQUEST_CASES: readonly QuirkCase[] = [PACKED, MRG_RXBUF].flatMap((bit) => {
  const layout = bit === PACKED ? "packed" : "split";
  const options: QuirkOptions = { features: [bit] };
  return [
    quirk(`${layout}: a tx ring disabled and enabled again`, options, async (driver) => {
      await goesOn(driver);
      await driver.enable(1, 0);
      driver.send(good(driver, 1), good(driver, 2));
      await driver.look("disabled");
      await driver.enable(1, 1);
      await driver.look("enabled");
      await goesOn(driver);
    }),
    quirk(`${layout}: an rx ring disabled and enabled again`, options, async (driver) => {
      await driver.enable(0, 0);
      await goesOn(driver);
      await driver.enable(0, 1);
      await goesOn(driver);
    }),
    quirk(`${layout}: GET_VRING_BASE of the rx ring`, options, async (driver) => {
      await goesOn(driver);
      driver.note(`base ${(await driver.request("GET_VRING_BASE", { index: 0, num: 0 })).num & 0xffff}`);
      await goesOn(driver);
      await driver.startRing(0, driver.isPacked ? 0x8001 : 1);
      await driver.look("started again");
      await driver.giveCall(0);
      await driver.look("with its call");
      await goesOn(driver);
    }),
    quirk(`${layout}: GET_VRING_BASE of the tx ring`, options, async (driver) => {
      await goesOn(driver);
      driver.note(`base ${(await driver.request("GET_VRING_BASE", { index: 1, num: 0 })).num & 0xffff}`);
      await goesOn(driver);
      await driver.giveCall(1);
      await driver.startRing(1, driver.isPacked ? 0x8001 : 1);
      await driver.look("started again");
      await goesOn(driver);
    }),
    quirk(`${layout}: a status without DRIVER_OK`, options, async (driver) => {
      await goesOn(driver);
      await driver.request("SET_STATUS", 0n);
      await goesOn(driver);
    }),
  ];
});
