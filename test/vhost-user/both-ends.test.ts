// The repo's two ends against each other in memory: connects, reconnects in either role, a peer that goes away at any message, and cycles
// that leave nothing behind.
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import type { Agreed, DriverEvents, DriverRing, DriverUser } from "../../src/vhost-user/device.ts";
import { SocketError } from "../../src/vhost-user/fault.ts";
import { maskOf } from "../../src/vhost-user/features.ts";
import { FrontEnd, type FrontEndOptions } from "../../src/vhost-user/front-end.ts";
import type { Fd, Stream } from "../../src/vhost-user/host.ts";
import { requestWords } from "../../src/vhost-user/message.ts";
import { random } from "../support/random.ts";
import { MemoryHost, Network, settle } from "./memory-host.ts";
import { openBackEnd, PATH } from "./script.ts";

const WINDOW_BYTES = 1 << 16;
const WANTED = maskOf(15, 22, 28, 32);

class NoteDriver implements DriverUser {
  readonly notes: string[] = [];
  agreed: Agreed | undefined;
  events: readonly DriverEvents[] = [];
  base = 0;

  rings(agreed: Agreed): readonly DriverRing[] {
    return Array.from({ length: 2 * agreed.queuePairs }, (_, i) => {
      const desc = 0x10_0000 + i * 4096;
      return { size: 64, desc, avail: desc + 1024, used: desc + 2048, base: this.base };
    });
  }

  start(agreed: Agreed, events: readonly DriverEvents[]): void {
    this.agreed = agreed;
    this.events = events;
    this.notes.push("start");
  }

  stop(): void {
    this.notes.push("stop");
  }
}

function openFrontEnd(
  network: Network,
  options: Partial<FrontEndOptions> = {},
): {
  frontEnd: FrontEnd;
  host: MemoryHost;
  driver: NoteDriver;
  ends: (string | undefined)[];
  sent: string[];
  before: MemoryHost["holdings"];
} {
  const host = new MemoryHost(network);
  const fd = host.makeFile(WINDOW_BYTES);
  const before = host.holdings;
  const driver = new NoteDriver();
  const ends: (string | undefined)[] = [];
  const sent: string[] = [];
  const window = { fd, linear: 0x10_0000, size: WINDOW_BYTES, guest: 0x1_0010_0000n };
  const frontEnd = FrontEnd.open(
    host,
    { path: PATH, server: false, queuePairs: 1, features: WANTED, window, ...options },
    driver,
    {
      connected: () => {},
      disconnected: (fault) => ends.push(fault?.message),
      trace: (direction, { request }) => {
        if (direction === "sent") sent.push(requestWords(request));
      },
    },
  );
  return { frontEnd, host, driver, ends, sent, before };
}

async function rest(): Promise<void> {
  for (let i = 0; i < 5; i++) await settle();
}

