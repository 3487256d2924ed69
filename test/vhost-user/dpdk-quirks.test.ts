// Hand-made rings on our net_vhost, without a socket or a process: with --dpdk-quirks it does what the real one of DPDK 22.11 was recorded to do;
// without it what the specifications say, and a fault of a ring is counted by its name.
import { describe, expect, it } from "vitest";
import { EngineDevice } from "../support/quirk-engine.ts";
import { LOG_CASES, PACKED_LOG_CASES } from "../support/quirk-log-cases.ts";
import { playQuirk, QUIRK_CASES, recordedQuirks } from "../support/quirk-record.ts";

async function played(name: string, dpdkQuirks: boolean): Promise<{ lines: readonly string[]; counted: string }> {
  const quirk = QUIRK_CASES.find((one) => one.name === name);
  if (quirk === undefined) throw new Error(`found no case of the name ${name}`);
  const device = new EngineDevice(dpdkQuirks);
  const [, ...lines] = await playQuirk(device, quirk);
  expect(device.isWhole).toBe(true);
  if (dpdkQuirks) expect(device.rxErrors).toEqual([0, 0]); // net_vhost counts neither
  await device.close();
  return { lines, counted: device.counted };
}

/** What is the same whoever serves the ring: the frames that came back, by length and digest. */
function frames(lines: readonly string[]): string[] {
  return lines.flatMap((line) => [...line.matchAll(/\([0-9a-f]* (\d+ [0-9a-f]{8})\)/g)].map(([, frame]) => frame!));
}

describe("with --dpdk-quirks", () => {
  const recorded = recordedQuirks();

  it("every case has a recording", () => {
    expect(Object.keys(recorded)).toEqual(QUIRK_CASES.map(({ name }) => name));
  });

  it.each(QUIRK_CASES.filter((one) => !PACKED_LOG_CASES.includes(one)))("$name", async ({ name }) => {
    const [, ...real] = recorded[name]!;
    expect((await played(name, true)).lines).toEqual(real);
  });

  it("a ring that sticks is counted once for each fault, not for each poll", async () => {
    expect((await played("next behind the ring", true)).counted).toBe("rx ring_next 1");
  });
});

