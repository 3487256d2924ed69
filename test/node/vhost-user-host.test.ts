// The real Host: descriptors over real sockets, pages that two memories share, refusals in words, and nothing held afterwards by
// /proc/self/fd and /proc/self/maps.
import { chmodSync, closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type NativeVhostUserHost, openVhostUserHost } from "../../src/node/vhost-user-host.ts";
import { BackEnd } from "../../src/vhost-user/back-end.ts";
import type { Agreed, Device, DriverEvents, DriverRing, RingPosition } from "../../src/vhost-user/device.ts";
import { maskOf } from "../../src/vhost-user/features.ts";
import { FrontEnd } from "../../src/vhost-user/front-end.ts";
import type { Stream } from "../../src/vhost-user/host.ts";
import { createMemory } from "../../src/wasm/engine.ts";
import { random } from "../support/random.ts";
import { holdings, whyNoKoffi } from "./vhost-user-testpmd.ts";

const why = whyNoKoffi();
const ROOM = { linear: 1 << 24, size: 1 << 24 };
const WINDOW = { linear: 1 << 20, size: 1 << 20 };
/** Nobody cuts a file here. */
const lost = async (): Promise<void> => {};
const GUEST = 0x1_0000_0000n;

interface Side {
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly host: NativeVhostUserHost;
}

async function side(): Promise<Side> {
  const bytes = new Uint8Array(createMemory().buffer);
  return { bytes, host: await openVhostUserHost(bytes, ROOM) };
}

