// upcalls - between the datapath and ofproto: what a packet without a megaflow asks, and the megaflows of all threads as revalidators see them
// (ofproto/ofproto-dpif-upcall.c of OVS 3.1). A megaflow carries the number that its upcall gave it.
import type { Backer } from "../ofproto/backer.ts";
import type { DatapathFlow, DatapathFlows, RevalidatorSettings } from "../ofproto/revalidator.ts";
import { Flow } from "../openflow/flow.ts";
import { formatOdpFlow } from "../openflow/format-odp-flow.ts";
import type { DatapathAction } from "../wasm/ovs-actions.ts";
import type { Megaflow, MegaflowStats, OvsDatapath, OvsPmd, Upcall, UpcallDecision } from "../wasm/ovs-datapath.ts";
import type { Translations } from "./translations.ts";

const PS_PER_MS = 1_000_000_000n;
const NOTHING: UpcallDecision = { actions: [], install: false };

const NO_WORDS = new Uint32Array();

/** The words of a flow that are not zero, each behind its place. */
function packed({ words }: Flow): Uint32Array {
  let n = 0;
  for (let i = 0; i < words.length; i++) if (words[i] !== 0) n++;
  const pairs = new Uint32Array(2 * n);
  for (let i = 0, at = 0; i < words.length; i++) {
    if (words[i] === 0) continue;
    pairs[at++] = i;
    pairs[at++] = words[i]!;
  }
  return pairs;
}

/** A megaflow while it is visited; its key and mask are read when they are asked for. */
class Visited implements DatapathFlow {
  readonly id: number;
  readonly packets: number;
  readonly bytes: number;
  readonly tcpFlags: number;
  readonly usedMs: number | undefined;
  readonly flow: Megaflow;
  readonly pmd: OvsPmd;
  private readonly words: Uint32Array;
  private image: { readonly key: Flow; readonly mask: Flow } | undefined;

  /** words: the whole key, packed */
  constructor(pmd: OvsPmd, words: Uint32Array, { flow, cookie, packets, bytes, tcpFlags, usedMs }: MegaflowStats) {
    this.pmd = pmd;
    this.words = words;
    this.flow = flow;
    this.id = cookie;
    this.packets = packets;
    this.bytes = bytes;
    this.tcpFlags = tcpFlags;
    this.usedMs = usedMs;
  }

  private get both(): { readonly key: Flow; readonly mask: Flow } {
    if (this.image === undefined) {
      const { key, mask } = this.pmd.readFlow(this.flow);
      this.image = { key: new Flow(), mask: new Flow() };
      this.image.key.bytes.set(key);
      this.image.mask.bytes.set(mask);
      const { words } = this;
      for (let i = 0; i < words.length; i += 2) this.image.key.words[words[i]!] = words[i + 1]!;
    }
    return this.image;
  }

  get key(): Flow {
    return this.both.key;
  }

  get mask(): Flow {
    return this.both.mask;
  }
}

/** A megaflow as a dump shows it. */
export interface DumpedFlow extends DatapathFlow {
  readonly actions: readonly DatapathAction[];
  /** Words of its mask in either half of the map. */
  miniflowBits(): readonly [number, number];
}

export class Upcalls implements DatapathFlows {
  private readonly backer: Backer;
  private readonly datapath: OvsDatapath;
  private readonly flow = new Flow();
  private readonly actions = new Map<number, readonly DatapathAction[]>();
  /** Whole keys of the packets that asked, packed: dumps and translations see more of them than megaflows match on. */
  private readonly keys = new Map<number, Uint32Array>();

  private readonly translations: Translations | undefined;

  /** translations: gets what upcalls come to, in words */
  constructor(backer: Backer, datapath: OvsDatapath, translations?: Translations) {
    this.backer = backer;
    this.datapath = datapath;
    this.translations = translations;
  }

  configure(settings: RevalidatorSettings): void {
    this.backer.revalidator.configure(settings);
  }