describe("without it", () => {
  // virtio 1.3, 2.7.4, 2.7.5, 2.7.13: a driver MUST NOT do these.
  it.each([
    ["a head behind the ring, then repaired", "ring_head"],
    ["next behind the ring", "ring_next"],
    ["a table that leads out of itself", "ring_next"],
    ["a descriptor that is its own next", "ring_loop"],
    ["two that follow each other", "ring_loop"],
    ["a table that goes round", "ring_loop"],
    ["an address in no region", "ring_address"],
    ["an address in no region behind the header", "ring_address"],
    ["a buffer past its region's end", "ring_address"],
    ["a table in no region", "ring_address"],
    ["a table whose second entry is in no region", "ring_address"],
    ["an empty table", "ring_table"],
    ["a table of 8 bytes", "ring_table"],
    ["a table longer than the ring", "ring_table"],
    ["a table, not negotiated", "ring_table"],
    ["a table of 39 bytes", "ring_table"],
    ["a table in a table", "ring_table"],
    ["a table of 4 GiB", "ring_loop"],
    ["avail.idx 300 ahead", "ring_avail_idx"],
    ["avail.idx goes back", "ring_avail_idx"],
  ])("%s: the ring stands still from there on, %s is counted", async (name, fault) => {
    const { lines, counted } = await played(name, false);
    expect(counted).toBe(`rx ${fault} 1`);
    expect(lines.at(-1)).toMatch(/tx -; rx -; calls 0 0$/);
  });

  it.each([
    ["an rx buffer without WRITE", "ring_write"],
    ["an rx buffer in no region, then repaired", "ring_address"],
    ["an rx head behind the ring, then repaired", "ring_head"],
    ["mergeable: the second buffer is in no region", "ring_address"],
    ["packed: an rx buffer without WRITE", "ring_write"],
    ["packed: an rx buffer in no region, then repaired", "ring_address"],
    ["packed: mergeable, the second buffer is in no region", "ring_address"],
  ])("%s: nothing is written, %s is counted", async (name, fault) => {
    const { lines, counted } = await played(name, false);
    expect(counted).toBe(`tx ${fault} 1`);
    expect(frames(lines)).toEqual([]);
  });

  it.each([
    ["packed: an address in no region", "ring_address", 1],
    ["packed: the second of two in no region", "ring_address", 2],
    ["packed: the first of three in no region", "ring_address", 3],
    ["packed: the second of four in no region", "ring_address", 4],
    ["packed: a table, not negotiated", "ring_table", 1],
    ["packed: a table of 39 bytes", "ring_table", 1],
    ["packed: an empty table", "ring_table", 1],
    ["packed: a descriptor, then a table", "ring_table", 2],
    ["packed: a table, then a descriptor", "ring_table", 2],
  ])("%s: dropped, %s is counted, the ring lives", async (name, fault, slots) => {
    const { lines, counted } = await played(name, false);
    expect(counted).toBe(`rx ${fault} 1, rx chain_broken 1`);
    expect(lines[0]).toMatch(/^tx \[0\]40:0:8080; rx -; calls 1 0$/);
    expect(lines[1]).toMatch(new RegExp(`tx \\[${slots}\\]40:`));
    expect(frames(lines)).toHaveLength(1);
  });

  // virtio 1.3, 2.7.5.3.2, 2.7.4, 2.8.5: a device MUST take these.
  it.each([
    ["a descriptor, then a table", "one descriptor", 100],
    ["two descriptors, then a table", undefined, 200],
    ["a chain of 257 descriptors", undefined, 300],
    ["packed: a table as long as the ring", "one descriptor", 100],
    ["packed: a chain of 257 descriptors", undefined, 300],
  ])("%s: its packet comes whole", async (name, same, length) => {
    const seen = frames((await played(name, false)).lines);
    expect(seen.some((frame) => frame.startsWith(`${length} `))).toBe(true);
    if (same !== undefined) expect(seen[0]).toBe(frames((await played(same, true)).lines)[0]);
  });

  it("num_buffers is 1 without mergeable buffers (5.1.6.4.1)", async () => {
    for (const name of ["an rx buffer without mergeable buffers", "an rx buffer whose header is cut, not mergeable"])
      for (const line of (await played(name, false)).lines) expect(line).toContain("(000000000000000000000100 ");
  });

  it("with EVENT_IDX a call comes for the entry asked for and for no other (2.7.7.1)", async () => {
    const name = "EVENT_IDX: used_event 3, packets one by one; the ring disabled between";
    const calls = (await played(name, false)).lines.slice(0, 6).map((line) => line.at(-3));
    expect(calls.join("")).toBe("000100");
  });

  it("what comes by a disabled tx ring is consumed and dropped (vhost-user, Ring states)", async () => {
    for (const layout of ["split", "packed"]) {
      const { lines, counted } = await played(`${layout}: a tx ring disabled and enabled again`, false);
      expect(counted).toBe("rx ring_disabled 2");
      expect(lines[1]).toMatch(/^disabled: tx .*[12]:.*; rx -; calls 0 0$/);
      expect(frames(lines)).toHaveLength(2);
    }
  });

  it("GET_VRING_BASE stops its ring only (vhost-user, Starting and stopping rings)", async () => {
    for (const layout of ["split", "packed"]) {
      expect(frames((await played(`${layout}: GET_VRING_BASE of the rx ring`, false)).lines)).toHaveLength(2);
      expect((await played(`${layout}: GET_VRING_BASE of the rx ring`, false)).lines[2]).not.toContain("tx -");
    }
  });
});

describe("a guest that is moved", () => {
  /** The frames that came back, and what was marked. */
  const seen = (lines: readonly string[]): string[] =>
    lines.flatMap((line) => (line.startsWith("marked") ? [line] : frames([line])));

  it.each(LOG_CASES)("$name: as DPDK's, with and without --dpdk-quirks", async ({ name }) => {
    const [, ...real] = recordedQuirks()[name]!;
    expect(seen((await played(name, false)).lines)).toEqual(seen(real));
    expect(seen(real).length).toBeGreaterThan(1);
  });

  // It marks 16 bytes an entry from the address that the front-end gives for the used ring: QEMU's is that of the device's event area (page 3).
  it.each(PACKED_LOG_CASES)("$name: the descriptors' own pages (1), where DPDK marks others", async ({ name }) => {
    const [, ...real] = recordedQuirks()[name]!;
    const right = seen(real).map((line) => line.replace(/^marked 3 23/, "marked 1 21"));
    for (const quirks of [false, true]) expect(seen((await played(name, quirks)).lines)).toEqual(right);
  });
});