describe.skipIf(why !== undefined)(
  `the vhost-user host over libc${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let folder = "";
    let near: Side;
    let far: Side;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "h5-"));
      near = await side();
      far = await side();
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    /** A connection between the two sides. */
    async function connection(name: string): Promise<{ here: Stream; there: Stream; close: () => void }> {
      const path = join(folder, name);
      const listener = near.host.listen(path);
      const here = far.host.connect(path);
      const there = await listener.accept();
      if ("absent" in here || there === undefined) throw new Error("found no connection");
      const close = (): void => {
        for (const end of [here, there, listener]) end.close();
      };
      return { here, there, close };
    }

    it("carries bytes and descriptors, and tells the end", async () => {
      const before = holdings();
      const { here, there, close } = await connection("bytes");
      const waiting = there.receive(100);
      await sleep(20);
      const event = far.host.makeEventfd();
      here.send(Uint8Array.of(1, 2, 3), [event, event]);
      const chunk = await waiting;
      expect(chunk?.bytes).toEqual(Uint8Array.of(1, 2, 3));
      expect(chunk?.fds).toHaveLength(2);
      far.host.signal(event);
      expect(near.host.drain(chunk!.fds[1]!)).toBe(1n);
      expect(near.host.drain(chunk!.fds[0]!)).toBe(0n);
      for (const fd of [...chunk!.fds, event]) near.host.closeFd(fd);
      const ending = there.receive(100);
      here.close();
      expect(await ending).toBeUndefined();
      close();
      expect(holdings()).toEqual(before);
    });

    it("takes as many descriptors as the kernel lets ride, and no byte past those of one send", async () => {
      const { here, there, close } = await connection("riders");
      const before = holdings().fds;
      const event = far.host.makeEventfd();
      here.send(Uint8Array.of(1), Array(253).fill(event));
      here.send(Uint8Array.of(2), [event]);
      const chunks = [await there.receive(10), await there.receive(10)];
      expect(chunks.map((chunk) => [chunk?.bytes.length, chunk?.fds.length])).toEqual([
        [1, 253],
        [1, 1],
      ]);
      for (const fd of [...chunks.flatMap((chunk) => chunk?.fds ?? []), event]) near.host.closeFd(fd);
      expect(holdings().fds).toBe(before);
      close();
    });

    it("a closed stream and listener let who waits go on", async () => {
      const { there, close } = await connection("waits");
      const listener = near.host.listen(join(folder, "waits2"));
      const waits = [there.receive(1), listener.accept()];
      await sleep(5);
      there.close();
      listener.close();
      expect(await Promise.all(waits)).toEqual([undefined, undefined]);
      close();
    });

    it("a peer that reads nothing is told, not waited for", async () => {
      const { here, close } = await connection("full");
      const send = (): void => {
        for (let i = 0; i < 10_000; i++) here.send(new Uint8Array(4096), []);
      };
      expect(send).toThrow("connection: found no room for another message, expected a peer that reads");
      close();
    });

    it("a peer that is gone is told when something is sent", async () => {
      const { here, there, close } = await connection("gone");
      there.close();
      expect(() => here.send(Uint8Array.of(1), [])).toThrow("found it closed (EPIPE)");
      close();
    });

    it("a flood of bytes does not keep timers from running", async () => {
      const { here, there, close } = await connection("flood");
      let over = false;
      let received = 0;
      const reading = (async () => {
        while (!over) {
          received += (await there.receive(1))?.bytes.length ?? 0;
          here.send(Uint8Array.of(1), []);
        }
      })();
      here.send(new Uint8Array(100), []);
      await sleep(30);
      over = true;
      await reading;
      expect(received).toBeGreaterThan(64);
      close();
    });

    it.each([
      ["a path that is missing", "none", "found no such file, expected a socket"],
      ["a path in a folder that is missing", "no/folder", "found no such file, expected a socket"],
    ])("%s is absent", (_, name, absent) => {
      expect(near.host.connect(join(folder, name))).toMatchObject({ absent });
    });

    it("a socket that nobody listens at is absent, and in use", async () => {
      const path = join(folder, "stale");
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(path, resolve));
      expect(() => near.host.listen(path)).toThrow(
        `socket ${path}: found it in use, expected a path that can be created`,
      );
      await new Promise((resolve) => server.close(resolve));
      writeFileSync(path, "");
      expect(near.host.connect(path)).toEqual({
        absent: "found nobody listening, expected a peer",
        reason: "Connection refused",
      });
      expect(() => near.host.listen(path)).toThrow("found it in use");
    });

    it("paths that can never be are refused in words", () => {
      const long = join(folder, "x".repeat(108 - folder.length - 1));
      const line = `socket ${long}: found a path of 108 bytes, expected at most 107`;
      expect(() => near.host.connect(long)).toThrow(line);
      expect(() => near.host.listen(long)).toThrow(line);
      const longest = near.host.listen(long.slice(0, 107));
      longest.close();
      expect(near.host.connect(long.slice(0, 107))).toMatchObject({ absent: expect.stringContaining("no such file") });
      expect(() => near.host.listen(join(folder, "no/folder"))).toThrow(
        "found no such folder, expected one to create it in",
      );
    });

    it("a path without permission is refused in words", () => {
      const path = join(folder, "closed");
      const listener = near.host.listen(path);
      chmodSync(path, 0);
      chmodSync(folder, 0o755);
      const asNobody = process.getuid?.() === 0;
      const line = "found no permission, expected a path that we may use";
      try {
        if (asNobody) process.seteuid?.(65534);
        expect(() => near.host.connect(path)).toThrow(`socket ${path}: ${line}`);
        if (asNobody) expect(() => near.host.listen(join(folder, "other"))).toThrow(line);
      } finally {
        if (asNobody) process.seteuid?.(0);
        listener.close();
      }
    });

    it("knows what descriptors are", async () => {
      const { host } = near;
      const file = openSync(join(folder, "file"), "w+");
      const folderFd = openSync(folder, "r");
      const event = host.makeEventfd();
      const memfd = host.shareWindow(1 << 21, 4096);
      const server = createServer().listen(join(folder, "kind"));
      expect([file, folderFd, event, memfd].map((fd) => host.fdKind(fd))).toEqual(["file", "other", "eventfd", "file"]);
      for (const fd of [file, folderFd]) closeSync(fd);
      for (const fd of [event, memfd]) host.closeFd(fd);
      await new Promise((resolve) => server.close(resolve));
    });

    it("shares a window's pages with whoever maps them, and empties the place afterwards", () => {
      const before = holdings();
      const fd = far.host.shareWindow(WINDOW.linear, WINDOW.size);
      const mapping = near.host.map(fd, 8192n + 16n, 5000n, lost);
      if ("refusal" in mapping) throw new Error(mapping.refusal);
      far.bytes[WINDOW.linear + 8192 + 16] = 42;
      near.bytes[mapping.linear + 4999] = 43;
      expect([near.bytes[mapping.linear], far.bytes[WINDOW.linear + 8192 + 16 + 4999]]).toEqual([42, 43]);
      expect(near.host.readU16(mapping.linear)).toBe(42);
      expect(() => ftruncateSync(fd, 4096)).toThrow(/EPERM/); // sealed
      mapping.unmap();
      expect(near.bytes[mapping.linear]).toBe(0);
      near.bytes[mapping.linear] = 1;
      expect(far.bytes[WINDOW.linear + 8192 + 16]).toBe(42);
      far.host.closeFd(fd);
      expect(holdings()).toEqual({ ...before, mappings: before.mappings + 1 });
    });

    it("does not map what is not there, does not fit, or cannot be mapped", () => {
      const { host } = near;
      const fd = openSync(join(folder, "small"), "w+");
      ftruncateSync(fd, 8192);
      expect(host.map(fd, 4096n, 4097n, lost)).toEqual({
        refusal: "found an end at 0x2001, expected it in a file of 0x2000 bytes",
      });
      ftruncateSync(fd, 2 ** 25);
      expect(host.map(fd, 0n, 2n ** 25n, lost)).toEqual({
        refusal: "found 0x2000000 bytes, expected at most 0x1000000: the room left in our memory",
      });
      const readOnly = openSync(join(folder, "small"), "r");
      expect(host.map(readOnly, 0n, 4096n, lost)).toEqual({
        refusal: "found EACCES of mmap, expected a file that can be mapped for reading and writing",
      });
      const whole = host.map(fd, 0n, 2n ** 24n, lost);
      expect(whole).toMatchObject({ linear: ROOM.linear });
      expect(host.map(fd, 0n, 1n, lost)).toMatchObject({ refusal: expect.stringContaining("expected at most 0x0") });
      if (!("refusal" in whole)) whole.unmap();
      for (const open of [fd, readOnly]) closeSync(open);
    });

    it("watches an eventfd without using the processor while it is quiet", async () => {
      const { host } = near;
      const event = host.makeEventfd();
      let total = 0n;
      const stop = host.watch(event, (count) => {
        total += count;
      });
      const start = process.cpuUsage();
      await sleep(200);
      const { user, system } = process.cpuUsage(start);
      expect((user + system) / 1000).toBeLessThan(50); // ms of 200
      for (let i = 0; i < 3; i++) host.signal(event);
      await sleep(20);
      expect(total).toBe(3n);
      stop();
      host.signal(event);
      await sleep(10);
      expect([total, host.drain(event)]).toEqual([3n, 1n]);
      host.closeFd(event);
    });

    it("both ends over real sockets: 1000 connects and kills leave no descriptor and no mapping", async () => {
      const path = join(folder, "cycles");
      const fd = far.host.shareWindow(WINDOW.linear, WINDOW.size);
      const before = holdings();
      let devices = 0;
      const running = new Set<number>();
      let fuse = 0;
      let kill = (): void => {};
      const backEnd = BackEnd.open(
        near.host,
        { path, client: false, features: maskOf(15, 32), queuePairs: 1 },
        {
          connected: (id) => ({
            start: (device: Device, rings) => {
              const [ring] = rings;
              if (device.regions[0]!.guest !== GUEST || ring === undefined) throw new Error("found no ring");
              running.add(id);
              devices++;
            },
            relog: () => {},
            announce: () => {},
            stop: (rings): ReadonlyMap<number, RingPosition> => {
              running.delete(id);
              return new Map(rings.map((ring) => [ring, { avail: 0, used: 0 }]));
            },
          }),
          disconnected: () => {},
          warn: () => {},
          trace: () => {
            if (fuse-- === 0) kill();
          },
        },
      );
      const chance = random(7);
      for (let cycle = 0; cycle < 1000; cycle++) {
        fuse = chance.below(60);
        let over = (): void => {};
        const ended = new Promise<void>((resolve) => {
          over = resolve;
        });
        const frontEnd = FrontEnd.open(
          far.host,
          { path, server: false, queuePairs: 1, features: maskOf(15, 32), window: { ...WINDOW, fd, guest: GUEST } },
          {
            rings: (_: Agreed): readonly DriverRing[] =>
              [0, 1].map((i) => {
                const desc = WINDOW.linear + i * 65536;
                return { size: 256, desc, avail: desc + 4096, used: desc + 8192, base: 0 };
              }),
            start: (_: Agreed, events: readonly DriverEvents[]) => far.host.signal(events[1]!.kick),
            stop: () => {},
          },
          { connected: () => over(), disconnected: () => over() },
        );
        kill = () => void frontEnd.close().then(over, over);
        await ended;
        await frontEnd.close();
      }
      const deadline = performance.now() + 5000;
      while (backEnd.connections > 0 && performance.now() < deadline) await sleep(1);
      expect(running.size).toBe(0);
      expect(devices).toBeGreaterThan(200);
      await backEnd.close();
      expect(holdings()).toEqual(before);
      far.host.closeFd(fd);
    });
  },
);