  decide(upcall: Upcall): UpcallDecision | undefined {
    const { backer, flow } = this;
    const nowMs = Number(upcall.nowPs / PS_PER_MS);
    flow.words.set(upcall.key);
    if (upcall.kind === "action") {
      if (upcall.action?.reason !== "slow_path") return NOTHING;
      const { known, actions } = backer.slowPath(flow, upcall.packet, nowMs);
      return known ? { actions, install: false } : undefined;
    }
    const trace = this.translations && [];
    const result = backer.upcall(flow, upcall.packet, nowMs, trace);
    if (!result.known) return undefined;
    const { actions, putActions, cacheable: install, id } = result;
    if (trace !== undefined) {
      const text = formatOdpFlow(flow, result.wildcards);
      this.translations?.add(upcall.packetNumber, trace, text, install ? id : undefined);
    }
    if (!install) return { actions, install };
    upcall.mask.set(result.wildcards.words);
    this.actions.set(id, putActions);
    this.keys.set(id, packed(flow));
    return { actions, putActions, install, cookie: id };
  }

  each(visit: (flow: DatapathFlow) => void): void {
    for (const pmd of this.datapath.pmds) for (const stats of pmd.flowStats()) visit(this.visited(pmd, stats));
  }

  private visited(pmd: OvsPmd, stats: MegaflowStats): Visited {
    return new Visited(pmd, this.keys.get(stats.cookie) ?? NO_WORDS, stats);
  }

  modify(flow: DatapathFlow, actions: readonly DatapathAction[]): void {
    if (!(flow instanceof Visited)) return;
    this.actions.set(flow.id, actions);
    flow.pmd.modifyFlow(flow.flow, actions, flow.id);
  }

  remove(flow: DatapathFlow): void {
    if (!(flow instanceof Visited)) return;
    this.actions.delete(flow.id);
    this.keys.delete(flow.id);
    flow.pmd.deleteFlow(flow.flow);
  }

  /** What a thread has. */
  *dump(pmd: OvsPmd): Generator<DumpedFlow> {
    for (const stats of pmd.flowStats()) {
      const { id, key, mask, packets, bytes, tcpFlags, usedMs } = this.visited(pmd, stats);
      const miniflowBits = (): readonly [number, number] => pmd.describe(stats.flow).miniflowBits;
      yield { id, key, mask, packets, bytes, tcpFlags, usedMs, actions: this.actions.get(id) ?? [], miniflowBits };
    }
  }

  /** Puts a megaflow there, as dpctl does; revalidators look at it as at their own. @throws UsageError when there is no room */
  put(pmd: OvsPmd, key: Flow, mask: Flow, actions: readonly DatapathAction[]): void {
    const { revalidator } = this.backer;
    const id = revalidator.expect(actions, [], revalidator.revision);
    this.actions.set(id, actions);
    this.keys.set(id, packed(key));
    pmd.putFlow(
      key.words.map((word, i) => word & mask.words[i]!),
      mask.words,
      actions,
      id,
    );
  }

  /** The megaflow of a key and a mask. */
  find(pmd: OvsPmd, key: Flow, mask: Flow): DatapathFlow | undefined {
    for (const stats of pmd.flowStats()) {
      const flow = this.visited(pmd, stats);
      if (flow.mask.equals(mask) && flow.key.equals(key)) return flow;
    }
    return undefined;
  }

  get flowCount(): number {
    return this.datapath.pmds.reduce((sum, pmd) => sum + pmd.flowCount, 0);
  }

  /** Timeouts and revalidation that are due. */
  run(nowMs: number): void {
    this.backer.run(nowMs, this);
  }

  /** revalidator/wait */
  revalidate(nowMs: number): void {
    this.backer.nowMs = nowMs;
    this.backer.revalidator.runNow(this);
  }

  /** revalidator/purge: all megaflows go. */
  purge(nowMs: number): void {
    this.backer.nowMs = nowMs;
    this.backer.revalidator.purge(this);
  }

  /** A thread has ended: its megaflows go with it. */
  flush(pmd: OvsPmd): void {
    for (const stats of pmd.flowStats()) this.remove(this.visited(pmd, stats));
  }
}
