// What each change to a running device does, as scripted front-ends ask for it, and that the ring code is told nothing else.
import { describe, expect, it } from "vitest";
import { RunError } from "../../src/errors.ts";
import { maskOf } from "../../src/vhost-user/features.ts";
import { MemoryHost, Network, settle } from "./memory-host.ts";
import { GUEST, NoteUser, openBackEnd, openPair, REGION, Script } from "./script.ts";

describe("a running device", () => {
  it("starts with rings 0 and 1 together, further rings one by one", async () => {
    const { script, users } = openPair();
    await script.start({ pairs: 2 });
    expect(users[0]!.notes).toEqual(["start 0,1", "start 2", "start 3"]);
  });

  it("goes on at the used index, whatever base it is given, and says so", async () => {
    const { script, users, warnings } = openPair();
    const bytes = script.host.file(script.memory).bytes;
    new DataView(bytes.buffer).setUint16(512 + 2, 13, true); // ring 0's used.idx
    await script.start();
    expect(users[0]!.rings.get(0)!.position).toEqual({ avail: 13, used: 13 });
    expect(users[0]!.rings.get(1)!.position).toEqual({ avail: 0, used: 0 });
    expect(warnings).toEqual(["ring 0: found base 0 and used index 13, goes on at the latter"]);
  });

  it("disabling a ring stops that ring, which is then emptied, and enabling it starts it where it stands", async () => {
    const { script, users } = openPair();
    await script.start();
    users[0]!.position = { avail: 5, used: 5 };
    await script.enable(1, 0);
    await script.enable(1);
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 1", "empty 1", "stop 1", "start 1"]);
    expect(users[0]!.rings.get(1)!.position).toEqual({ avail: 5, used: 5 });
  });

  it("GET_VRING_BASE stops that ring; a new kick starts it", async () => {
    const { script, users } = openPair();
    await script.start();
    users[0]!.position = { avail: 3, used: 3 };
    const reply = await script.send("GET_VRING_BASE", { index: 0, num: 0 });
    expect(new DataView(reply!.payload.buffer).getUint32(4, true)).toBe(3);
    new DataView(script.host.file(script.memory).bytes.buffer).setUint16(512 + 2, 3, true);
    await script.send("SET_VRING_BASE", { index: 0, num: 3 });
    await script.kick(0);
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 0", "start 0"]);
    expect(users[0]!.rings.get(0)!.position).toEqual({ avail: 3, used: 3 });
  });

  it("another call descriptor is a stop and a start, and the old one is closed", async () => {
    const { script, users, host } = openPair();
    await script.start();
    const { fds } = host.holdings;
    const { call } = users[0]!.rings.get(0)!;
    await script.call(0);
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 0", "start 0"]);
    expect(users[0]!.rings.get(0)!.call).not.toBe(call);
    expect(host.fds.has(call!)).toBe(false);
    expect(host.holdings.fds).toBe(fds);
  });

  it("a new memory table stops the rings, moves them, and starts them", async () => {
    const { script, users, host } = openPair();
    await script.start();
    const second = script.host.makeFile(8192);
    const table = [{ guest: 0n, size: 8192n, user: 0x1000n, offset: 0n }, REGION];
    expect(await script.ask("SET_MEM_TABLE", table, [second, script.memory])).toBe(0n);
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 0,1", "start 0,1"]);
    const { regions } = users[0]!.device!;
    expect(regions.map(({ guest }) => guest)).toEqual([0n, GUEST]);
    expect(users[0]!.rings.get(0)!.desc).toBe(regions[1]!.linear);
    expect(host.holdings.mappings).toBe(2);
  });

  it("a memory table without its rings leaves them stopped until they get an address in it", async () => {
    const { script, users, warnings } = openPair();
    await script.start();
    expect(await script.ask("SET_MEM_TABLE", [{ ...REGION, user: 0n }], [script.memory])).toBe(0n);
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 0,1"]);
    expect(warnings).toEqual(
      [0, 1].map(
        (ring) => `ring ${ring}: found desc at 0x7f000000${ring}000, expected its 256 bytes in one memory region`,
      ),
    );
    for (const index of [0, 1]) {
      const at = BigInt(index) * 4096n;
      await script.send("SET_VRING_ADDR", { index, flags: 0, desc: at, avail: at + 256n, used: at + 512n, log: 0n });
    }
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 0,1", "start 0,1"]);
  });

  it("RESET_DEVICE makes its rings as new and keeps its memory", async () => {
    const { script, users, host } = openPair();
    await script.start();
    await script.send("SET_PROTOCOL_FEATURES", maskOf(3, 13));
    expect(await script.ask("RESET_DEVICE", undefined)).toBe(0n);
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 0,1"]);
    expect(host.holdings).toMatchObject({ fds: 0, mappings: 1 });
    for (const ring of [0, 1]) {
      await script.call(ring);
      await script.place(ring);
      await script.kick(ring);
      await script.enable(ring);
    }
    expect(users[0]!.notes.at(-1)).toBe("start 0,1");
  });

  it("gives its config space away where it has one", async () => {
    const config = Uint8Array.from({ length: 12 }, (_, i) => i);
    const { script } = openPair({ config });
    expect(await script.value("GET_PROTOCOL_FEATURES", undefined)).toBe(maskOf(0, 1, 2, 3, 4, 9, 13, 16));
    await script.send("SET_PROTOCOL_FEATURES", maskOf(3, 9));
    const reply = await script.send("GET_CONFIG", { offset: 6, flags: 0, bytes: new Uint8Array(4) });
    expect([...reply!.payload]).toEqual([6, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 6, 7, 8, 9]);
  });

  it("acknowledges each request once, and none before REPLY_ACK is agreed on", async () => {
    const { script } = openPair();
    expect(await script.ask("SET_OWNER", undefined)).toBeUndefined();
    await script.start();
    const before = script.replies.length;
    expect(await script.ask("SET_VRING_ENABLE", { index: 0, num: 1 })).toBe(0n);
    await script.send("GET_FEATURES", undefined, [], 8);
    expect(script.replies.slice(before).map(({ request, flags }) => [request, flags])).toEqual([
      [18, 5],
      [1, 5],
    ]);
  });

  it("what ring code throws ends that connection with its words", async () => {
    const { script, users, ends, host, before } = openPair();
    const { UsageError } = await import("../../src/errors.ts");
    await settle();
    users[0]!.failure = new UsageError("mempool: found too few mbufs, expected 256 to fill an rx ring");
    await script.start().catch(() => {});
    expect(ends).toEqual(["mempool: found too few mbufs, expected 256 to fill an rx ring"]);
    expect(host.holdings).toEqual(before);
  });

  it("a front-end that is sent away is closed when it waits for an answer, and the next one is served", async () => {
    const host = new MemoryHost(new Network());
    const users = [new NoteUser()];
    const { warnings, ends } = openBackEnd(
      host,
      {},
      {
        connected: (id) => {
          if (id === 1) throw new RunError("found a second front-end, expected one at a time");
          return users[0]!;
        },
      },
    );
    const first = new Script(host);
    await first.send("SET_OWNER", undefined); // wants no answer: its next write has to find the socket open
    expect(first.ended).toBe(false);
    expect(await first.value("GET_FEATURES", undefined)).toBeUndefined();
    expect(first.ended).toBe(true);
    expect(warnings).toEqual(["found a second front-end, expected one at a time"]);
    const second = new Script(host);
    expect(await second.value("GET_FEATURES", undefined)).toBeGreaterThan(0n);
    expect(ends).toEqual([]);
  });
});
