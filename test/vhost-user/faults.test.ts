// What a front-end may do wrong to a back-end. Each is one clear line; the connection lives where the front-end asked for an answer and ends
// where it did not; all descriptors and mappings are given back; another connection goes on.
import { describe, expect, it } from "vitest";
import { maskOf } from "../../src/vhost-user/features.ts";
import type { MemoryRegion } from "../../src/vhost-user/payload.ts";
import { MemoryHost, settle } from "./memory-host.ts";
import { GUEST, MEMORY_BYTES, NEED_REPLY, openPair, REGION, Script, USER } from "./script.ts";

interface Fault {
  readonly name: string;
  readonly line: string | RegExp;
  /** Sends it, on a connection that runs. flags: NEED_REPLY or none */
  send(script: Script, flags: number): Promise<unknown>;
}

function table(name: string, regions: readonly MemoryRegion[], line: string, files = regions.length): Fault {
  return {
    name: `a memory table ${name}`,
    line,
    send: (script, flags) =>
      script.send(
        "SET_MEM_TABLE",
        regions,
        Array.from({ length: files }, () => script.memory),
        flags,
      ),
  };
}

function matching(line: string | RegExp): unknown {
  return typeof line === "string" ? line : expect.stringMatching(line);
}

const nine = Array.from({ length: 9 }, (_, i) => ({
  ...REGION,
  guest: GUEST + BigInt(i) * 0x10_0000n,
  user: USER + BigInt(i) * 0x10_0000n,
}));
const above = { ...REGION, guest: 0n, user: 0n };

