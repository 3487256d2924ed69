// rxq-scheduling - which PMD thread polls which rx queue (rxq_scheduling and its helpers in lib/dpif-netdev.c): 3.1's algorithms cycles,
// roundrobin and group, with pinning, isolation and other NUMA nodes; 2.7's, which leaves queues unpolled. Pure: it says what to log.
import type { Cpu } from "./cpu-set.ts";
import type { Log } from "./log.ts";

export type Assignment = "cycles" | "roundrobin" | "group";

/** An rx queue that wants a thread. */
export interface RxqNeed {
  readonly port: string;
  /** Datapath port number. */
  readonly number: number;
  readonly queue: number;
  readonly numa: number;
  /** Core of pmd-rxq-affinity; undefined: not pinned. */
  readonly pinned: number | undefined;
  /** Processing cycles of the last minute. */
  readonly cycles: bigint;
}

export interface Placement<Need extends RxqNeed> {
  readonly cpu: Cpu;
  isolated: boolean;
  readonly rxqs: Need[];
}

interface Share<Need extends RxqNeed> extends Placement<Need> {
  cycles: bigint;
}

/** A node's threads by core id, handed out one after the other. */
class Node<Need extends RxqNeed> {
  readonly numa: number;
  readonly threads: Share<Need>[];
  private index = 0;
  private rising = true;

  constructor(numa: number, threads: Share<Need>[]) {
    this.numa = numa;
    this.threads = threads;
  }

  get hasFree(): boolean {
    return this.threads.some(({ isolated }) => !isolated);
  }

  /** The next thread that is not isolated; upAndDown: 1, 2, 3, 3, 2, 1. */
  next(upAndDown: boolean): Share<Need> | undefined {
    for (let tries = 0; tries < 2 * this.threads.length; tries++) {
      const thread = this.threads[this.index]!;
      this.step(upAndDown);
      if (!thread.isolated) return thread;
    }
    return undefined;
  }

  private step(upAndDown: boolean): void {
    const last = this.threads.length - 1;
    if (!upAndDown) {
      this.index = this.index === last ? 0 : this.index + 1;
    } else if (this.rising) {
      if (this.index === last) this.rising = false;
      else this.index++;
    } else if (this.index === 0) this.rising = true;
    else this.index--;
  }

  /** The thread with the least to do: by cycles, or by queues for a queue that has none. */
  least(byQueues: boolean): Share<Need> | undefined {
    let best: Share<Need> | undefined;
    for (const thread of this.threads) {
      if (thread.isolated) continue;
      const less =
        best === undefined || (byQueues ? thread.rxqs.length < best.rxqs.length : thread.cycles < best.cycles);
      if (less) best = thread;
    }
    return best;
  }
}

export interface SchedulingOptions {
  readonly assignment: Assignment;
  /** pmd-rxq-isolate: pinned queues keep others off their core. */
  readonly isolate: boolean;
}