describe("both ends", () => {
  it("agree, run, and stop in virtio-user's order", async () => {
    const network = new Network();
    const device = new MemoryHost(network);
    const empty = device.holdings;
    const { backEnd, users, ends } = openBackEnd(device);
    const { frontEnd, driver, host, before, sent, ends: frontEnds } = openFrontEnd(network, { mtu: 9000 });
    await rest();
    expect(driver.agreed).toEqual({
      features: maskOf(15, 22, 28, 30, 32),
      ...{
        headerBytes: 12,
        mergeable: true,
        packed: false,
        inOrder: false,
        indirect: true,
        eventIdx: false,
        queuePairs: 1,
      },
    });
    expect(users[0]!.device?.mtu).toBe(9000);
    expect(users[0]!.notes).toEqual(["start 0,1"]);
    const { linear } = users[0]!.device!.regions[0]!;
    expect(users[0]!.device!.regions).toEqual([{ guest: 0x1_0010_0000n, size: 65536n, linear }]);
    expect(users[0]!.rings.get(1)).toMatchObject({
      size: 64,
      desc: linear + 4096,
      avail: linear + 5120,
      used: linear + 6144,
    });
    // the same event at both ends
    expect(device.file(users[0]!.rings.get(0)!.kick!)).toBe(host.file(driver.events[0]!.kick));
    expect(device.file(users[0]!.rings.get(1)!.call!)).toBe(host.file(driver.events[1]!.call));

    await frontEnd.close();
    await rest();
    expect(driver.notes).toEqual(["start", "stop"]);
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 0", "stop 1"]);
    expect(sent).toEqual([
      ...["SET_OWNER", "GET_FEATURES", "GET_PROTOCOL_FEATURES", "SET_PROTOCOL_FEATURES"],
      ...[
        "SET_VRING_CALL",
        "SET_VRING_CALL",
        "SET_FEATURES",
        "NET_SET_MTU",
        "SET_STATUS",
        "GET_STATUS",
        "SET_MEM_TABLE",
      ],
      ...[0, 1].flatMap(() => ["SET_VRING_NUM", "SET_VRING_BASE", "SET_VRING_ADDR", "SET_VRING_KICK"]),
      ...["SET_VRING_ENABLE", "SET_VRING_ENABLE", "SET_STATUS", "GET_STATUS"],
      ...["SET_VRING_ENABLE", "SET_VRING_ENABLE", "GET_VRING_BASE", "GET_VRING_BASE"],
    ]);
    expect([ends, frontEnds]).toEqual([[undefined], [undefined]]);
    expect(host.holdings).toEqual(before);
    await backEnd.close();
    expect(device.holdings).toEqual(empty);
  });

  it("queue pairs that the driver does not use are disabled, and enabled again when it does", async () => {
    const network = new Network();
    const { backEnd, users } = openBackEnd(new MemoryHost(network), { queuePairs: 2 });
    const { frontEnd } = openFrontEnd(network, { queuePairs: 2 });
    const used = (): number[] => [...users[0]!.rings.keys()].sort();
    await frontEnd.use(1); // before it is connected
    await rest();
    await rest();
    expect(used()).toEqual([0, 1]);
    await frontEnd.use(2);
    await rest();
    expect(used()).toEqual([0, 1, 2, 3]);
    await frontEnd.use(1);
    await rest();
    expect(used()).toEqual([0, 1]);
    await frontEnd.close();
    await backEnd.close();
  });

  it.each([
    { wanted: 4, offered: 4, pairs: 4 },
    { wanted: 4, offered: 2, pairs: 2 },
    { wanted: 1, offered: 4, pairs: 1 },
  ])("$wanted queue pairs wanted, $offered there: $pairs run", async ({ wanted, offered, pairs }) => {
    const network = new Network();
    const { backEnd, users } = openBackEnd(new MemoryHost(network), { queuePairs: offered });
    const { frontEnd, driver } = openFrontEnd(network, { queuePairs: wanted });
    await rest();
    await rest();
    expect(driver.agreed?.queuePairs).toBe(pairs);
    expect(users[0]!.rings.size).toBe(2 * pairs);
    await frontEnd.close();
    await backEnd.close();
  });

  it("a front-end that is the server takes one back-end after the other; a client back-end comes again", async () => {
    const network = new Network();
    const device = new MemoryHost(network);
    const { backEnd, users, ends } = openBackEnd(device, { client: true, reconnectMs: 1000 });
    await rest();
    expect(users).toEqual([]);
    const { frontEnd, driver } = openFrontEnd(network, { server: true });
    device.pass(1000);
    await rest();
    expect(driver.notes).toEqual(["start"]);
    for (const stream of [...device.streams]) stream.close(); // as a back-end that is killed
    await rest();
    expect(driver.notes).toEqual(["start", "stop"]);
    device.pass(1000);
    await rest();
    expect(driver.notes).toEqual(["start", "stop", "start"]);
    expect(users[1]!.notes).toEqual(["start 0,1"]);
    await frontEnd.close();
    await backEnd.close();
    expect(ends).toEqual([undefined, undefined]);
  });

  it("a client front-end that may come again does; one that may not ends", async () => {
    const network = new Network();
    const first = openBackEnd(new MemoryHost(network));
    const again = openFrontEnd(network, { reconnectMs: 500 });
    const once = openFrontEnd(network);
    await rest();
    await first.backEnd.close();
    await rest();
    expect([again.ends, once.ends]).toEqual([[undefined], [undefined]]);
    const second = openBackEnd(new MemoryHost(network));
    for (const { host } of [again, once]) host.pass(500);
    await rest();
    expect(again.driver.notes).toEqual(["start", "stop", "start"]);
    expect(once.driver.notes).toEqual(["start", "stop"]);
    await again.frontEnd.close();
    await second.backEnd.close();
  });

  it("a path that turns bad later is told: a back-end goes on trying, a front-end ends", async () => {
    const network = new Network();
    const first = openBackEnd(new MemoryHost(network));
    const again = openFrontEnd(network, { reconnectMs: 500 });
    await rest();
    await first.backEnd.close();
    const clients = new MemoryHost(network);
    const { backEnd, warnings } = openBackEnd(clients, { client: true, reconnectMs: 500 });
    await rest();
    for (const host of [again.host, clients]) {
      host.connect = () => {
        throw new UsageError("socket /run/h5.sock: found no permission, expected a path that we may use");
      };
      host.pass(500);
    }
    await rest();
    expect(again.ends).toEqual([
      undefined,
      "socket /run/h5.sock: found no permission, expected a path that we may use",
    ]);
    clients.pass(500);
    await rest();
    expect(warnings).toEqual(
      Array(2).fill("socket /run/h5.sock: found no permission, expected a path that we may use"),
    );
    await again.frontEnd.close();
    await backEnd.close();
    expect(clients.holdings).toMatchObject({ timers: 0, streams: 0 });
  });

  it("nobody at the path is told in words, and a path in use too", () => {
    const network = new Network();
    expect(() => openFrontEnd(network)).toThrow(
      new SocketError("socket /run/h5.sock: found nobody listening, expected a peer", "Connection refused"),
    );
    openBackEnd(new MemoryHost(network));
    expect(() => openBackEnd(new MemoryHost(network))).toThrow(/found it in use/);
  });

  it("a client back-end that finds nobody is told why, once", async () => {
    const reasons: string[] = [];
    const host = new MemoryHost(new Network());
    const options = { client: true, reconnectMs: 500 };
    const { backEnd } = openBackEnd(host, options, { absent: (reason) => reasons.push(reason) });
    host.pass(500);
    await rest();
    expect(reasons).toEqual(["Connection refused"]);
    await backEnd.close();
  });
});

