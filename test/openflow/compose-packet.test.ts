// Packets as ovs-ofctl compose-packet of OVS 3.1 made them from flows, and its text of those flows.
import { describe, expect, it } from "vitest";
import { composePacket } from "../../src/openflow/compose-packet.ts";
import { formatPacketFlow } from "../../src/openflow/format-packet-flow.ts";
import { parsePacketFlow } from "../../src/openflow/parse-packet-flow.ts";
import { outcome, recorded } from "./recorded.ts";

interface ComposedPacket {
  readonly flow: string;
  /** In hexadecimal. */
  readonly payload?: string;
  readonly error?: string;
  readonly packet?: string;
  readonly text?: string;
}

const cases = recorded<ComposedPacket[]>("compose-packet");

function ours({ flow, payload, text }: ComposedPacket): ComposedPacket {
  const given = { flow, ...(payload === undefined ? {} : { payload }) };
  const parsed = outcome(() => parsePacketFlow(flow));
  if ("error" in parsed) return { ...given, error: parsed.error };
  const bytes = payload === undefined ? undefined : Uint8Array.from(Buffer.from(payload, "hex"));
  const packet = Buffer.from(composePacket(parsed.value, bytes)!).toString("hex");
  return { ...given, packet, ...(text === undefined ? {} : { text: formatPacketFlow(parsed.value) }) };
}

describe("packets of flows", () => {
  it("are those that ovs-ofctl composes", () => {
    expect(cases.length).toBeGreaterThan(180);
    const pairs = cases.map((real) => [ours(real), real] as const);
    const odd = pairs.filter(([mine, real]) => JSON.stringify(mine) !== JSON.stringify(real));
    expect(odd.map(([mine]) => mine)).toEqual(odd.map(([, real]) => real));
  });
});
