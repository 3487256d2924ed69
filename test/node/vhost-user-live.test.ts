// Both roles against real DPDK 22.11: messages in its order, links that come up, thousands of packets each way with equal counters on both
// sides, and nothing held when it is over.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VIRTIO_F_VERSION_1, VIRTIO_NET_F_MRG_RXBUF } from "../../assembly/abi/features.ts";
import { BackEnd } from "../../src/vhost-user/back-end.ts";
import type { Trace } from "../../src/vhost-user/connection.ts";
import { maskOf, VIRTIO_NET_F_MQ } from "../../src/vhost-user/features.ts";
import { FrontEnd } from "../../src/vhost-user/front-end.ts";
import { requestWords } from "../../src/vhost-user/message.ts";
import { DeviceQueues, DriverRings, liveMachine } from "./vhost-user-rings.ts";
import { holdings, Testpmd, whyNotLive } from "./vhost-user-testpmd.ts";

const why = whyNotLive();
const FEATURES = maskOf(VIRTIO_F_VERSION_1, VIRTIO_NET_F_MRG_RXBUF, VIRTIO_NET_F_MQ);
const COUNT = 20_000;
const FRAMES = [60, 64, 590, 1514].map((length) =>
  Uint8Array.from({ length }, (_, i) => (i < 12 ? 2 : i === 12 ? 8 : i === 13 ? 0 : i & 0xff)),
);

/** Names of the requests that went one way. */
function recorder(direction: "sent" | "received"): { trace: Trace; names: string[] } {
  const names: string[] = [];
  return {
    names,
    trace: (way, { request, flags }) => {
      if (way === direction && (flags & 4) === 0) names.push(requestWords(request));
    },
  };
}

/** What DPDK says it has read, without the prefix; its names of two renamed requests are the older ones. */
function readByDpdk(text: string): string[] {
  return [...text.matchAll(/read message VHOST_USER_(\w+)/g)].map(([, name = ""]) => name);
}

async function until(done: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!done()) {
    if (performance.now() > deadline) throw new Error(`found no ${what} in 10 s`);
    await sleep(1);
  }
}

