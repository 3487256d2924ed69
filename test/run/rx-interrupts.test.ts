// `--rx-interrupts`: guests' lcores sleep instead of polling. What leaves is what leaves otherwise, the ledger balances, and the report says how often and
// how long they slept.
import { describe, expect, it } from "vitest";
import { replay } from "../../src/node/index.ts";

const FLOWS = new URL("../../pcaps/in/flows60.pcap", import.meta.url).pathname;
const PDUMP = new URL("../../pcaps/pdump_rx.pcap", import.meta.url).pathname;

describe.each(["split", "packed"])("%s rings", (ring) => {
  it.each([
    ["pvp", 1, true],
    ["pvp", 4, true],
    ["pvvp:2", 2, false],
    ["pvpv:2", 2, true],
    ["loopback", 1, false],
  ] as const)("%s with %i queues: a packet every 100 us is a wake-up a guest", async (topology, queues, mergeable) => {
    const options = { captures: [FLOWS], topology, queues, mergeable, ring, speed: "10kpps", switch: "wire" } as const;
    const [polled, slept] = [await replay(options), await replay({ ...options, rxInterrupts: true })];
    expect(slept.egress_sha256).toBe(polled.egress_sha256);
    expect(slept.ports).toEqual(polled.ports);
    expect(slept.ledger).toEqual(polled.ledger);
    const guests = slept.lcores.filter(({ name }) => name !== "host");
    const hops = topology === "pvvp:2" ? 2 : 1;
    const woken = Object.values(slept.rx_interrupts ?? {}).reduce((sum, vector) => sum + vector.woken, 0);
    expect(woken).toBe(256 * hops);
    // each is up for a few us of the 100
    for (const { slept_ns = 0 } of guests) expect(slept_ns / slept.virtual_ns).toBeGreaterThan(0.95);
    expect(guests.reduce((sum, { sleeps = 0 }) => sum + sleeps, 0)).toBe(woken + guests.length);
  });
});

describe("the report", () => {
  it("has no interrupts where guests poll", async () => {
    const { rx_interrupts, lcores } = await replay({ captures: [PDUMP], switch: "wire" });
    expect({ rx_interrupts, sleeps: lcores.map(({ sleeps }) => sleeps) }).toEqual({ sleeps: [undefined, undefined] });
  });

  it("packets back to back are few wake-ups, and the device's further calls wake nobody", async () => {
    const { rx_interrupts } = await replay({ captures: [FLOWS], speed: "max", switch: "wire", rxInterrupts: true });
    const { raised = 0, woken = 0 } = rx_interrupts?.["vm0.eth0/0"] ?? {};
    expect(woken).toBeLessThanOrEqual(2);
    expect(raised).toBeGreaterThan(woken);
  });

  it("is the same, byte for byte, with another seed, and again", async () => {
    const options = { captures: [PDUMP], rxInterrupts: true } as const;
    const [one, two, three] = [await replay(options), await replay({ ...options, seed: 7 }), await replay(options)];
    expect(JSON.stringify({ ...two, seed: 1 })).toBe(JSON.stringify(one));
    expect(JSON.stringify(three)).toBe(JSON.stringify(one));
  });

  it.each(["io", "macswap", "rxonly", "noisy", "icmpecho"])("%s: every packet is accounted for", async (fwdMode) => {
    const { ledger } = await replay({ captures: [PDUMP], fwdMode, switch: "wire", rxInterrupts: true });
    expect(ledger.received).toBe(124);
    expect(ledger.sent + ledger.consumed + ledger.dropped + ledger.queued).toBe(124);
    expect(ledger.queued).toBe(0);
  });
});

it("a topology without guests is refused", async () => {
  await expect(replay({ captures: [FLOWS], topology: "p2p", switch: "wire", rxInterrupts: true })).rejects.toThrow(
    "rx-interrupts: found p2p, expected a topology with guests",
  );
});