const FAULTS: readonly Fault[] = [
  table("without regions", [], "memory table: found 0 regions, expected 1 to 8"),
  table("of nine regions", nine, "memory table: found 9 regions, expected 1 to 8"),
  table("with an empty region", [{ ...REGION, size: 0n }], "memory region 0: found size 0, expected at least a byte"),
  table(
    "whose guest addresses overlap",
    [REGION, { ...above, guest: GUEST + 4096n }],
    "memory region 1: found guest 0x40001000 inside region 0, expected regions apart",
  ),
  table(
    "whose user addresses overlap",
    [REGION, { ...above, user: USER - 1n }],
    "memory region 1: found user 0x7effffffffff inside region 0, expected regions apart",
  ),
  table(
    "past the end of guest addresses",
    [{ ...REGION, guest: 2n ** 64n - 4096n }],
    "memory region 0: found guest 0xfffffffffffff000 + 0x10000, expected an end below 2^64",
  ),
  table(
    "past the end of user addresses",
    [{ ...REGION, user: 2n ** 64n - 1n }],
    "memory region 0: found user 0xffffffffffffffff + 0x10000, expected an end below 2^64",
  ),
  table(
    "whose file offset overflows",
    [{ ...REGION, offset: 2n ** 64n - 4096n }],
    "memory region 0: found offset 0xfffffffffffff000 + 0x10000, expected an end below 2^63",
  ),
  table(
    "past the end of its file",
    [{ ...REGION, offset: 4096n }],
    "memory region 0: found an end at 69632, expected it in a file of 65536 bytes",
  ),
  {
    name: "a memory table of more than fits",
    line: /^memory region 0: found 33554432 bytes, expected at most 167\d+$/,
    send: (script, flags) => {
      const big = script.host.makeFile(2 ** 25);
      return script.send("SET_MEM_TABLE", [{ ...REGION, size: 2n ** 25n }], [big], flags);
    },
  },
  table("with a descriptor missing", [REGION], "SET_MEM_TABLE: found 0 descriptors, expected 1", 0),
  table("with a descriptor too many", [REGION], "SET_MEM_TABLE: found 2 descriptors, expected 1", 2),
  {
    name: "a memory table whose length is not its regions'",
    line: "memory table: found 40 bytes, expected 72 for 2 regions",
    send: async (script, flags) => {
      const payload = new Uint8Array(40);
      payload[0] = 2;
      script.raw(5, flags, payload, [script.memory]);
      await settle();
    },
  },
  {
    name: "memory that is an eventfd",
    line: "SET_MEM_TABLE: found a descriptor of kind eventfd, expected file",
    send: (script, flags) => script.send("SET_MEM_TABLE", [REGION], [script.event()], flags),
  },
  {
    name: "a kick that is a file",
    line: "SET_VRING_KICK: found a descriptor of kind file, expected eventfd",
    send: (script, flags) => script.send("SET_VRING_KICK", { index: 0, hasFd: true }, [script.memory], flags),
  },
  {
    name: "a call without its descriptor",
    line: "SET_VRING_CALL: found 0 descriptors, expected 1",
    send: (script, flags) => script.send("SET_VRING_CALL", { index: 0, hasFd: true }, [], flags),
  },
  {
    name: "a call with a descriptor and NOFD",
    line: "SET_VRING_CALL: found 1 descriptors, expected 0",
    send: (script, flags) => script.send("SET_VRING_CALL", { index: 0, hasFd: false }, [script.event()], flags),
  },
  {
    name: "descriptors on a request that takes none",
    line: "SET_OWNER: found 8 descriptors, expected 0",
    send: (script, flags) => script.send("SET_OWNER", undefined, Array(8).fill(script.memory), flags),
  },
  {
    name: "an unknown request",
    line: "request 99: found a request that was not offered, expected a known one",
    send: async (script, flags) => {
      script.raw(99, flags, new Uint8Array(8), [script.memory]);
      await settle();
    },
  },
  {
    name: "a request of a feature that was not offered",
    line: "ADD_MEM_REG: found a request that was not offered, expected a known one",
    send: (script, flags) => script.send("ADD_MEM_REG", new Uint8Array(40), [script.memory], flags),
  },
  {
    name: "a request of a feature that was not agreed on",
    line: "NET_SET_MTU: found protocol feature 4 not negotiated, expected it before",
    send: (script, flags) => script.send("NET_SET_MTU", 1500n, [], flags),
  },
  {
    name: "a payload that is too short",
    line: "SET_VRING_ADDR: found 8 bytes, expected 40",
    send: async (script, flags) => {
      script.raw(9, flags, new Uint8Array(8));
      await settle();
    },
  },
  {
    name: "a ring that is not there",
    line: "ring 8: found its number, expected one below 8",
    send: (script, flags) => script.send("SET_VRING_NUM", { index: 8, num: 16 }, [], flags),
  },
  ...[0, 100, 65536].map(
    (num): Fault => ({
      name: `a split ring of ${num}`,
      line: `ring 0: found size ${num}, expected a power of two up to 32768`,
      send: (script, flags) => script.send("SET_VRING_NUM", { index: 0, num }, [], flags),
    }),
  ),
  {
    name: "a ring outside its memory",
    line: "ring 0: found used at 0x7f000000fffe, expected its 134 bytes in one memory region",
    send: (script, flags) => {
      const used = USER + BigInt(MEMORY_BYTES) - 2n;
      return script.send(
        "SET_VRING_ADDR",
        { index: 0, flags: 0, desc: USER, avail: USER + 256n, used, log: 0n },
        [],
        flags,
      );
    },
  },
  {
    name: "a ring that is not aligned",
    line: "ring 0: found desc at 0x7f0000000008, expected a multiple of 16",
    send: (script, flags) =>
      script.send(
        "SET_VRING_ADDR",
        { index: 0, flags: 0, desc: USER + 8n, avail: USER + 512n, used: USER + 1024n, log: 0n },
        [],
        flags,
      ),
  },
  {
    name: "features that are not on offer",
    line: "SET_FEATURES: found 0x2000000000000000, expected bits on offer",
    send: (script, flags) => script.send("SET_FEATURES", maskOf(15, 30, 32, 61), [], flags),
  },
  {
    name: "protocol features that are not on offer",
    line: "SET_PROTOCOL_FEATURES: found 0x1000, expected bits on offer",
    send: (script, flags) => script.send("SET_PROTOCOL_FEATURES", maskOf(3, 12), [], flags),
  },
  {
    name: "an enable of 2",
    line: "SET_VRING_ENABLE: found 2, expected 0 or 1",
    send: (script, flags) => script.send("SET_VRING_ENABLE", { index: 0, num: 2 }, [], flags),
  },
  {
    name: "a reply",
    line: "SET_OWNER: found a reply, expected a request",
    send: (script, flags) => script.send("SET_OWNER", undefined, [], 4 | flags),
  },
];