describe("a back-end's fault", () => {
  /** A back-end by hand: answers as `answer` says. */
  function fakeBackEnd(network: Network, answer: (request: number, stream: Stream, host: MemoryHost) => void): void {
    const host = new MemoryHost(network);
    void host
      .listen(PATH)
      .accept()
      .then(async (stream) => {
        for (;;) {
          const header = await stream?.receive(12);
          if (stream === undefined || header === undefined) return;
          const view = new DataView(header.bytes.buffer);
          if (view.getUint32(8, true) > 0) await stream.receive(view.getUint32(8, true));
          answer(view.getUint32(0, true), stream, host);
        }
      });
  }

  const message = (request: number, flags: number, payload: number[]): Uint8Array =>
    Uint8Array.from([request, 0, 0, 0, flags, 0, 0, 0, payload.length, 0, 0, 0, ...payload]);
  const u64 = [0, 0, 0, 0, 0, 0, 0, 0];

  it.each([
    [
      "a reply to something else",
      message(15, 5, u64),
      0,
      "GET_PROTOCOL_FEATURES: found a reply, expected one to GET_FEATURES",
    ],
    ["a reply without its flag", message(1, 1, u64), 0, "GET_FEATURES: found flags 1, expected 5 of a reply"],
    ["a reply that is too long", message(1, 5, [...u64, 0]), 0, "GET_FEATURES: found 9 bytes, expected 8"],
    ["descriptors on a reply", message(1, 5, u64), 2, "GET_FEATURES: found 2 descriptors on its reply, expected none"],
    [
      "half a reply, and the end",
      message(1, 5, u64).subarray(0, 15),
      0,
      "connection: found it closed after 3 bytes, expected 8 of the payload of GET_FEATURES",
    ],
  ])("%s", async (_, bytes, riders, line) => {
    const network = new Network();
    fakeBackEnd(network, (request, stream, host) => {
      if (request !== 1) return;
      const fds: Fd[] = Array.from({ length: riders }, () => host.makeEventfd());
      stream.send(bytes, fds);
      if (bytes.length < 20) stream.close();
    });
    const { ends, host, before, driver } = openFrontEnd(network);
    await rest();
    expect(ends).toEqual([line]);
    expect(driver.notes).toEqual([]);
    expect(host.holdings).toEqual(before);
  });

  it("a back-end that stops answering is given up after its time", async () => {
    const network = new Network();
    fakeBackEnd(network, () => {});
    const { ends, host, before } = openFrontEnd(network, { replyMs: 2000 });
    await rest();
    host.pass(1999);
    await rest();
    expect(ends).toEqual([]);
    host.pass(1);
    await rest();
    expect(ends).toEqual(["GET_FEATURES: found no reply in 2000 ms, expected one"]);
    expect(host.holdings).toEqual(before);
  });

  it("a refusal is told by the request's name", async () => {
    const network = new Network();
    const { backEnd, ends: backEnds, warnings } = openBackEnd(new MemoryHost(network, 4096));
    const { ends, host, before } = openFrontEnd(network);
    await rest();
    expect(warnings).toEqual(["memory region 0: found 65536 bytes, expected at most 4096"]);
    expect(ends).toEqual(["SET_MEM_TABLE: found it refused by the back-end, expected it accepted"]);
    expect(host.holdings).toEqual(before);
    expect(backEnds).toEqual([undefined]);
    await backEnd.close();
  });
});