/** 3.1's. @returns each thread's queues, by core */
export function scheduleRxqs<Need extends RxqNeed>(
  needs: readonly Need[],
  cpus: readonly Cpu[],
  { assignment, isolate }: SchedulingOptions,
  log: Log,
): Placement<Need>[] {
  const module = "dpif_netdev";
  const shares = [...cpus]
    .sort((a, b) => a.core - b.core)
    .map((cpu): Share<Need> => ({ cpu, isolated: false, rxqs: [], cycles: 0n }));
  const nodes = [...new Set(shares.map(({ cpu }) => cpu.numa))]
    .sort((a, b) => a - b)
    .map(
      (numa) =>
        new Node(
          numa,
          shares.filter(({ cpu }) => cpu.numa === numa),
        ),
    );
  const say = (share: Share<Need>, need: Need, how: string): void => {
    const measured = how === "" ? ` (measured processing cycles ${need.cycles})` : how;
    const core = String(share.cpu.core).padStart(2);
    const text = `Core ${core} on numa node ${share.cpu.numa} assigned port '${need.port}' rx queue ${need.queue}${measured}.`;
    log.info(module, text);
  };
  const waiting: Need[] = [];
  for (const need of needs) {
    const { pinned } = need;
    const share = pinned === undefined ? undefined : shares.find(({ cpu }) => cpu.core === pinned);
    if (share === undefined) {
      if (pinned !== undefined) log.warn(module, unpinnable(need, pinned));
      waiting.push(need);
      continue;
    }
    share.rxqs.push(need);
    share.cycles += need.cycles;
    if (isolate) share.isolated = true;
    const core = String(share.cpu.core).padStart(2);
    log.info(
      module,
      `Core ${core} on numa node ${share.cpu.numa} assigned port '${need.port}' rx queue ${need.queue} (measured processing cycles ${need.cycles}).`,
    );
  }
  if (waiting.length === 0) return shares;
  if (assignment !== "roundrobin") waiting.sort(byCycles);
  log.info(module, `Performing pmd to rx queue assignment using ${assignment} algorithm.`);
  let crossed = -1;
  for (const need of waiting) {
    const local = nodes.find(({ numa }) => numa === need.numa);
    let node = local?.hasFree ? local : undefined;
    if (node === undefined) {
      const others = nodes.filter(({ hasFree }) => hasFree);
      if (others.length > 0) {
        crossed = nextCrossed(nodes, crossed);
        node = nodes[crossed]!;
        log.info(
          module,
          `There's no available (non-isolated) pmd thread on numa node ${need.numa}. Port '${need.port}' rx queue ${need.queue} will be assigned to a pmd on numa node ${node.numa}. This may lead to reduced performance.`,
        );
      }
    }
    const share = assignment === "group" ? node?.least(need.cycles === 0n) : node?.next(assignment === "cycles");
    const measured = assignment === "roundrobin" ? "" : ` (measured processing cycles ${need.cycles})`;
    if (share === undefined) {
      log.warn(
        module,
        `No non-isolated pmd on any numa available for port '${need.port}' rx queue ${need.queue}${measured}. This rx queue will not be polled.`,
      );
      continue;
    }
    share.rxqs.push(need);
    share.cycles += need.cycles;
    say(share, need, assignment === "roundrobin" ? " " : "");
  }
  return shares;
}

/** The next node that has a free thread, round and round. */
function nextCrossed(nodes: readonly Node<RxqNeed>[], last: number): number {
  for (let step = 1; step <= nodes.length; step++) {
    const at = (last + step) % nodes.length;
    if (nodes[at]!.hasFree) return at;
  }
  return last;
}

function unpinnable({ port, queue }: RxqNeed, core: number): string {
  const name = String(core).padStart(2);
  return `Core ${name} cannot be pinned with port '${port}' rx queue ${queue}. Use pmd-cpu-mask to enable a pmd on core ${core}. An alternative core will be assigned.`;
}

/** Most cycles first; ties by port number and queue. */
function byCycles(a: RxqNeed, b: RxqNeed): number {
  if (a.cycles !== b.cycles) return a.cycles > b.cycles ? -1 : 1;
  return a.number - b.number || a.queue - b.queue;
}

/** 2.7's: pinned queues first, the others round robin over the threads of their node that have none pinned. */
export function scheduleRxqs27<Need extends RxqNeed>(
  needs: readonly Need[],
  cpus: readonly Cpu[],
  log: Log,
): Placement<Need>[] {
  const module = "dpif_netdev";
  const shares = [...cpus]
    .sort((a, b) => a.core - b.core)
    .map((cpu): Share<Need> => ({ cpu, isolated: false, rxqs: [], cycles: 0n }));
  for (const need of needs) {
    if (need.pinned === undefined) continue;
    const share = shares.find(({ cpu }) => cpu.core === need.pinned);
    if (share === undefined) {
      const what = `Queue ${need.queue} on port '${need.port}' will not be polled.`;
      log.warn(module, `There is no PMD thread on core ${need.pinned}. ${what}`);
      continue;
    }
    share.rxqs.push(need);
    share.isolated = true;
  }
  const nodes = new Map<number, Node<Need>>();
  for (const { cpu } of shares)
    nodes.set(
      cpu.numa,
      new Node(
        cpu.numa,
        shares.filter((share) => share.cpu.numa === cpu.numa),
      ),
    );
  for (const need of needs) {
    if (need.pinned !== undefined) continue;
    const share = nodes.get(need.numa)?.next(false);
    if (share !== undefined) share.rxqs.push(need);
    else
      log.warn(
        module,
        `There's no available (non isolated) pmd thread on numa node ${need.numa}. Queue ${need.queue} on port '${need.port}' will not be polled.`,
      );
  }
  return shares;
}
