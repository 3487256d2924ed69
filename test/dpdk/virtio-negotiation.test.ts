// What net_virtio_user and a device agree on: the model against what the real driver of 22.11 said of 44 pairs (on a machine with AVX-512).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { modelNegotiation, type NegotiationCase, type NegotiationResult } from "../support/negotiations.ts";

const file = new URL("../recorded/negotiations.json", import.meta.url);
const rows = JSON.parse(readFileSync(file, "utf8")) as (NegotiationCase & NegotiationResult)[];

describe("a negotiation", () => {
  it.each(rows)("$device with $args, SIMD $simd, $app", ({ device, args, simd, app, ...recorded }) => {
    expect(modelNegotiation({ device, args, simd, app }, true)).toEqual(recorded);
  });
});
