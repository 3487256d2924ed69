// rxq-scheduling - which PMD thread polls which rx queue (rxq_scheduling and its helpers in lib/dpif-netdev.c): 3.1's algorithms cycles,
// roundrobin and group, with pinning, isolation and other NUMA nodes; 2.7's, which leaves queues unpolled. Pure: it says what to log.
import { type Cpu, nodeOrder } from "./cpu-set.ts";
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
  /** Only to see what would be: said in debug lines. */
  readonly isDryRun?: boolean;
}

const MODULE = "dpif_netdev";

/** The threads of each node: nodes in their map's order, threads by core. */
function nodesOf<Need extends RxqNeed>(shares: readonly Share<Need>[]): Node<Need>[] {
  return nodeOrder(shares.map(({ cpu }) => cpu)).map(
    (numa) =>
      new Node(
        numa,
        shares.filter(({ cpu }) => cpu.numa === numa),
      ),
  );
}

const padded = (core: number): string => String(core).padStart(2);

/** What is said of one queue: cycles where the algorithm measures them. */
class Words {
  private readonly log: Log;
  private readonly assignment: Assignment;
  private readonly isDryRun: boolean;

  constructor(log: Log, { assignment, isDryRun = false }: SchedulingOptions) {
    this.log = log;
    this.assignment = assignment;
    this.isDryRun = isDryRun;
  }

  private say(text: string): void {
    if (this.isDryRun) this.log.debug(MODULE, text);
    else this.log.info(MODULE, text);
  }

  private warn(text: string): void {
    if (this.isDryRun) this.log.debug(MODULE, text);
    else this.log.warn(MODULE, text);
  }

  private measured({ cycles }: RxqNeed): string {
    return this.assignment === "roundrobin" ? "" : ` (measured processing cycles ${cycles})`;
  }

  begin(): void {
    if (!this.isDryRun)
      this.log.info(MODULE, `Performing pmd to rx queue assignment using ${this.assignment} algorithm.`);
  }

  pinned({ core, numa }: Cpu, need: RxqNeed): void {
    const queue = `port '${need.port}' rx queue ${need.queue}`;
    this.say(`Core ${padded(core)} on numa node ${numa} is pinned with ${queue}${this.measured(need)}`);
  }

  assigned({ core, numa }: Cpu, need: RxqNeed): void {
    const queue = `port '${need.port}' rx queue ${need.queue}`;
    this.say(`Core ${padded(core)} on numa node ${numa} assigned ${queue}${this.measured(need)}.`);
  }

  crossed({ numa, port, queue }: RxqNeed, to: number): void {
    const none = `There's no available (non-isolated) pmd thread on numa node ${numa}.`;
    const instead = `Port '${port}' rx queue ${queue} will be assigned to a pmd on numa node ${to}.`;
    this.say(`${none} ${instead} This may lead to reduced performance.`);
  }

  unpinnable({ port, queue }: RxqNeed, core: number): void {
    const what = `Core ${padded(core)} cannot be pinned with port '${port}' rx queue ${queue}.`;
    this.warn(`${what} Use pmd-cpu-mask to enable a pmd on core ${core}. An alternative core will be assigned.`);
  }

  unpolled(need: RxqNeed): void {
    const what = `port '${need.port}' rx queue ${need.queue}${this.measured(need)}`;
    this.warn(`No non-isolated pmd on any numa available for ${what}. This rx queue will not be polled.`);
  }
}

/** 3.1's. @returns each thread's queues, by core */
export function scheduleRxqs<Need extends RxqNeed>(
  needs: readonly Need[],
  cpus: readonly Cpu[],
  options: SchedulingOptions,
  log: Log,
): Placement<Need>[] {
  const { assignment, isolate } = options;
  const words = new Words(log, options);
  const shares = [...cpus]
    .sort((a, b) => a.core - b.core)
    .map((cpu): Share<Need> => ({ cpu, isolated: false, rxqs: [], cycles: 0n }));
  const nodes = nodesOf(shares);
  const give = (share: Share<Need>, need: Need): void => {
    share.rxqs.push(need);
    share.cycles += need.cycles;
  };
  const waiting: Need[] = [];
  for (const need of needs) {
    const { pinned } = need;
    const share = pinned === undefined ? undefined : shares.find(({ cpu }) => cpu.core === pinned);
    if (share === undefined) {
      if (pinned !== undefined) words.unpinnable(need, pinned);
      waiting.push(need);
      continue;
    }
    give(share, need);
    if (isolate) share.isolated = true;
    words.pinned(share.cpu, need);
  }
  if (waiting.length === 0) return shares;
  if (assignment !== "roundrobin") waiting.sort(byCycles);
  words.begin();
  let crossed = -1;
  for (const need of waiting) {
    const local = nodes.find(({ numa }) => numa === need.numa);
    let node = local?.hasFree ? local : undefined;
    if (node === undefined && nodes.some(({ hasFree }) => hasFree)) {
      crossed = nextCrossed(nodes, crossed);
      node = nodes[crossed]!;
    }
    const share = assignment === "group" ? node?.least(need.cycles === 0n) : node?.next(assignment === "cycles");
    if (share === undefined) {
      words.unpolled(need);
      continue;
    }
    if (share.cpu.numa !== need.numa) words.crossed(need, share.cpu.numa);
    give(share, need);
    words.assigned(share.cpu, need);
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
  const shares = [...cpus]
    .sort((a, b) => a.core - b.core)
    .map((cpu): Share<Need> => ({ cpu, isolated: false, rxqs: [], cycles: 0n }));
  for (const need of needs) {
    if (need.pinned === undefined) continue;
    const share = shares.find(({ cpu }) => cpu.core === need.pinned);
    if (share === undefined) {
      const what = `Queue ${need.queue} on port '${need.port}' will not be polled.`;
      log.warn(MODULE, `There is no PMD thread on core ${need.pinned}. ${what}`);
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
        MODULE,
        `There's no available (non isolated) pmd thread on numa node ${need.numa}. Queue ${need.queue} on port '${need.port}' will not be polled.`,
      );
  }
  return shares;
}
