// Datapath flows as ofproto/trace and dpctl/add-flow of OVS 3.1 read them, and as dpctl/dump-flows -m printed those
// that were added.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { formatDatapathFlow } from "../../src/openflow/format-dp-flow.ts";
import { formatOdpFlow } from "../../src/openflow/format-odp-flow.ts";
import { formatPacketFlow } from "../../src/openflow/format-packet-flow.ts";
import { parseOdpActions } from "../../src/openflow/parse-odp-actions.ts";
import { type ParsedOdpFlow, parseOdpFlow } from "../../src/openflow/parse-odp-flow.ts";
import { outcome, recorded } from "./recorded.ts";

type Answer = string | { readonly error: string };

interface OdpFlow {
  readonly text: string;
  readonly traced: Answer;
  readonly added: Answer;
}

const PORTS: Readonly<Record<string, number>> = { p1: 1, p2: 2, p3: 3 };
const portName = (port: number) => Object.keys(PORTS).find((name) => PORTS[name] === port);
/** Has its own refusal. */
const isModelled = ({ text }: OdpFlow): boolean => !text.startsWith("tunnel");
/** Forms that the reference prints, but cannot read; and of a key's flags behind a mask of none nothing is printed. */
const UNREADABLE = /eth_type\(0\/0xffff\)|nsh\(|tcp_flags\(0\/0\)/;
const LINE =
  /^(.*), packets:(\d+), bytes:(\d+)(?:, flags:([^,]+))?, dp:ovs, actions:(.*), dp-extra-info:(miniflow_bits\(\d+,\d+\))$/;
const cases = recorded<OdpFlow[]>("odp-flows");
const parsed = (text: string) => outcome(() => parseOdpFlow(text, { port: (name) => PORTS[name], vlanLimit: 1 }));

/** An error shows the key as it was written, where the reference prints it anew. */
const shown = (answer: Answer): Answer =>
  typeof answer === "string" ? answer : { error: answer.error.replace(/; the flow key in error is: .*/, "") };

/** What is told by the text itself: whether there is such a port is the switch's matter. */
function traced(own: { readonly value: ParsedOdpFlow } | { readonly error: string }, real: Answer): Answer {
  if ("error" in own) return own.error.startsWith("syntax error") ? { error: "ovs-dummy: unknown bridge" } : own;
  if (typeof real !== "string" && real.error.startsWith("no ")) return real;
  return `Flow: ${formatPacketFlow(own.value.flow)}`;
}

function added(own: { readonly value: ParsedOdpFlow } | { readonly error: string }): Answer {
  if ("error" in own && own.error.startsWith("syntax error")) {
    return { error: `ovs-vswitchd-dpdk: parsing flow key (${own.error}) (Invalid argument)` };
  }
  if ("error" in own || !own.value.isMegaflow) {
    return { error: "ovs-vswitchd-dpdk: updating flow table (Invalid argument)" };
  }
  return formatOdpFlow(own.value.flow, own.value.mask, { portName, verbose: true, vlanLimit: 1 });
}

describe("datapath flows", () => {
  it("are packets to ofproto/trace", () => {
    const mine = cases.filter(isModelled).map(({ text, traced: real }) => [text, shown(traced(parsed(text), real))]);
    expect(mine).toEqual(cases.filter(isModelled).map(({ text, traced: real }) => [text, shown(real)]));
  });

  it("are megaflows to dpctl", () => {
    // without any attribute there is no mask, so all is matched on
    const some = cases.filter(({ text }) => text !== "");
    expect(some.map(({ text }) => [text, added(parsed(text))])).toEqual(
      some.map(({ text, added: real }) => [text, real]),
    );
  });

  it("are printed as they were read", () => {
    const zipped = readFileSync(new URL("../recorded/ovs/exact.txt.gz", import.meta.url));
    const lines = gunzipSync(zipped)
      .toString()
      .split("\n")
      .filter((line) => line !== "" && !UNREADABLE.test(line));
    expect(lines.length).toBeGreaterThan(100);
    const again = lines.map((line) => {
      const { flow, mask } = parseOdpFlow(line, { port: (name) => PORTS[name], vlanLimit: 2 });
      return formatOdpFlow(flow, mask, { portName, verbose: true, vlanLimit: 2 });
    });
    expect(again).toEqual(lines);
  });

  it("are lines of dpctl/dump-flows with what they counted", () => {
    const file = new URL("../recorded/ovs/runs.json", import.meta.url);
    const runs = JSON.parse(readFileSync(file, "utf8")) as { readonly flows: readonly string[] }[];
    const lines = [...new Set(runs.flatMap(({ flows }) => flows))].filter((line) => !UNREADABLE.test(line));
    expect(lines.length).toBeGreaterThan(100);
    const again = lines.map((line) => {
      const [, key = "", packets = "", bytes = "", flags = "", actions = "", extraInfo = ""] = LINE.exec(line) ?? [];
      const { flow, mask } = parseOdpFlow(key, { port: (name) => PORTS[name] });
      const tcpFlags = [...flags].reduce((all, letter) => all | (1 << "FSRP.UECN".indexOf(letter)), 0);
      const stats = { packets: BigInt(packets), bytes: BigInt(bytes), tcpFlags, extraInfo };
      const own = { key: flow, mask, ...stats, actions: parseOdpActions(actions, (name) => PORTS[name]) };
      // what the recorder leaves out
      const text = formatDatapathFlow(own, { portName, verbose: true, vlanLimit: 1 });
      return text.replace(/^skb_priority.*?ct_label\(0\/0\),/, "").replace(", used:never", "");
    });
    expect(again).toEqual(lines);
  });

  it("do not know of tunnels", () => {
    expect(parsed("tunnel(tun_id=5),in_port(1)")).toEqual({ error: "tunnel: found in a datapath flow, expected none" });
  });
});
