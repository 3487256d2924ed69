// Ends that go away at any message, and cycles of connects and kills in either role, leave nothing behind.
import { describe, expect, it } from "vitest";
import { FrontEnd } from "../../src/vhost-user/front-end.ts";
import { random } from "../support/random.ts";
import { MemoryHost, Network, settle } from "./memory-host.ts";
import { NoteDriver, openFrontEnd, rest, WANTED, WINDOW_BYTES } from "./note-driver.ts";
import { openBackEnd, PATH } from "./script.ts";

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
