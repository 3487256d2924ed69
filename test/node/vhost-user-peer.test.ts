// A real peer's life and death: kill -9 under load in both roles, connections that come and go 50 times, rings stopped and started on one
// connection, several queues, packed rings, and how much of the negotiation's time is ours.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VIRTIO_F_RING_PACKED, VIRTIO_F_VERSION_1, VIRTIO_NET_F_MRG_RXBUF } from "../../assembly/abi/features.ts";
import { BackEnd } from "../../src/vhost-user/back-end.ts";
import type { Trace } from "../../src/vhost-user/connection.ts";
import type { DeviceUser, DriverRing } from "../../src/vhost-user/device.ts";
import { maskOf, VIRTIO_NET_F_MQ } from "../../src/vhost-user/features.ts";
import { FrontEnd } from "../../src/vhost-user/front-end.ts";
import { FrontEndSession } from "../../src/vhost-user/front-end-session.ts";
import { NoteUser } from "../vhost-user/script.ts";
import { DeviceQueues, DriverRings, liveMachine } from "./vhost-user-rings.ts";
import { holdings, Testpmd, whyNotLive } from "./vhost-user-testpmd.ts";

const why = whyNotLive();
const FEATURES = maskOf(VIRTIO_F_VERSION_1, VIRTIO_NET_F_MRG_RXBUF, VIRTIO_NET_F_MQ);
const LOAD = 5_000;

async function until(done: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`found no ${what} in 10 s`);
    await sleep(1);
  }
}

