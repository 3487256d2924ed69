// What net headers ask for, in either direction: the flags a side makes of a header, headers that lie, and the header that a packet's flags become.
import { describe, expect, it } from "vitest";
import { l4Frame } from "../../support/offload-frames.ts";
import { DeviceRig, DriverRig, type GuestBuffer } from "../../support/rings.ts";

const le = (value: number): number[] => [value & 255, value >> 8];
/** flags, gso_type, hdr_len, gso_size, csum_start, csum_offset */
function header(flags: number, gso = 0, size = 0, start = 34, offset = 16): number[] {
  return [flags, gso, ...le(54), ...le(size), ...le(start), ...le(offset), 0, 0];
}

const NONE = 0x108n;
const GOOD = 0x100n;
const LRO = 1n << 16n;
const TCP = l4Frame(200);
const ICMP = l4Frame(201, { proto: 1 });
/** What 22.11 makes of a header: by driver and by device; undefined: the driver drops the packet. */
const HEADERS: readonly (readonly [
  what: string,
  head: number[],
  frame: Uint8Array,
  driver: bigint | undefined,
  device: bigint,
])[] = [
  ["an unfinished checksum", header(1), TCP, NONE, NONE],
  ["a checksum found good", header(2), TCP, GOOD, 0n],
  ["a good one of no known protocol", header(2), ICMP, 0n, 0n],
  ["segments", header(1, 1, 100), TCP, LRO | NONE, LRO | NONE],
  ["segments without NEEDS_CSUM", header(0, 1, 100), TCP, LRO | NONE, LRO],
  ["segments of IPv6 in an IPv4 packet", header(1, 4, 100), TCP, LRO | NONE, LRO | NONE],
  ["segments of what is not TCP", header(0, 1, 100), ICMP, LRO | NONE, 0n],
  ["segments of size 0", header(1, 1, 0), TCP, undefined, NONE],
  ["segments with ECN", header(1, 0x81, 100), TCP, undefined, LRO | NONE],
  ["UDP fragments", header(1, 3, 100), TCP, undefined, NONE],
  ["an unknown kind of segments", header(1, 77, 100), TCP, undefined, NONE],
  ["a sum that begins behind the packet", header(1, 0, 0, 60_000), TCP, undefined, 0n],
  ["a sum at the end of 64 kB", header(1, 0, 0, 65_535, 65_535), TCP, undefined, 0n],
  ["a checksum that would lie behind the packet", header(1, 0, 0, 34, 60_000), TCP, NONE, NONE],
];

