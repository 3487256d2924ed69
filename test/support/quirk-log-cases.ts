// quirk-log-cases - hand-made rings of a guest that is being moved: which of its pages a device marks, and how it is announced.
import { goesOn, good, type QuirkCase, quirk } from "./quirk-cases.ts";
import type { QuirkDriver, QuirkOptions } from "./quirk-driver.ts";
import { GUEST } from "./quirk-memory.ts";

const MRG_RXBUF = 15;
const IN_ORDER = 35;
const PACKED = 34;
const LOG_ALL = 1n << 26n;

/** Of 64; behind them the real one sends what its mbuf held. */
const RARP_BYTES = 42;

/** A migration begins, in QEMU's order of messages. flags: 1: the rings' own pages are logged */
async function migrate(driver: QuirkDriver, flags: number): Promise<void> {
  const { fd, bytes } = driver.log;
  bytes.fill(0);
  await driver.request("SET_LOG_BASE", { size: BigInt(bytes.length), offset: 0n }, [fd]);
  await driver.request("SET_FEATURES", driver.features | LOG_ALL);
  for (const index of [0, 1]) await driver.giveAddress(index, flags);
}

/** It is given up. */
async function stay(driver: QuirkDriver): Promise<void> {
  await driver.request("SET_FEATURES", driver.features);
  for (const index of [0, 1]) await driver.giveAddress(index, 0);
}

/** Notes which pages of the guest's were marked since the last time, from its first one on. */
function noteMarked(driver: QuirkDriver): void {
  const { bytes } = driver.log;
  const pages: string[] = [];
  for (const [i, byte] of bytes.entries())
    for (let bit = 0; byte >> bit !== 0; bit++)
      if (((byte >> bit) & 1) === 1) pages.push((8 * i + bit - Number(GUEST / 4096n)).toString(16));
  bytes.fill(0);
  driver.note(`marked ${pages.join(" ") || "-"}`);
}

/** What a device of either layout marks. */
function logs(layout: string, features: readonly number[]): QuirkCase[] {
  const options: QuirkOptions = { features };
  return [
    quirk(`${layout}: a migration, given up, and another`, options, async (driver) => {
      await goesOn(driver);
      await migrate(driver, 1);
      await goesOn(driver);
      noteMarked(driver);
      driver.send(good(driver, 1, 1400), good(driver, 2, 60), good(driver, 3, 700));
      await driver.look("three");
      noteMarked(driver);
      await stay(driver);
      await goesOn(driver);
      noteMarked(driver);
      await migrate(driver, 1);
      await goesOn(driver);
      noteMarked(driver);
    }),
    quirk(`${layout}: buffers over many pages`, { ...options, rx: { count: 32, lengths: [5000] } }, async (driver) => {
      await migrate(driver, 1);
      driver.send(good(driver, 1, 4000), good(driver, 2, 60), good(driver, 3, 1800));
      await driver.look();
      noteMarked(driver);
    }),
    quirk(
      `${layout}: chains of rx buffers`,
      { ...options, rx: { count: 32, lengths: [100, 3000] } },
      async (driver) => {
        await migrate(driver, 1);
        driver.send(good(driver, 1, 60), good(driver, 2, 2000));
        await driver.look();
        noteMarked(driver);
      },
    ),
    quirk(`${layout}: rings whose own pages are not logged`, options, async (driver) => {
      await migrate(driver, 0);
      driver.send(good(driver, 1, 60), good(driver, 2, 2000));
      await driver.look();
      noteMarked(driver);
    }),
    quirk(`${layout}: announced`, { ...options, compared: RARP_BYTES }, async (driver) => {
      await goesOn(driver);
      await driver.request("SEND_RARP", 0x0605_0403_0201n);
      await driver.look("announced");
      await goesOn(driver);
    }),
  ];
}

export const LOG_CASES: readonly QuirkCase[] = [
  ...logs("split, mergeable", [MRG_RXBUF]),
  ...logs("split in order", [IN_ORDER]),
];
/** DPDK marks packed rings' pages at the address that is given for the used ring, which QEMU's is not. */
export const PACKED_LOG_CASES: readonly QuirkCase[] = logs("packed, mergeable", [PACKED, MRG_RXBUF]);
