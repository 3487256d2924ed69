// The repo's two ends against each other in memory: connects, reconnects in either role, a peer that goes away at any message, and cycles
// that leave nothing behind.
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { SocketError } from "../../src/vhost-user/fault.ts";
import { maskOf } from "../../src/vhost-user/features.ts";
import type { Fd, Stream } from "../../src/vhost-user/host.ts";
import { MemoryHost, Network } from "./memory-host.ts";
import { openFrontEnd, rest } from "./note-driver.ts";
import { openBackEnd, PATH } from "./script.ts";

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
    expect(users[0]!.notes).toEqual(["start 0,1", "stop 0", "stop 1", "empty 1", "stop 1"]);
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
    const used = (): number[] =>
      [...users[0]!.rings.values()].flatMap((ring) => (ring.discards ? [] : [ring.index])).sort();
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