describe("nothing is left behind", () => {
  /** Messages of a whole handshake. */
  const MESSAGES = 22;

  it.each(Array.from({ length: MESSAGES }, (_, n) => n))(
    "when the back-end goes away at message %i of the handshake",
    async (n) => {
      const network = new Network();
      const device = new MemoryHost(network);
      let seen = 0;
      const empty = device.holdings;
      const { backEnd } = openBackEnd(
        device,
        {},
        {
          trace: (direction) => {
            if (direction === "received" && seen++ === n) for (const stream of [...device.streams]) stream.close();
          },
        },
      );
      const { frontEnd, host, before, ends, driver } = openFrontEnd(network);
      await rest();
      expect(ends).toHaveLength(1);
      expect(ends[0] ?? "closed").toMatch(
        /^(\w+: found the connection closed, expected|connection: found it closed|closed$)/,
      );
      expect(driver.notes).toEqual([]);
      expect(host.holdings).toEqual(before);
      await frontEnd.close();
      await backEnd.close();
      expect(device.holdings).toEqual(empty);
    },
  );

  it.each(Array.from({ length: MESSAGES }, (_, n) => n))(
    "when the front-end goes away at message %i of the handshake",
    async (n) => {
      const network = new Network();
      const device = new MemoryHost(network);
      let seen = 0;
      const empty = device.holdings;
      const { backEnd, users } = openBackEnd(device);
      const host = new MemoryHost(network);
      const window = { fd: host.makeFile(WINDOW_BYTES), linear: 0x10_0000, size: WINDOW_BYTES, guest: 0n };
      const before = host.holdings;
      const options = { path: PATH, server: false, queuePairs: 1, features: WANTED, window };
      const frontEnd = FrontEnd.open(host, options, new NoteDriver(), {
        connected: () => {},
        disconnected: () => {},
        trace: (direction) => {
          if (direction === "sent" && seen++ === n) for (const stream of [...host.streams]) stream.close();
        },
      });
      await rest();
      expect(users[0]!.notes.length % 2).toBe(0); // what was started was stopped
      await frontEnd.close();
      expect(host.holdings).toEqual(before);
      await backEnd.close();
      expect(device.holdings).toEqual(empty);
    },
  );

  it("after 1000 connects and kills, in either role, at any moment", async () => {
    const network = new Network();
    const device = new MemoryHost(network);
    const empty = device.holdings;
    const chance = random(4);
    let fuse = 0;
    let kill = (): void => {};
    const { backEnd, users, ends } = openBackEnd(
      device,
      {},
      {
        trace: () => {
          if (fuse-- === 0) kill();
        },
      },
    );
    network.cut = (n) => chance.between(1, n);
    let running = 0;
    for (let cycle = 0; cycle < 1000; cycle++) {
      fuse = chance.below(80); // messages of both directions; a whole handshake has 43
      const { frontEnd, host, before, driver } = openFrontEnd(network);
      const victim = chance.pick([host, device]);
      kill = () => {
        for (const stream of [...victim.streams]) stream.close();
      };
      await settle();
      kill();
      await settle();
      if (driver.notes.length > 0) running++;
      await frontEnd.close();
      expect(host.holdings, `cycle ${cycle}`).toEqual(before);
    }
    await rest();
    expect(ends).toHaveLength(1000);
    expect(running).toBeGreaterThan(200); // some died while their rings ran, others on the way there
    expect(running).toBeLessThan(800);
    const starts = users.flatMap(({ notes }) => notes.filter((note) => note.startsWith("start")));
    expect(starts.length).toBeGreaterThanOrEqual(running);
    expect(users.every(({ rings }) => rings.size === 0)).toBe(true);
    expect(backEnd.connections).toBe(0);
    expect({ ...device.holdings, free: empty.free }).toEqual(empty);
    expect(device.holdings.free).toBe(empty.free); // and the room for peers' memory is whole again
    await backEnd.close();
  });
});