/** What is at 36 bytes into the frame: where an ICMP packet has its checksum. */
function finished(frame: Uint8Array): number {
  let sum = 0;
  for (let i = 34; i < frame.length; i += 2) sum += (frame[i]! << 8) + (frame[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

describe("virtio/net-header", () => {
  it.each(HEADERS)("a driver takes %s", (_, head, frame, driver) => {
    const rig = new DriverRig({ offloads: true });
    rig.refill();
    const [chain] = rig.device.take(1);
    rig.device.write(chain!, 12, frame, 1, head.slice(0, 10));
    rig.device.give(chain!.head, 12 + frame.length);
    const got = rig.rx();
    expect(got.map((m) => rig.hands.fields(m).olFlags)).toEqual(driver === undefined ? [] : [driver]);
    expect(rig.status.errors).toBe(driver === undefined ? 1 : 0);
    for (const m of got) expect(rig.hands.bytes(m)).toEqual(frame);
    rig.hands.free(got);
    expect(rig.available + rig.held).toBe(64);
  });

  it.each(HEADERS)("a device takes %s, in one buffer and in several", (_, head, frame, _driver, device) => {
    const rig = new DeviceRig({ offloads: true });
    const bytes = Uint8Array.from([...head, ...frame]);
    rig.postReadable(0, bytes);
    rig.postReadable(1, bytes, [3, 6, bytes.length - 9]);
    const got = rig.dequeue();
    expect(got.map((m) => rig.hands.fields(m).olFlags)).toEqual([device, device]);
    for (const m of got) expect(rig.hands.bytes(m)).toEqual(frame);
    rig.hands.free(got);
    expect(rig.available).toBe(64);
  });

  it("a checksum of no known protocol is finished by who takes it", () => {
    const frame = Uint8Array.from(ICMP);
    frame.set([0, 0], 36);
    const expected = Uint8Array.from(frame);
    const sum = finished(frame);
    expected.set([sum >> 8, sum & 255], 36);
    const rig = new DeviceRig({ offloads: true });
    rig.postReadable(0, Uint8Array.from([...header(1, 0, 0, 34, 2), ...frame]));
    const [m = 0] = rig.dequeue();
    expect(rig.hands.bytes(m)).toEqual(expected);
    expect(rig.hands.fields(m).olFlags).toBe(0n);
  });

  const V4 = 1n << 55n;
  const TX_TCP = 1n << 52n;
  const lengths = (l2: number, l3: number, l4 = 0, size = 0): bigint =>
    BigInt(l2 | (l3 << 7) | (l4 << 16)) | (BigInt(size) << 24n);
  it.each([
    ["a checksum", header(1), V4 | TX_TCP, lengths(14, 20)],
    ["segments", header(1, 0x81, 100), V4 | TX_TCP | (1n << 50n), lengths(14, 20, 20, 100)],
    ["a checksum elsewhere", header(1, 0, 0, 30), 0n, 0n],
    ["UDP's in TCP", header(1, 0, 0, 34, 6), 0n, 0n],
    ["segments of size 0", header(1, 1, 0), 0n, 0n],
    ["an unknown kind", header(1, 9, 10), 0n, 0n],
  ] as const)("with legacy flags a device takes %s", (_, head, olFlags, txOffload) => {
    const rig = new DeviceRig({ offloads: true, legacyFlags: true });
    rig.postReadable(0, Uint8Array.from([...head, ...TCP]));
    const [m = 0] = rig.dequeue();
    expect(rig.hands.fields(m)).toMatchObject({ olFlags, txOffload });
  });

  const REQUESTS = [
    ["a checksum", V4 | TX_TCP, lengths(14, 20), header(1)],
    ["an UDP checksum", V4 | (3n << 52n), lengths(14, 20), header(1, 0, 0, 34, 6)],
    ["segments", V4 | (1n << 50n), lengths(14, 20, 20, 100), header(1, 1, 100)],
    ["nothing", V4, lengths(14, 20), header(0, 0, 0, 0, 0)],
  ] as const;
  it.each(REQUESTS)(
    "a packet that asks for %s says so in the header, to a device and to a driver",
    (_, olFlags, txOffload, head) => {
      const wanted = [...head.slice(0, 2), ...(head[1] === 0 ? [0, 0] : head.slice(2, 4)), ...head.slice(4, 10)];
      const driver = new DriverRig({ offloads: true });
      for (const segments of [[TCP.length], [100, TCP.length - 100]]) {
        const m = driver.hands.packet(driver.pool, TCP, 1, segments);
        driver.machine.engine.mbufSetFlags(m, olFlags);
        driver.machine.engine.mbufSetTxOffload(m, txOffload);
        driver.tx([m]);
        const [chain] = driver.device.take();
        expect([...driver.device.read(chain!).subarray(0, 10)]).toEqual(wanted);
      }
      const device = new DeviceRig({ offloads: true });
      const [whole] = device.postWritable(0, 500);
      const [first, rest] = device.postWritable(1, 5, 495);
      const packets = [0, 1].map((id) => {
        const m = device.hands.packet(device.pool, TCP, id);
        device.machine.engine.mbufSetFlags(m, olFlags);
        device.machine.engine.mbufSetTxOffload(m, txOffload);
        return m;
      });
      expect(device.enqueue(packets)).toBe(2);
      const at = (buffer: GuestBuffer | undefined, n: number): number[] => [
        ...device.bytes.subarray(buffer!.at, buffer!.at + n),
      ];
      expect(at(whole, 12)).toEqual([...wanted, 1, 0]);
      expect([...at(first, 5), ...at(rest, 7)]).toEqual([...wanted, 1, 0]);
    },
  );
});
