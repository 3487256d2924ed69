// Captures that are read in parts: the run is that of a capture held whole.
import { describe, expect, it } from "vitest";
import { type ReplayOptions, type RunReport, replay } from "../../src/node/index.ts";
import { traffic } from "../support/frames.ts";
import { pcapPath } from "../support/recordings.ts";
import { writeScratch } from "../support/replayed.ts";

/** 15.9 MB: below what is held whole unless parts are asked for. */
const PACKETS = 24_000;
const MEBIBYTE = 1 << 20;

describe("a capture of 16 MB in parts of 2 and 4 MiB", () => {
  const capture = writeScratch(traffic(PACKETS, 2000, [60, 590, 1514, 64, 1000], 256), "large.pcap");
  const whole = new Map<string, Promise<RunReport>>();
  const run = (options: Partial<ReplayOptions>) => replay({ captures: [capture], ...options });

  it.each(
    [
      {},
      { loop: 2 },
      { queues: 2 },
      { queues: 2, loop: 2 },
      { topology: "pvpv:2" },
      { topology: "p2p", speed: "max" },
      { speed: "max", retry: true },
      { speed: "3Mpps", limit: 17_000 },
      { topology: "pvvp:32", burst: 512, limit: 4000 },
    ].flatMap((options) => [2, 4].map((mebibytes) => [options, mebibytes] as const)),
  )("%j: the same report, times and counters too, in parts of %i MiB", async (options, mebibytes) => {
    const key = JSON.stringify(options);
    whole.set(key, whole.get(key) ?? run(options));
    expect(await run({ ...options, partBytes: mebibytes * MEBIBYTE })).toEqual(await whole.get(key));
  });

  it("is refused with pcap ports, which read without a pace", async () => {
    await expect(replay({ captures: [capture], phy: "pcap", partBytes: 2 * MEBIBYTE })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("phy: found captures in several parts"),
    });
  });
});

describe("several captures", () => {
  it("give what one that holds them all gives", async () => {
    const parts = ["sizes", "tags", "l4", "frag", "bad", "mcast", "arpicmp"].map((name) => pcapPath(`in/${name}.pcap`));
    const report = await replay({ captures: parts });
    const mix = await replay({ captures: [pcapPath("in/mix.pcap")] });
    expect(report.egress_sha256).toBe(mix.egress_sha256);
    expect(report.capture).toMatchObject({ packets: 124, files: parts });
    expect(report.ports).toEqual(mix.ports);
  });
});