describe("a front-end's fault", () => {
  it.each(FAULTS)("$name: acknowledged with 1, the connection lives", async ({ send, line }) => {
    const { script, ends, warnings, host, before, backEnd } = openPair();
    await script.start();
    const held = host.holdings.fds;
    await send(script, NEED_REPLY);
    expect(warnings).toEqual([matching(line)]);
    const reply = script.replies.at(-1)!;
    expect([reply.flags, ...reply.payload]).toEqual([5, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(host.holdings.fds).toBe(held); // what rode on it was closed
    expect(await script.value("GET_FEATURES", undefined)).toBeDefined();
    expect(ends).toEqual([]);
    await backEnd.close();
    expect(host.holdings).toEqual(before);
  });

  it.each(FAULTS)(
    "$name: without a wish for an answer it ends that connection, not another",
    async ({ send, line }) => {
      const { script, ends, host, before, network, backEnd, users } = openPair();
      const other = new Script(new MemoryHost(network));
      await other.start();
      const held = host.holdings;
      await script.start();
      await send(script, 0);
      await settle();
      expect(ends).toEqual([matching(line)]);
      expect(script.ended).toBe(true);
      const { mappings, fds, streams } = host.holdings;
      expect({ mappings, fds, streams }).toEqual({ mappings: held.mappings, fds: held.fds, streams: held.streams - 1 });
      expect(users.map(({ notes }) => notes.length > 0)).toContain(true);
      expect(await other.ask("SET_VRING_ENABLE", { index: 0, num: 0 })).toBe(0n);
      await backEnd.close();
      expect(host.holdings).toEqual(before);
    },
  );

  it.each([
    ["another version", [3, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0], "SET_OWNER: found version 2, expected 1"],
    [
      "a payload beyond all bounds",
      [5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0],
      "SET_MEM_TABLE: found 65536 bytes, expected at most 4096",
    ],
  ])("%s ends the connection, whatever is asked for", async (_, bytes, line) => {
    const { script, ends, host, backEnd, before } = openPair();
    await script.start();
    script.stream.send(Uint8Array.from(bytes), [script.memory]);
    await settle();
    expect(ends).toEqual([line]);
    await backEnd.close();
    expect(host.holdings).toEqual(before);
  });

  it.each([
    ["in the middle of a header", 7, "connection: found it closed after 7 bytes, expected 12 of a header"],
    ["between header and payload", 12, "SET_MEM_TABLE: found the connection closed, expected 40 bytes more"],
    [
      "in the middle of a payload",
      30,
      "connection: found it closed after 18 bytes, expected 40 of the payload of SET_MEM_TABLE",
    ],
  ])("a connection that ends %s", async (_, n, line) => {
    const { script, ends, host, backEnd, before } = openPair();
    await script.start();
    const { encodeMessage, encodePayload } = await import("../../src/vhost-user/message.ts");
    script.stream.send(encodeMessage(5, 0, encodePayload("memory", [REGION])).subarray(0, n), [script.memory]);
    await settle();
    script.kill();
    await settle();
    expect(ends).toEqual([line]);
    await backEnd.close();
    expect(host.holdings).toEqual(before);
  });

  it("a front-end that vanishes while its rings stop is let go of all the same", async () => {
    const { script, ends, host, backEnd, before, users } = openPair();
    await script.start();
    script.raw(11, 0, new Uint8Array(8)); // GET_VRING_BASE of ring 0
    script.kill();
    await settle();
    await settle();
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 0", "stop 1"]);
    expect(ends).toEqual(["connection: found it closed, expected a peer that reads"]);
    await backEnd.close();
    expect(host.holdings).toEqual(before);
  });
});
