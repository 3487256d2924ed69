// Every recording of real testpmd under pcaps/ is replayed and must leave the same packets and the same counters.
import { describe, expect, it } from "vitest";
import { replay } from "../src/node/index.ts";
import {
  p2pCounters,
  p2pEgress,
  p2pReplay,
  packetsOf,
  pcapPath,
  pvpCounters,
  pvpReplay,
  recordingsIn,
} from "./support/recordings.ts";
import { replayed } from "./support/replayed.ts";

describe("pvp recorded with real testpmd over vhost-user", () => {
  const names = recordingsIn("pvp");

  it("has 102 recordings", () => expect(names).toHaveLength(102));

  it.each(names)("%s: same packets, same counters of every port", async (name) => {
    const { options, exit } = pvpReplay(name);
    const real = pcapPath(`pvp/${name}/${exit === "phy0" ? "p0" : "p1"}_tx.pcap`);
    const { report, left } = await replayed({ ...options, expect: [`${exit}=${real}`] });
    expect(left.map(({ data }) => data)).toEqual(packetsOf(real));
    expect(new Set(left.map(({ port }) => port)).size).toBeLessThan(2);
    expect(report.expect.map(({ text, equal }) => ({ text, equal }))).toMatchObject([{ equal: true }]);
    expect(report.ports).toEqual(pvpCounters(pcapPath(`pvp/${name}/stats.json`)));
  });
});

describe("p2p recorded with real testpmd", () => {
  const names = recordingsIn("p2p");

  it("has 16 recordings", () => expect(names).toHaveLength(16));

  it.each(names.flatMap((name) => [[name, "pcap"] as const, [name, "nic"] as const]))(
    "%s with --phy %s: same packets, same counters of both ports",
    async (name, phy) => {
      const { report, left } = await replayed(p2pReplay(name, phy));
      for (const port of [0, 1] as const) {
        expect(left.filter((packet) => packet.port === `phy${port}`).map(({ data }) => data)).toEqual(
          p2pEgress(name, port),
        );
      }
      expect(report.ports).toMatchObject(p2pCounters(name));
    },
  );
});

describe("a recording replayed twice", () => {
  it("gives the same report, and another seed changes nothing but the seed", async () => {
    const { options } = pvpReplay("mac__mix");
    const first = JSON.stringify(await replay(options));
    expect(JSON.stringify(await replay(options))).toBe(first);
    const other = await replay({ ...options, seed: 7 });
    expect(JSON.stringify({ ...other, seed: 1 })).toBe(first);
  });
});
