// The back-end against scripted front-ends: the orders of messages that virtio-user and QEMU were recorded to send, what each change to a
// running device does, and that the ring code is told nothing else.
import { describe, expect, it } from "vitest";
import { maskOf } from "../../src/vhost-user/features.ts";
import { GUEST, openPair, REGION, USER } from "./script.ts";

const AGREED = maskOf(15, 30, 32);
const PACKED = maskOf(15, 30, 32, 34);

describe("orders of messages", () => {
  it("virtio-user's: calls, features, status, memory, rings, enable, and DRIVER_OK last", async () => {
    const { script, users } = openPair();
    await script.send("SET_OWNER", undefined);
    expect(await script.value("GET_FEATURES", undefined)).toBe(maskOf(15, 22, 26, 28, 30, 32, 34, 35));
    expect(await script.value("GET_PROTOCOL_FEATURES", undefined)).toBe(maskOf(0, 1, 2, 3, 4, 13, 16));
    await script.send("SET_PROTOCOL_FEATURES", maskOf(0, 3, 16));
    for (const ring of [0, 1]) await script.call(ring);
    await script.send("SET_FEATURES", AGREED);
    expect(await script.ask("SET_STATUS", 0xbn)).toBe(0n);
    expect(await script.value("GET_STATUS", undefined)).toBe(0xbn);
    expect(await script.ask("SET_MEM_TABLE", [REGION], [script.memory])).toBe(0n);
    for (const ring of [0, 1]) {
      await script.place(ring);
      await script.kick(ring);
    }
    for (const ring of [0, 1]) await script.enable(ring);
    expect(users[0]!.notes).toEqual([]);
    expect(await script.ask("SET_STATUS", 0xfn)).toBe(0n);
    expect(users[0]!.notes).toEqual(["start 0,1"]);
    expect(users[0]!.device).toMatchObject({ features: AGREED, headerBytes: 12, mergeable: true, packed: false });
    const { linear } = users[0]!.device!.regions[0]!;
    expect(users[0]!.device!.regions).toEqual([{ guest: GUEST, size: REGION.size, linear }]);
    expect(users[0]!.rings.get(1)).toMatchObject({
      ...{ size: 16, desc: linear + 4096, avail: linear + 4352, used: linear + 4608 },
      position: { avail: 0, used: 0 },
    });

    for (const ring of [0, 1]) await script.enable(ring, 0);
    for (const ring of [0, 1]) await script.send("GET_VRING_BASE", { index: ring, num: 0 });
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 0", "stop 1", "empty 1", "stop 1"]);
  });

  it("QEMU's: ERR, CALL twice, ENABLE before any address, features more than once, status 8 before memory", async () => {
    const { script, users, ends, warnings } = openPair();
    await script.value("GET_FEATURES", undefined);
    await script.value("GET_PROTOCOL_FEATURES", undefined);
    await script.send("SET_PROTOCOL_FEATURES", maskOf(0, 3, 4, 13, 16));
    expect(await script.value("GET_QUEUE_NUM", undefined)).toBe(4n);
    await script.send("SET_OWNER", undefined);
    await script.value("GET_FEATURES", undefined);
    for (const ring of [0, 1]) {
      await script.call(ring);
      await script.send("SET_VRING_ERR", { index: ring, hasFd: true }, [script.event()]);
    }
    for (const ring of [0, 1, 0, 1]) await script.enable(ring);
    expect(await script.ask("NET_SET_MTU", 9000n)).toBe(0n);
    await script.send("SET_FEATURES", AGREED);
    await script.send("SET_FEATURES", AGREED);
    expect(await script.value("GET_STATUS", undefined)).toBe(0n);
    await script.send("SET_STATUS", 8n);
    expect(await script.ask("SET_MEM_TABLE", [REGION], [script.memory])).toBe(0n);
    for (const ring of [0, 1]) {
      await script.place(ring);
      await script.kick(ring);
      await script.call(ring);
    }
    await script.value("GET_STATUS", undefined);
    expect(users[0]!.notes).toEqual([]);
    await script.send("SET_STATUS", 0xfn);
    expect(users[0]!.notes).toEqual(["start 0,1"]);
    expect(users[0]!.device?.mtu).toBe(9000);

    users[0]!.position = { avail: 7, used: 7 };
    await script.send("SET_STATUS", 0n);
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 0,1"]);
    const base = await script.send("GET_VRING_BASE", { index: 1, num: 0 });
    expect([...base!.payload]).toEqual([1, 0, 0, 0, 7, 0, 0, 0]);
    expect([ends, warnings]).toEqual([[], []]);
  });

  it.each([
    ["without protocol features: rings are enabled by their kick", maskOf(15, 32)],
    ["with them: rings wait for ENABLE", maskOf(15, 30, 32)],
  ])("%s", async (_, features) => {
    const { script, users } = openPair();
    await script.send("SET_OWNER", undefined);
    await script.send("SET_FEATURES", features);
    await script.send("SET_MEM_TABLE", [REGION], [script.memory]);
    for (const ring of [0, 1]) {
      await script.call(ring);
      await script.place(ring);
      await script.kick(ring);
    }
    const enabledByKick = (features & (1n << 30n)) === 0n;
    expect(users[0]!.notes).toEqual(enabledByKick ? ["start 0,1"] : []);
    for (const ring of [0, 1]) await script.enable(ring);
    expect(users[0]!.notes).toEqual(["start 0,1"]);
  });

  it.each([
    ["0x8000 of virtio-user", 0x8000, { avail: 0x8000, used: 0x8000 }],
    ["0x80008000 of QEMU", 0x8000_8000, { avail: 0x8000, used: 0x8000 }],
    ["halves that differ", 0x0005_8003, { avail: 0x8003, used: 5 }],
  ])("packed: a base of %s", async (_, base, position) => {
    const { script, users } = openPair();
    await script.send("SET_OWNER", undefined);
    await script.send("SET_FEATURES", PACKED);
    await script.send("SET_MEM_TABLE", [REGION], [script.memory]);
    for (const index of [0, 1]) {
      const at = USER + BigInt(index) * 4096n;
      await script.call(index);
      await script.send("SET_VRING_NUM", { index, num: 20 });
      await script.send("SET_VRING_BASE", { index, num: base });
      await script.send("SET_VRING_ADDR", { index, flags: 0, desc: at + 1024n, avail: at, used: at + 4n, log: 0n });
      await script.kick(index);
      await script.enable(index);
    }
    expect(users[0]!.rings.get(0)).toMatchObject({ size: 20, position });
    users[0]!.position = { avail: 0x8009, used: 0x0004 };
    const reply = await script.send("GET_VRING_BASE", { index: 0, num: 0 });
    expect(new DataView(reply!.payload.buffer).getUint32(4, true)).toBe(0x0004_8009);
  });

  // A back-end that was killed: the front-end calls its ring new, but descriptors are used. By USED of each slot.
  it.each<[string, bigint, number[], number, string]>([
    ["a new ring, filled by its driver", 0n, [0, 0, 0, 0, 0], 0x8000, ""],
    ["on its first lap", 0n, [1, 1, 0, 0, 0], 0x8002, "goes on at 2, wrap counter 1"],
    ["at the end of its first lap", 0n, [1, 1, 1, 1, 1], 0, "goes on at 0, wrap counter 0"],
    ["on its second lap", 0n, [0, 0, 0, 1, 1], 3, "goes on at 3, wrap counter 0"],
    [
      "with chains, which have no such marks inside",
      0n,
      [1, 0, 1, 0, 0],
      0x8000,
      "expected its driver to reset the device",
    ],
    ["used in order, likewise", 1n << 35n, [1, 1, 0, 0, 0], 0x8000, "expected its driver to reset the device"],
  ])("packed: %s goes on where it was", async (_, more, marks, position, warning) => {
    const { script, users, warnings } = openPair();
    await script.send("SET_OWNER", undefined);
    await script.send("SET_FEATURES", PACKED | (1n << 28n) | more);
    const { bytes } = script.host.file(script.memory);
    marks.forEach((mark, slot) => {
      bytes[1024 + 16 * slot + 15] = mark << 7;
    });
    await script.send("SET_MEM_TABLE", [REGION], [script.memory]);
    for (const index of [0, 1]) {
      await script.call(index);
      await script.send("SET_VRING_NUM", { index, num: marks.length });
      await script.send("SET_VRING_BASE", { index, num: 0x8000 });
      const [desc, avail, used] = [USER + 1024n, USER, USER + 4n];
      await script.send("SET_VRING_ADDR", { index, flags: 0, desc, avail, used, log: 0n });
      await script.kick(index);
      await script.enable(index);
    }
    expect(users[0]!.rings.get(0)).toMatchObject({ position: { avail: position, used: position } });
    expect(warnings).toHaveLength(warning === "" ? 0 : 2);
    for (const line of warnings) expect(line).toContain(warning);
  });

  it("a ring without descriptors: NOFD on kick and call is polled", async () => {
    const { script, users } = openPair();
    await script.send("SET_OWNER", undefined);
    await script.send("SET_FEATURES", AGREED);
    await script.send("SET_MEM_TABLE", [REGION], [script.memory]);
    for (const index of [0, 1]) {
      await script.send("SET_VRING_CALL", { index, hasFd: false });
      await script.place(index);
      await script.send("SET_VRING_KICK", { index, hasFd: false });
      await script.enable(index);
    }
    expect(users[0]!.rings.get(0)).toMatchObject({ kick: undefined, call: undefined });
  });
});
