// The layout of a ring is nobody's business but its two sides': every capture replayed over packed rings, in order or not, with indirect tables
// or not, gives what it gives over split ones, byte for byte and counter for counter.
import { describe, expect, it } from "vitest";
import { type ReplayOptions, type RunReport, replay } from "../../src/node/index.ts";
import { pcapPath } from "../support/recordings.ts";

const CAPTURES = ["mix", "sizes", "runts", "jumbo", "jumbo9000", "behind", "frag", "bad"];
const AGREED = [true, false].flatMap((inOrder) => [true, false].map((indirect) => ({ inOrder, indirect })));

/** What a run comes to. Where a frame needs several descriptors, how many a ring holds depends on its layout: so nobody waits. */
function outcome({ ports, ledger, egress_sha256 }: RunReport): Pick<RunReport, "ports" | "ledger" | "egress_sha256"> {
  return { ports, ledger, egress_sha256 };
}

const run = async (options: Partial<ReplayOptions>) =>
  outcome(await replay({ switch: "wire", captures: [], ...options } as ReplayOptions));

describe("replay over packed rings", () => {
  it.each(CAPTURES.flatMap((name) => [true, false].map((mergeable) => [name, mergeable] as const)))(
    "of %s, mergeable %s, is as over split ones",
    async (name, mergeable) => {
      const captures = [pcapPath(`in/${name}.pcap`)];
      for (const topology of ["pvp", "pvvp:2", "loopback"]) {
        const split = await run({ captures, topology, mergeable });
        for (const agreed of AGREED) {
          for (const ringSize of [256, 100]) {
            const packed = await run({ captures, topology, mergeable, ring: "packed", ringSize, ...agreed });
            expect(packed, `${topology} ${JSON.stringify(agreed)} ${ringSize}`).toEqual(split);
          }
        }
      }
    },
  );

  it("under overload drops what a split ring drops", async () => {
    const overload = { captures: [pcapPath("in/flows60.pcap")], speed: "max", loop: 50, ringSize: 64 };
    const split = await run(overload);
    expect(split.ledger.dropped).toBeGreaterThan(0);
    for (const agreed of AGREED) expect(await run({ ...overload, ring: "packed", ...agreed })).toEqual(split);
  });

  const VECTOR: readonly Partial<ReplayOptions>[] = [
    { ring: "split", inOrder: false },
    { ring: "packed", inOrder: true },
  ];
  it.each(VECTOR.flatMap((rings) => ["mix", "sizes", "frag", "bad"].map((name) => [rings, name] as const)))(
    "by vector burst functions (%j), of %s, is as by plain ones",
    async (rings, name) => {
      const options = { captures: [pcapPath(`in/${name}.pcap`)], mergeable: false, ...rings };
      for (const more of [{}, { topology: "pvvp:2" }, { ringSize: 64, retry: true }, { burst: 64 }])
        expect(await run({ ...options, ...more, vectorized: true })).toEqual(await run({ ...options, ...more }));
    },
  );

  it.each(VECTOR)("by vector burst functions (%j) frames under 14 bytes pass, which plain ones drop", async (rings) => {
    const options = { captures: [pcapPath("in/runts.pcap")], mergeable: false, fwdMode: "io", ...rings };
    const dropped = (await run(options)).ledger.dropped;
    expect(dropped).toBeGreaterThan(0);
    expect((await run({ ...options, vectorized: true })).ledger.dropped).toBe(0);
  });

  it("a vector rx path on split rings takes no burst below eight, and wants rings of 32: said before it would stand still", async () => {
    const options = { captures: [pcapPath("in/mix.pcap")], mergeable: false, inOrder: false, vectorized: true };
    await expect(run({ ...options, burst: 7 })).rejects.toThrow("burst: found 7 with a vector rx path");
    await expect(run({ ...options, ringSize: 16 })).rejects.toThrow("ring-size: found 16 with a vector rx path");
    expect((await run({ ...options, burst: 8, ringSize: 32, retry: true })).ledger.dropped).toBe(0);
  });

  it.each(["split", "packed"] as const)(
    "with DPDK's quirks (%s) well-formed rings give what they give without",
    async (ring) => {
      const overload = { captures: [pcapPath("in/flows60.pcap")], speed: "max", loop: 20, ringSize: 64, ring };
      for (const mergeable of [true, false])
        for (const options of [
          { ...overload, mergeable },
          { captures: [pcapPath("in/mix.pcap")], ring, mergeable, retry: true },
        ])
          expect(await run({ ...options, dpdkQuirks: true })).toEqual(await run(options));
    },
  );

  it("through Open vSwitch too", async () => {
    const captures = [pcapPath("in/mix.pcap")];
    expect(await run({ captures, switch: "ovs", ring: "packed" })).toEqual(await run({ captures, switch: "ovs" }));
  });

  it.each([1, 3, 7, 33, 255, 1000])("a ring of %i descriptors, no power of two, loses no packet", async (ringSize) => {
    const captures = [pcapPath("in/mix.pcap")];
    const { ledger } = await run({ captures, ring: "packed", ringSize, retry: true });
    expect(ledger).toMatchObject({ received: 124, sent: 124, dropped: 0, queued: 0 });
  });

  it("traces each hop at its slot", async () => {
    const options = { switch: "wire", captures: [pcapPath("in/jumbo9000.pcap")], trace: [1, 1] } as const;
    const hops = async (ring: string) =>
      ((await replay({ ...options, ring, ringSize: 128 })).trace ?? []).map(({ hop, port, length }) => [
        hop,
        port,
        length,
      ]);
    expect(await hops("packed")).toEqual(await hops("split"));
  });
});
