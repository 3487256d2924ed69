// Published attacks by vhost-user messages: descriptors that nobody asked for, numbers that are cut to fewer bits, sums that overflow, requests
// without end. Entries of docs/security.md.
import { describe, expect, it } from "vitest";
import { maskOf } from "../../src/vhost-user/features.ts";
import { REQUESTS, type RequestName } from "../../src/vhost-user/message.ts";
import { MemoryHost, settle } from "../vhost-user/memory-host.ts";
import { GUEST, MEMORY_BYTES, NEED_REPLY, openPair, REGION, Script, USER } from "../vhost-user/script.ts";

const NAMES = Object.keys(REQUESTS) as RequestName[];
/** A payload that is as long as the request wants it, where that is one length. */
const LENGTHS = { none: 0, u64: 8, state: 8, addr: 40, memory: 40, file: 8, log: 16, config: 12, bytes: 24 } as const;

function payloadOf(name: RequestName, value = 0): Uint8Array {
  const kind = REQUESTS[name].payload;
  const bytes = new Uint8Array(LENGTHS[kind]);
  if (bytes.length >= 4) new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** A back-end under attack by one front-end, while another one runs. */
async function attacked() {
  const pair = openPair();
  const other = new Script(new MemoryHost(pair.network));
  await other.start();
  await pair.script.start();
  const running = pair.host.holdings;
  return {
    ...pair,
    other,
    running,
    /** The other front-end is served as before, and in the end nothing of either is left. */
    unharmed: async () => {
      expect(await other.ask("SET_VRING_ENABLE", { index: 0, num: 0 })).toBe(0n);
      expect(pair.users.map(({ rings }) => rings.size)).toContain(1);
      other.kill();
      pair.script.kill();
      await settle();
      await pair.backEnd.close();
      expect(pair.host.holdings).toEqual(pair.before);
    },
  };
}

describe("CVE-2019-14818 and CVE-2022-0669: descriptors that a request does not take", () => {
  it.each(NAMES)("%s with eight of them", async (name) => {
    const { script, host, running, unharmed } = await attacked();
    const { number } = REQUESTS[name];
    const files = Array.from({ length: 8 }, () => script.event());
    for (let i = 0; i < 20 && !script.ended; i++) {
      script.raw(number, NEED_REPLY, payloadOf(name), files);
      await settle();
      expect(host.holdings.fds).toBeLessThanOrEqual(running.fds);
    }
    await unharmed();
  });

  it("SET_VRING_NUM again and again", async () => {
    const { script, host, running, unharmed } = await attacked();
    for (let i = 0; i < 500; i++) script.raw(8, 0, Uint8Array.of(i & 1, 0, 0, 0, 16, 0, 0, 0));
    await settle();
    await settle();
    expect(script.ended).toBe(false);
    expect(host.holdings).toEqual(running);
    await unharmed();
  });

  it("SET_MEM_TABLE, KICK and CALL again and again: what was before them is given back", async () => {
    const { script, host, running, unharmed } = await attacked();
    for (let i = 0; i < 50; i++) {
      await script.send("SET_MEM_TABLE", [REGION], [script.memory]);
      await script.kick(i & 1);
      await script.call(i & 1);
    }
    expect(script.ended).toBe(false);
    expect(host.holdings).toEqual(running);
    await unharmed();
  });
});

describe("CVE-2020-10722: a log's offset and size that overflow together", () => {
  it.each([
    ["offset", 4096n, 2n ** 64n - 4096n],
    ["size", 2n ** 64n - 1n, 4096n],
    ["both", 2n ** 63n, 2n ** 63n],
    ["sum, with a size that may be", 4096n, 2n ** 63n - 4096n],
    ["end, behind the file's", 65_536n, 4096n],
    ["size of nothing", 0n, 0n],
  ])("the %s: nothing is mapped, and the connection ends", async (_, size, offset) => {
    const { script, host, running, unharmed } = await attacked();
    await script.send("SET_LOG_BASE", { size, offset }, [script.memory]);
    expect(script.ended).toBe(true);
    expect(host.holdings).toMatchObject({ mappings: running.mappings - 1 }); // its memory is gone with it
    await unharmed();
  });
});

describe("CVE-2020-10723: a ring's number that is checked in 16 bits and used in 32", () => {
  const byState = ["SET_VRING_NUM", "SET_VRING_BASE", "SET_VRING_ENABLE", "SET_VRING_ADDR", "GET_VRING_BASE"] as const;
  it.each(byState.flatMap((name) => [8, 0x1_0000, 0x1_0001, 0x8000_0000, 0xffff_ffff].map((n) => [name, n] as const)))(
    "%s of ring %i",
    async (name, index) => {
      const { script, users, unharmed } = await attacked();
      const notes = users.map((user) => user.notes.length);
      script.raw(REQUESTS[name].number, NEED_REPLY, payloadOf(name, index));
      await settle();
      if (REQUESTS[name].reply === "ack") expect(script.replies.at(-1)!.payload[0]).toBe(1);
      else expect(script.ended).toBe(true);
      const ended = script.ended ? 1 : 0; // its rings stopped
      expect(users.map((user) => user.notes.length)).toEqual(notes.map((n, i) => n + (i === 0 ? ended : 0)));
      await unharmed();
    },
  );

  it.each([8n, 255n, 2n ** 9n + 8n, 2n ** 16n + 9n, 2n ** 63n + 200n])(
    "SET_VRING_KICK, CALL and ERR of %i",
    async (value) => {
      const { script, host, running, unharmed } = await attacked();
      for (const request of [12, 13, 14]) {
        const payload = new Uint8Array(8);
        new DataView(payload.buffer).setBigUint64(0, value, true);
        script.raw(request, NEED_REPLY, payload, value & 256n ? [] : [script.event()]);
        await settle();
        expect(script.replies.at(-1)!.payload[0]).toBe(1);
      }
      expect(host.holdings).toEqual(running);
      await unharmed();
    },
  );
});

describe("CVE-2020-10726 and CVE-2021-3839: inflight areas", () => {
  it("GET_INFLIGHT_FD again and again: each refused, nothing made", async () => {
    for (let i = 0; i < 20; i++) {
      const { script, host, running, ends, unharmed } = await attacked();
      script.raw(31, 0, payloadOf("GET_INFLIGHT_FD"));
      await settle();
      expect(ends).toEqual(["GET_INFLIGHT_FD: found a request that was not offered, expected a known one"]);
      expect(host.holdings.mappings).toBe(running.mappings - 1); // its own went with it
      await unharmed();
    }
  });

  it.each([0, 1, 256, 0xffff])("SET_INFLIGHT_FD of %i queues is refused, its descriptor closed", async (queues) => {
    const { script, host, running, unharmed } = await attacked();
    const payload = new Uint8Array(24);
    const view = new DataView(payload.buffer);
    view.setBigUint64(0, 2n ** 64n - 1n, true);
    view.setUint16(16, queues, true);
    view.setUint16(18, 0xffff, true);
    script.raw(32, NEED_REPLY, payload, [script.memory]);
    await settle();
    expect(script.replies.at(-1)!.payload[0]).toBe(1);
    expect(host.holdings).toEqual(running);
    await unharmed();
  });
});

describe("requests of devices that this is not", () => {
  it.each([
    ["CVE-2020-10724: a crypto session's keys", 26, 1024],
    ["CVE-2020-14374 to -14378: closing one", 27, 8],
    ["postcopy", 28, 0],
    ["a request beyond all known", 0xffff_ffff, 8],
  ])("%s", async (_, request, length) => {
    const { script, host, running, unharmed } = await attacked();
    script.raw(request, NEED_REPLY, new Uint8Array(length).fill(0xff), [script.memory]);
    await settle();
    expect(script.replies.at(-1)!.payload[0]).toBe(1);
    expect(host.holdings).toEqual(running);
    await unharmed();
  });
});

describe("features that make headers or rings other than the engine has them", () => {
  it.each([
    ["CVE-2023-6693: a header with a hash report", 57],
    ["CVE-2024-6505: receive-side scaling by the guest's table", 60],
  ])("%s is not on offer", async (_, bit) => {
    const { script, unharmed } = await attacked();
    expect(await script.ask("SET_FEATURES", maskOf(15, 30, 32, bit))).toBe(1n);
    await unharmed();
  });

  it("a size that only packed rings have, kept while the features change to split ones: the ring does not start", async () => {
    const { script, network, backEnd, host, before, users } = openPair();
    await script.send("SET_OWNER", undefined);
    await script.send("SET_PROTOCOL_FEATURES", maskOf(0, 3));
    await script.send("SET_FEATURES", maskOf(15, 30, 32, 34));
    await script.send("SET_MEM_TABLE", [REGION], [script.memory]);
    for (const ring of [0, 1]) {
      await script.call(ring);
      await script.send("SET_VRING_NUM", { index: ring, num: 100 });
    }
    await script.send("SET_FEATURES", maskOf(15, 30, 32));
    for (const index of [0, 1]) {
      const at = USER + BigInt(index) * 8192n;
      await script.send("SET_VRING_ADDR", { index, flags: 0, desc: at, avail: at + 4096n, used: at + 4608n, log: 0n });
      expect(await script.ask("SET_VRING_KICK", { index, hasFd: true }, [script.event()])).toBe(1n);
      await script.enable(index);
    }
    expect(users[0]!.rings.size).toBe(0);
    const other = new Script(new MemoryHost(network));
    await other.start();
    expect(users[1]!.rings.size).toBe(2);
    await backEnd.close();
    expect(host.holdings).toEqual(before);
  });

  it.each([0x7fff, 16, 0xffff, 0x8010])(
    "a packed ring's base %i behind its end: the ring does not start",
    async (base) => {
      const { script, backEnd, host, before, users } = openPair();
      await script.send("SET_OWNER", undefined);
      await script.send("SET_PROTOCOL_FEATURES", maskOf(0, 3));
      await script.send("SET_FEATURES", maskOf(15, 30, 32, 34));
      await script.send("SET_MEM_TABLE", [REGION], [script.memory]);
      for (const ring of [0, 1]) {
        await script.call(ring);
        await script.place(ring, base);
        expect(await script.ask("SET_VRING_KICK", { index: ring, hasFd: true }, [script.event()])).toBe(1n);
        await script.enable(ring);
      }
      expect(users[0]!.rings.size).toBe(0);
      await backEnd.close();
      expect(host.holdings).toEqual(before);
    },
  );
});

describe("CVE-2021-3748: memory that is taken away while a packet is written to it", () => {
  it("rings stop before their memory is mapped anew, and start in the new one", async () => {
    const { script, host, users, unharmed } = await attacked();
    const seen: number[] = [];
    const user = users[0]!;
    const stop = user.stop.bind(user);
    user.stop = async (rings) => {
      seen.push(host.holdings.mappings);
      return stop(rings);
    };
    const before = host.holdings.mappings;
    await script.send("SET_MEM_TABLE", [{ ...REGION, guest: GUEST + BigInt(MEMORY_BYTES) }], [script.memory]);
    expect(seen).toEqual([before]); // all were there when ring code let go of them
    expect(user.rings.size).toBe(2);
    expect(user.device!.regions[0]!.guest).toBe(GUEST + BigInt(MEMORY_BYTES));
    await unharmed();
  });
});
