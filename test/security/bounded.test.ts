// Attacks on time and on counts: chains that are legal one by one and endless together, packets longer than any frame. On the engine as shipped.
import { describe, expect, it } from "vitest";
import { INDIRECT, WRITE } from "../support/driver-mock.ts";
import { PackedDeviceRig } from "../support/packed-rings.ts";
import { DeviceRig } from "../support/rings.ts";

const N = 32768;
/** Milliseconds of this process's time that one packet, or one burst, may take; other processes do not count. */
const BOUND_MS = 500;

function took(call: () => void): number {
  const began = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

describe("CVE-2016-6490 grown: a ring of the largest size, in which every chain is every descriptor", () => {
  it.each([
    ["empty", 0],
    ["one byte each", 1],
  ])("split, %s: a packet towards the guest", (_, len) => {
    const rig = new DeviceRig({ size: N, room: 1 << 17 });
    const { addr } = rig.buffer(64);
    for (let i = 0; i < N; i++)
      rig.driver.describe(i, { addr, len: i + 1 < N ? 0 : len, flags: i + 1 < N ? 3 : 2, next: i + 1 });
    rig.driver.post(...new Uint16Array(N));
    const packet = rig.hands.packet(rig.pool, new Uint8Array(1500));
    expect(took(() => rig.enqueue([packet]))).toBeLessThan(BOUND_MS);
    expect(rig.status).toMatchObject({ stop: 3, broken: 1 });
    rig.hands.free([packet]);
    expect(rig.available).toBe(64);
  });

  it.each([
    [
      "split, with quirks: a packet towards the guest",
      (rig: DeviceRig) => rig.hands.packet(rig.pool, new Uint8Array(1500)),
    ],
    ["split, with quirks: a burst from the guest", () => 0],
  ] as const)("%s", (_, make) => {
    const rig = new DeviceRig({ size: N, room: 1 << 17, dpdkQuirks: true });
    const { addr } = rig.buffer(64);
    for (let i = 0; i < N; i++) rig.driver.describe(i, { addr, len: 0, flags: i + 1 < N ? 3 : 2, next: i + 1 });
    rig.driver.post(...new Uint16Array(N));
    const packet = make(rig);
    expect(took(() => (packet === 0 ? rig.dequeue(32) : rig.enqueue([packet])))).toBeLessThan(BOUND_MS);
    expect(rig.status.broken).toBe(0);
    if (packet !== 0) rig.hands.free([packet]);
    expect(rig.available).toBe(64);
  });

  it("packed, tables of empty entries: a packet towards the guest", () => {
    const rig = new PackedDeviceRig({ size: N, room: 1 << 20, indirect: true });
    const table = rig.table(Array.from({ length: N }, () => ({ addr: 0n, len: 0 })));
    for (let i = 0; i < N; i++) rig.driver.post(i, [{ ...table, flags: INDIRECT | WRITE }]);
    const packet = rig.hands.packet(rig.pool, new Uint8Array(1500));
    expect(took(() => rig.enqueue([packet]))).toBeLessThan(BOUND_MS);
    expect(rig.status).toMatchObject({ stop: 3, broken: 1 });
    rig.hands.free([packet]);
    expect(rig.available).toBe(64);
  });

  it("split: a burst from the guest", () => {
    const rig = new DeviceRig({ size: N, room: 1 << 17 });
    const { addr } = rig.buffer(64);
    for (let i = 0; i < N; i++)
      rig.driver.describe(i, { addr, len: i + 1 < N ? 0 : 64, flags: i + 1 < N ? 1 : 0, next: i + 1 });
    rig.driver.post(...new Uint16Array(N));
    expect(took(() => rig.hands.free(rig.dequeue(32)))).toBeLessThan(BOUND_MS);
    expect(rig.available).toBe(64);
  });
});

describe("a packet of more segments than an mbuf counts", () => {
  it.each([65534, 65535, 65536, 65537])("of %i data rooms", (rooms) => {
    const rig = new DeviceRig({ size: 256, pool: 65600, room: 1 << 21 });
    const { addr } = rig.buffer(1 << 20);
    const total = 12 + rooms * 2048;
    let slot = 0;
    for (let left = total; left > 0; left -= 1 << 20, slot++) {
      rig.driver.describe(slot, { addr, len: Math.min(left, 1 << 20), flags: left > 1 << 20 ? 1 : 0, next: slot + 1 });
    }
    rig.driver.post(0);
    const got = rig.dequeue();
    for (const m of got) {
      const { segments, pktLen } = rig.hands.fields(m);
      expect(pktLen).toBeLessThanOrEqual(segments * 2048);
    }
    rig.hands.free(got);
    expect(rig.available).toBe(65600);
  });
});