describe.skipIf(why !== undefined)(`a real peer${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "h5-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("a vhost that is killed under load ends the connection; its successor is connected to", async () => {
    const path = join(folder, "killed-vhost.sock");
    const { hands, host } = await liveMachine();
    const driver = DriverRings.make(hands, host);
    const before = holdings();
    const ends: unknown[] = [];
    const vdev = `net_vhost0,iface=${path},queues=1`;
    const first = await Testpmd.start(vdev);
    const options = { path, server: false, queuePairs: 1, features: FEATURES, window: driver.window, reconnectMs: 20 };
    const frontEnd = FrontEnd.open(host, options, driver, {
      connected: () => {},
      disconnected: (fault) => ends.push(fault),
    });
    let second: Testpmd | undefined;
    try {
      await until(() => driver.running, "rings that run");
      await first.command("set fwd txonly");
      await first.command("start", "packet forwarding");
      const receiving = driver.receiveWhile(() => driver.running);
      await until(() => driver.received >= LOAD, "load");
      const killed = performance.now();
      first.kill();
      await until(() => ends.length === 1, "end of the connection");
      expect(performance.now() - killed).toBeLessThan(1000);
      await receiving;
      expect(ends).toEqual([undefined]);
      expect(driver.running).toBe(false);
      rmSync(path);
      second = await Testpmd.start(vdev);
      await until(() => driver.running, "rings that run again");
      await second.command("set fwd txonly");
      await second.command("start", "packet forwarding");
      let more = true;
      const from = driver.received;
      const again = driver.receiveWhile(() => more);
      await until(() => driver.received >= from + LOAD, "load again");
      const { tx } = Testpmd.forwarded(await second.command("stop", "Done."));
      more = false;
      await again;
      expect(driver.received - from).toBe(tx);
    } finally {
      await frontEnd.close();
      await first.quit();
      await second?.quit();
    }
    expect(holdings()).toEqual(before);
  });

  it("a virtio-user that is killed under load ends its connection; memory and descriptors are back, another one is served", async () => {
    const path = join(folder, "killed-user.sock");
    const { hands, host } = await liveMachine();
    const before = holdings();
    const users: DeviceQueues[] = [];
    const ends: unknown[] = [];
    const backEnd = BackEnd.open(
      host,
      { path, client: false, features: FEATURES, queuePairs: 1 },
      {
        connected: () => {
          users.push(DeviceQueues.make(hands));
          return users.at(-1)!;
        },
        disconnected: (_, fault) => ends.push(fault),
        warn: () => {},
      },
    );
    const vdev = `net_virtio_user0,path=${path},queues=1`;
    const [first, second] = [await Testpmd.start(vdev), await Testpmd.start(vdev)];
    try {
      await until(() => users.length === 2 && users.every(({ rings }) => rings.size === 2), "two devices");
      let more = true;
      const receiving = users.map((user) => user.receiveWhile(() => more));
      for (const testpmd of [first, second]) {
        await testpmd.command("set fwd txonly");
        await testpmd.command("start", "packet forwarding");
      }
      await until(() => users.every(({ received }) => received >= LOAD), "load from both");
      const killed = performance.now();
      first.kill();
      await until(() => backEnd.connections === 1, "end of one connection");
      expect(performance.now() - killed).toBeLessThan(1000);
      expect(users[0]!.rings.size).toBe(0);
      const { tx } = Testpmd.forwarded(await second.command("stop", "Done."));
      more = false;
      await Promise.all(receiving);
      expect(users[1]!.received).toBe(tx);
    } finally {
      await first.quit();
      await second.quit();
      await until(() => backEnd.connections === 0, "end of the connections");
      await backEnd.close();
    }
    expect(ends).toEqual([undefined, undefined]);
    expect(holdings()).toEqual(before);
  });

  it("a virtio-user with server=1 takes our successor: rings go on where they stood", async () => {
    const path = join(folder, "successor.sock");
    const { hands, host } = await liveMachine();
    const before = holdings();
    const warnings: string[] = [];
    const open = (user: DeviceUser): BackEnd =>
      BackEnd.open(
        host,
        { path, client: true, reconnectMs: 20, features: FEATURES, queuePairs: 1 },
        { connected: () => user, disconnected: () => {}, warn: (line) => warnings.push(line) },
      );
    const [first, second] = [DeviceQueues.make(hands), DeviceQueues.make(hands)];
    const early = open(first);
    const testpmd = await Testpmd.start(`net_virtio_user0,path=${path},server=1`);
    let late: BackEnd | undefined;
    try {
      await until(() => first.rings.size === 2, "rings that run");
      await testpmd.command("set fwd txonly");
      await testpmd.command("start", "packet forwarding");
      const receiving = first.receiveWhile(() => first.received < LOAD);
      await receiving;
      await early.close(); // without a word to the driver, as by kill -9
      late = open(second);
      // virtio-user looks at its sockets when it is asked for its link
      await testpmd.command("show port info 0", "Max segment number per MTU");
      await until(() => second.rings.size === 2, "rings that run again");
      const { avail } = second.rings.get(1)!.position;
      expect(avail).toBe(first.received % 65536);
      expect(warnings).toEqual([`ring 1: found base 0 and used index ${avail}, goes on at the latter`]);
      let more = true;
      const again = second.receiveWhile(() => more);
      await until(() => second.received >= LOAD, "load again");
      const { tx } = Testpmd.forwarded(await testpmd.command("stop", "Done."));
      more = false;
      await again;
      expect(first.received + second.received).toBe(tx);
    } finally {
      await testpmd.quit();
      await late?.close();
    }
    expect(holdings()).toEqual(before);
  });

  it("50 connects and kills against one real vhost: it is ready each time, and we hold nothing afterwards", async () => {
    const path = join(folder, "cycles.sock");
    const { hands, host } = await liveMachine();
    const driver = DriverRings.make(hands, host);
    const before = holdings();
    const testpmd = await Testpmd.start(`net_vhost0,iface=${path},queues=1`);
    let rings: readonly DriverRing[] | undefined;
    try {
      for (let cycle = 0; cycle < 50; cycle++) {
        const stream = host.connect(path);
        if ("absent" in stream) throw new Error(stream.absent);
        const session = new FrontEndSession(host, stream, { features: FEATURES, queuePairs: 1, window: driver.window });
        const agreed = await session.negotiate();
        rings ??= driver.rings(agreed); // nobody moves them, so they stay fit for another start
        await session.start(rings);
        await session.close(); // without a word, as by kill -9
      }
      await testpmd.until(() => testpmd.text.split("vhost peer closed").length === 51, "50 ends of connections");
      expect(testpmd.text.split("virtio is now ready").length - 1).toBe(50);
    } finally {
      await testpmd.quit();
    }
    expect(holdings()).toEqual(before);
  });

  it("rings stopped and started on one connection carry packets again, from the index the device names", async () => {
    const path = join(folder, "restart.sock");
    const { hands, host } = await liveMachine();
    const driver = DriverRings.make(hands, host);
    const testpmd = await Testpmd.start(`net_vhost0,iface=${path},queues=1`);
    const stream = host.connect(path);
    if ("absent" in stream) throw new Error(stream.absent);
    const session = new FrontEndSession(host, stream, { features: FEATURES, queuePairs: 1, window: driver.window });
    const frame = new Uint8Array(60).fill(2);
    try {
      const agreed = await session.negotiate();
      const rings = driver.rings(agreed);
      await session.start(rings);
      driver.start();
      await testpmd.command("set fwd rxonly");
      await testpmd.command("start", "packet forwarding");
      await driver.send([frame], 100);
      await testpmd.received(100);
      const bases = await session.stop();
      expect(bases).toEqual([0, 100]);
      await session.start(rings.map((ring, i) => ({ ...ring, base: bases[i]! })));
      await driver.send([frame], 200);
      await testpmd.received(300);
      expect(Testpmd.forwarded(await testpmd.command("stop", "Done."))).toMatchObject({ rx: 300 });
      expect(await session.stop()).toEqual([0, 300]);
    } finally {
      await session.close();
      await testpmd.quit();
      host.closeFd(driver.window.fd);
    }
  });

  it("two queue pairs of a real vhost, and less than 20 ms of the negotiation are ours", async () => {
    const path = join(folder, "pairs.sock");
    const { hands, host } = await liveMachine();
    const driver = DriverRings.make(hands, host);
    const testpmd = await Testpmd.start(`net_vhost0,iface=${path},queues=2`, undefined, ["--rxq=2", "--txq=2"]);
    let ours = 0;
    let answered = performance.now();
    const trace: Trace = (direction) => {
      if (direction === "sent") ours += performance.now() - answered;
      answered = performance.now();
    };
    const frontEnd = FrontEnd.open(
      host,
      { path, server: false, queuePairs: 2, features: FEATURES, window: driver.window },
      driver,
      { connected: () => {}, disconnected: () => {}, trace },
    );
    try {
      await until(() => driver.running, "rings that run");
      expect(driver.agreed?.queuePairs).toBe(2);
      expect(ours).toBeLessThan(20);
      for (const ring of [0, 1, 2, 3]) {
        await testpmd.until(
          () => testpmd.text.includes(`set queue enable: 1 to qp idx: ${ring}`),
          `ring ${ring} enabled`,
        );
      }
    } finally {
      await frontEnd.close();
      await testpmd.quit();
      host.closeFd(driver.window.fd);
    }
  });

  it.each([
    { args: "queues=2", rings: 4, format: { packed: false, mergeable: true }, position: { avail: 0, used: 0 } },
    {
      args: "mrg_rxbuf=0,queue_size=1024",
      rings: 2,
      format: { packed: false, mergeable: false },
      position: { avail: 0, used: 0 },
    },
    {
      args: "packed_vq=1",
      rings: 2,
      format: { packed: true, mergeable: true },
      position: { avail: 0x8000, used: 0x8000 },
    },
  ])(
    "a real virtio-user with $args: its rings are found, and let go of when it quits",
    { retry: 1, timeout: 60_000 }, // failed once on a busy machine; why is not known
    async ({ args, rings, format, position }) => {
      const path = join(folder, `user-${args.replaceAll(/\W/g, "-")}.sock`);
      const { host } = await liveMachine();
      const before = holdings();
      const user = new NoteUser();
      const ends: unknown[] = [];
      const backEnd = BackEnd.open(
        host,
        { path, client: false, features: FEATURES | maskOf(VIRTIO_F_RING_PACKED), queuePairs: 8 },
        { connected: (): DeviceUser => user, disconnected: (_, fault) => ends.push(fault), warn: () => {} },
      );
      const queues = args.startsWith("queues") ? ["--rxq=2", "--txq=2"] : [];
      const testpmd = await Testpmd.start(`net_virtio_user0,path=${path},${args}`, undefined, queues);
      try {
        await until(() => user.rings.size === rings, `${rings} rings`);
        expect(user.device).toMatchObject({ ...format, headerBytes: 12 });
        for (const ring of user.rings.values()) {
          expect(ring).toMatchObject({ size: args.includes("1024") ? 1024 : 256, position });
          expect([ring.kick, ring.call].map((fd) => host.fdKind(fd!))).toEqual(["eventfd", "eventfd"]);
        }
      } finally {
        await testpmd.quit();
        await until(() => backEnd.connections === 0, "end of the connection");
        await backEnd.close();
      }
      expect(ends).toEqual([undefined]);
      expect(user.rings.size).toBe(0);
      expect(holdings()).toEqual(before);
    },
  );
});
