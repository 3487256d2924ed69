// translations - for traced runs: the rules that each upcall's packet met, and the megaflow that came of it, in words.
import type { TraceNode } from "../ofproto/xlate-trace.ts";

export class Translations {
  /** By the megaflow's cookie. */
  private readonly megaflows = new Map<number, string>();
  /** By the packet's number: of its upcalls, in order, that nobody has read yet. */
  private readonly upcalls = new Map<number, string[]>();

  /** cookie: of the megaflow that is installed; undefined: none is */
  add(packet: number, trace: readonly TraceNode[], megaflow: string, cookie: number | undefined): void {
    const rules = rulesOf(trace).join("; ") || "no rule";
    if (cookie !== undefined) this.megaflows.set(cookie, rules);
    const outcome = cookie === undefined ? "no megaflow" : `megaflow ${cookie}: ${megaflow}`;
    const waiting = this.upcalls.get(packet);
    if (waiting === undefined) this.upcalls.set(packet, [`${rules}; ${outcome}`]);
    else waiting.push(`${rules}; ${outcome}`);
  }

  /** The rules that a megaflow stands for. */
  ofMegaflow(cookie: number): string | undefined {
    return this.megaflows.get(cookie);
  }

  /** What the packet's next upcall came to. */
  nextUpcall(packet: number): string | undefined {
    return this.upcalls.get(packet)?.shift();
  }
}

/** Bridges and tables in the order of the way: `br0 table 0: in_port=1, priority 32768`. */
function rulesOf(nodes: readonly TraceNode[], bridge = ""): string[] {
  return nodes.flatMap((node) => {
    if (node.type === "bridge") return rulesOf(node.subs, `${/"(.*)"/.exec(node.text)?.[1] ?? ""} `);
    const [, table, rule] = (node.type === "table" && /^ *(\d+)\. (.*)$/.exec(node.text)) || [];
    const deeper = rulesOf(node.subs, bridge);
    return table === undefined ? deeper : [`${bridge}table ${table}: ${rule}`, ...deeper];
  });
}
