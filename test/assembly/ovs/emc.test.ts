// The EMC's choice of a victim, key by key with hashes as one likes: emc_insert of lib/dpif-netdev.c. That its hits over many keys are real
// OVS's is tested in recorded-runs.test.ts.
import { beforeEach, describe, expect, it } from "vitest";
import { EM_FLOW_HASH_ENTRIES, FLOW_KEY_BYTES } from "../../../assembly/abi/ovs.ts";
import { OvsFlows } from "../../../src/wasm/ovs-flows.ts";
import { freshMachine } from "../../support/engine.ts";
import { ofSource } from "../../support/ovs-pmd.ts";

/** Hashes with slots A 5 and B 9, which differ in the top bits alone. */
const SLOTS = 5 | (9 << 13);
const hashOf = (top: number): number => (SLOTS | (top << 26)) >>> 0;

let insert: (key: number, hash: number, alive?: boolean) => void;
let holds: (key: number, hash: number) => boolean;

beforeEach(() => {
  const { engine, arena } = freshMachine();
  const pmd = new OvsFlows(engine, arena);
  const emc = arena.allocate(EM_FLOW_HASH_ENTRIES * FLOW_KEY_BYTES, "an EMC");
  const table = arena.allocate(64, "no table");
  const key = arena.allocate(FLOW_KEY_BYTES, "a key");
  const result = arena.allocate(64, "a result");
  let flows = 0;
  const write = (value: number, hash: number): void => {
    arena.bytes.fill(0, key, key + FLOW_KEY_BYTES);
    arena.u32(key, 2).set([hash, 1]);
    arena.u64(key + 16, 3).set([1n, 0n, BigInt(value)]);
  };
  insert = (value, hash, alive = true) => {
    const flow = ofSource(flows++);
    const megaflow = pmd.addFlow(flow.key, flow.mask);
    write(value, hash);
    engine.emcInsert(emc, table, key, megaflow);
    if (!alive) pmd.deleteFlow(megaflow);
  };
  holds = (value, hash) => {
    write(value, hash);
    return engine.emcLookup(emc, key, 1, result) === 0;
  };
});

describe("ovs/emc", () => {
  it("of two keys with one hash the first takes slot A, the second slot B, the third evicts A", () => {
    const hash = hashOf(1);
    insert(1, hash);
    insert(2, hash);
    expect([1, 2].map((key) => holds(key, hash))).toEqual([true, true]);
    insert(3, hash);
    expect([1, 2, 3].map((key) => holds(key, hash))).toEqual([false, true, true]);
  });

  it("of two live entries the one with the smaller hash goes", () => {
    insert(1, hashOf(2));
    insert(2, hashOf(1));
    insert(3, hashOf(3));
    expect([holds(1, hashOf(2)), holds(2, hashOf(1)), holds(3, hashOf(3))]).toEqual([true, false, true]);
  });

  it("a dead entry in slot B goes before a live one of a smaller hash in slot A", () => {
    insert(1, hashOf(1));
    insert(2, hashOf(2), false);
    insert(3, hashOf(3));
    expect([holds(1, hashOf(1)), holds(3, hashOf(3))]).toEqual([true, true]);
  });

  it("a live entry in slot B goes before a dead one in slot A when its hash is smaller", () => {
    insert(1, hashOf(2), false);
    insert(2, hashOf(1));
    insert(3, hashOf(3));
    expect([holds(2, hashOf(1)), holds(3, hashOf(3))]).toEqual([false, true]);
  });

  it("the same key again keeps its slot", () => {
    insert(1, hashOf(1));
    insert(2, hashOf(1));
    insert(2, hashOf(1));
    expect([holds(1, hashOf(1)), holds(2, hashOf(1))]).toEqual([true, true]);
  });

  it("slots A and B may be the same", () => {
    const same = 5 | (5 << 13);
    insert(1, same);
    insert(2, same);
    expect([holds(1, same), holds(2, same)]).toEqual([false, true]);
  });
});
