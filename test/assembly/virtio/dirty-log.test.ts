// A guest whose memory is being copied elsewhere: each page that the device side changes is marked in the log, and none that it does not touch.
import { describe, expect, it } from "vitest";
import { payload } from "../../support/captures.ts";
import { PackedDeviceRig } from "../../support/packed-rings.ts";
import { DeviceRig, type RigOptions } from "../../support/rings.ts";

const PAGE = 4096;

function rigOf(packed: boolean, options: RigOptions): DeviceRig | PackedDeviceRig {
  return packed ? new PackedDeviceRig(options) : new DeviceRig(options);
}

/** A log beside the window. bytes: its length */
function logOf(rig: DeviceRig | PackedDeviceRig, bytes: number, used = 1): Uint8Array {
  const at = rig.machine.arena.allocate(bytes + 64, "a dirty log");
  rig.machine.engine.deviceQueueLog(rig.queue, at, bytes, used);
  return rig.bytes.subarray(at, at + bytes + 64);
}

/** Numbers of the guest pages that [linear, linear + length) lies in. */
function pagesOf(rig: DeviceRig | PackedDeviceRig, linear: number, length: number): number[] {
  const guest = Number(BigInt(linear) + rig.window.gpa);
  const first = Math.floor(guest / PAGE);
  return Array.from({ length: Math.floor((guest + length - 1) / PAGE) - first + 1 }, (_, i) => first + i);
}

/** The window as it is now; then the numbers of its pages that are not like that any more. */
function watch(rig: DeviceRig | PackedDeviceRig): () => number[] {
  const { start, size } = rig.window;
  const now = (at: number): Buffer => Buffer.from(rig.bytes.buffer, at, Math.min(PAGE, start + size - at));
  const before = Buffer.from(rig.bytes.slice(start, start + size));
  return () => {
    const changed: number[] = [];
    for (let at = 0; at < size; at += PAGE)
      if (!before.subarray(at, at + PAGE).equals(now(start + at))) changed.push(...pagesOf(rig, start + at, PAGE));
    return changed;
  };
}

function marked(log: Uint8Array): number[] {
  const pages: number[] = [];
  for (const [i, byte] of log.entries()) {
    if (byte === 0) continue;
    for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) pages.push(8 * i + bit);
  }
  return pages;
}

/** Bytes of a log that reaches as far as the window. */
function logBytes(rig: DeviceRig | PackedDeviceRig): number {
  return Number((rig.window.guest + BigInt(rig.window.size)) / BigInt(8 * PAGE)) + 1;
}

describe.each([false, true])("dirty log, packed %s", (packed) => {
  it.each([
    { mergeable: true, lengths: [1530], sizes: [60, 1500, 9000, 60] },
    { mergeable: true, lengths: [8, 300, 5000], sizes: [60, 20_000, 1] },
    { mergeable: false, lengths: [12, 9100], sizes: [60, 9000, 60, 60] },
  ])("towards the driver, $lengths mergeable $mergeable: what changed is marked, and nothing else is", (shape) => {
    const { mergeable, lengths, sizes } = shape;
    const rig = rigOf(packed, { size: 16, mergeable, pool: 64, room: 4 << 20, indirect: true });
    const log = logOf(rig, logBytes(rig));
    for (let lap = 0; lap < 5; lap++) {
      const posted = Array.from({ length: Math.floor(16 / lengths.length) }, (_, i) =>
        rig.postWritable(packed ? i : i * lengths.length, ...lengths),
      );
      const changed = watch(rig);
      log.fill(0);
      const n = rig.enqueue(sizes.map((size, i) => rig.hands.packet(rig.pool, payload(size, i + 1))));
      expect(n).toBeGreaterThan(0);
      const found = new Set(marked(log));
      expect(changed().filter((page) => !found.has(page))).toEqual([]);
      // Nothing beyond what was posted and the ring's own pages.
      const allowed = new Set([
        ...posted.flat().flatMap(({ at, len }) => pagesOf(rig, at, len)),
        ...pagesOf(rig, rig.ring, 2 * PAGE),
      ]);
      expect([...found].filter((page) => !allowed.has(page))).toEqual([]);
      // The rest of a lap: whatever is left is used up, so that each begins anew.
      while (rig.enqueue([rig.hands.packet(rig.pool, payload(60, 9))]) === 1);
      rig.driver.takeUsed();
    }
  });

  it("from the driver only the ring's pages are marked; without its log flag none", () => {
    const rig = rigOf(packed, { size: 16 });
    const log = logOf(rig, logBytes(rig));
    rig.postReadable(0, new Uint8Array(80));
    const changed = watch(rig);
    expect(rig.dequeue()).toHaveLength(1);
    expect(marked(log)).toEqual(changed());
    log.fill(0);
    rig.machine.engine.deviceQueueLog(rig.queue, log.byteOffset, logBytes(rig), 0);
    rig.postReadable(1, new Uint8Array(80));
    expect(rig.dequeue()).toHaveLength(1);
    expect(marked(log)).toEqual([]);
  });

  it("a log that ends too early is not written beyond its end", () => {
    const rig = rigOf(packed, { size: 16 });
    const bytes = Number(rig.window.guest / BigInt(8 * PAGE));
    const log = logOf(rig, bytes);
    rig.postWritable(0, 1530);
    expect(rig.enqueue([rig.hands.packet(rig.pool, payload(60, 1))])).toBe(1);
    expect(marked(log).filter((page) => page >= bytes * 8)).toEqual([]);
  });

  it("without a log packets go as they went", () => {
    const rig = rigOf(packed, { size: 16 });
    const log = logOf(rig, logBytes(rig));
    rig.machine.engine.deviceQueueLog(rig.queue, 0, 0, 0);
    const [buffer] = rig.postWritable(0, 1530);
    expect(rig.enqueue([rig.hands.packet(rig.pool, payload(60, 1))])).toBe(1);
    expect([...rig.bytes.subarray(buffer!.at + 12, buffer!.at + 72)]).toEqual([...payload(60, 1)]);
    expect(marked(log)).toEqual([]);
  });
});