describe.skipIf(why !== undefined)(
  `live vhost-user against real testpmd${why === undefined ? "" : ` (skipped: ${why})`}`,
  () => {
    let folder = "";
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "h5-"));
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it.each([
      { name: "as a client of its server", server: false },
      { name: "as a server of its client=1", server: true },
    ])(
      "our front-end, $name: its port's link comes up and counters are equal both ways",
      async ({ name: _, server }) => {
        const path = join(folder, `front-${server}.sock`);
        const { hands, host } = await liveMachine();
        const before = holdings();
        const driver = DriverRings.make(hands, host);
        const { trace, names } = recorder("sent");
        let connected = false;
        const faults: unknown[] = [];
        const open = (): FrontEnd =>
          FrontEnd.open(host, { path, server, queuePairs: 1, features: FEATURES, window: driver.window }, driver, {
            connected: () => {
              connected = true;
            },
            disconnected: (fault) => faults.push(fault),
            trace,
          });
        const early = server ? open() : undefined;
        const testpmd = await Testpmd.start(`net_vhost0,iface=${path},queues=1${server ? ",client=1" : ""}`);
        const frontEnd = early ?? open();
        try {
          await until(() => connected, "connection");
          await testpmd.until(() => testpmd.text.includes("virtio is now ready"), "device that is ready");
          expect(await testpmd.command("show port info 0", "Max segment number per MTU")).toContain("Link status: up");
          expect(readByDpdk(testpmd.text)).toEqual(names);

          await testpmd.command("set fwd rxonly");
          await testpmd.command("start", "packet forwarding");
          await driver.send(FRAMES, COUNT);
          const bytes = FRAMES.reduce((sum, frame) => sum + frame.length, 0) * (COUNT / FRAMES.length);
          expect(await testpmd.received(COUNT)).toContain(`RX-bytes:  ${bytes}`);
          expect(Testpmd.forwarded(await testpmd.command("stop", "Done."))).toMatchObject({ rx: COUNT });

          await testpmd.command("set fwd txonly");
          await testpmd.command("start", "packet forwarding");
          let sending = true;
          const receiving = driver.receiveWhile(() => sending);
          await until(() => driver.received >= COUNT, "packets of txonly");
          const { tx } = Testpmd.forwarded(await testpmd.command("stop", "Done."));
          sending = false;
          await receiving;
          expect(driver.received).toBe(tx);
          expect(driver.samples.map(({ length }) => length)).toEqual([64, 64, 64]);

          await frontEnd.close();
          expect(readByDpdk(testpmd.text)).toEqual(names);
          expect(names.slice(-4)).toEqual(["SET_VRING_ENABLE", "SET_VRING_ENABLE", "GET_VRING_BASE", "GET_VRING_BASE"]);
          expect(faults).toEqual([undefined]);
        } finally {
          await frontEnd.close();
          await testpmd.quit();
        }
        host.closeFd(driver.window.fd);
        expect(holdings()).toEqual({ ...before, mappings: before.mappings + 1 }); // the window's pages stay ours
      },
    );

    it.each([
      { name: "as the server of its client", client: false },
      { name: "as a client of its server=1", client: true },
    ])(
      "our back-end, $name: its memory is mapped, rings translate, and counters are equal both ways",
      async ({ client }) => {
        const path = join(folder, `back-${client}.sock`);
        const { hands, host } = await liveMachine();
        const before = holdings();
        const queues = DeviceQueues.make(hands);
        const { trace, names } = recorder("received");
        const faults: unknown[] = [];
        const warnings: string[] = [];
        const options = { path, client, reconnectMs: 20, features: FEATURES, queuePairs: 1 };
        const backEnd = BackEnd.open(host, options, {
          connected: () => queues,
          disconnected: (_, fault) => faults.push(fault),
          warn: (line) => warnings.push(line),
          trace,
        });
        const testpmd = await Testpmd.start(`net_virtio_user0,path=${path},queues=1${client ? ",server=1" : ""}`);
        try {
          await until(() => queues.rings.size === 2, "rings that run");
          expect(queues.device).toMatchObject({ headerBytes: 12, mergeable: true, packed: false });
          expect(queues.device?.regions).toHaveLength(1);
          expect(names).toEqual([
            ...["SET_OWNER", "GET_FEATURES", "GET_PROTOCOL_FEATURES", "SET_PROTOCOL_FEATURES"],
            ...["SET_VRING_CALL", "SET_VRING_CALL", "SET_FEATURES", "SET_STATUS", "GET_STATUS", "GET_STATUS"],
            "SET_MEM_TABLE",
            ...[0, 1].flatMap(() => ["SET_VRING_NUM", "SET_VRING_BASE", "SET_VRING_ADDR", "SET_VRING_KICK"]),
            ...["SET_VRING_ENABLE", "SET_VRING_ENABLE", "SET_STATUS"],
          ]);

          await testpmd.command("set fwd txonly");
          await testpmd.command("start", "packet forwarding");
          let sending = true;
          const receiving = queues.receiveWhile(() => sending);
          await until(() => queues.received >= COUNT, "packets of txonly");
          const { tx } = Testpmd.forwarded(await testpmd.command("stop", "Done."));
          sending = false;
          await receiving;
          expect(queues.received).toBe(tx);
          expect(queues.samples.map(({ length }) => length)).toEqual([64, 64, 64]);

          await testpmd.command("set fwd rxonly");
          await testpmd.command("start", "packet forwarding");
          await queues.send(FRAMES, COUNT);
          await testpmd.received(COUNT);
          expect(Testpmd.forwarded(await testpmd.command("stop", "Done."))).toMatchObject({ rx: COUNT });
          expect(warnings).toEqual([]);
        } finally {
          await testpmd.quit();
          await until(() => backEnd.connections === 0, "end of the connection");
          await backEnd.close();
        }
        expect(faults.slice(0, 1)).toEqual([undefined]);
        expect(holdings()).toEqual(before);
      },
    );
  },
);
