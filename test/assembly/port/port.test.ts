import { describe, expect, it } from "vitest";
import * as ports from "../../../assembly/abi/ports.ts";
import { MAKE_PORT } from "../../support/ports.ts";
import { type Claim, portSuite } from "./port.suite.ts";

const HANDED_IN = "the test hands packets in by the ring's other end, which no counter calls received";
const SKIPPED: Record<string, Partial<Record<Claim, string>>> = {
  NULL: {
    "rx keeps bytes and order": "its frames are whatever the mbufs held",
    "an empty rx counts nothing": "it always has frames",
    "tx takes a prefix and leaves the rest alone": "it takes everything",
    "tx keeps bytes and order": "nothing comes out",
    "tx free says how many are taken": "it takes everything",
    "rx waiting says how many come": "frames are made when asked for",
  },
  NIC: {},
  PCAP: {
    "tx takes a prefix and leaves the rest alone": "a file takes everything",
    "tx free says how many are taken": "a file takes everything",
    "rx waiting says how many come": "records of a file have not entered before they are read",
  },
  RING: { "the ledger is balanced at every step": HANDED_IN },
  VHOST: { "the ledger is balanced at every step": HANDED_IN },
  VIRTIO: { "the ledger is balanced at every step": HANDED_IN },
};

it("every kind of abi/ports has a port in the suite", () => {
  const kinds = Object.keys(ports).map((name) => name.slice("PORT_".length));
  expect(Object.keys(MAKE_PORT).sort()).toEqual(kinds.sort());
});

describe("every kind of port", () => {
  for (const [i, [kind, make]] of Object.entries(MAKE_PORT).entries())
    portSuite(kind, make, SKIPPED[kind] ?? {}, 100 + i);
});
