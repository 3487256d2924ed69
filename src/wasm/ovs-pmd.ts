// ovs-pmd - a thread of the userspace datapath on an lcore, with names: which receive queues it polls, and its upcalls.
import { PMD_MAIN, PMD_STATIC_TXQ } from "../../assembly/abi/ovs.ts";
import { ANSWER_EXECUTE, ANSWER_FAILED, ANSWER_INSTALL } from "../../assembly/abi/ovs-upcalls.ts";
import type { AskLine, PmdAnswer } from "./ask-line.ts";
import type { Machine } from "./machine.ts";
import { type FlowsHome, type FlowsOptions, OvsFlows } from "./ovs-flows.ts";
import type { OvsPort, OvsRxq } from "./ovs-port.ts";
import { type Decide, Upcall } from "./ovs-upcall.ts";

export interface PmdOptions extends FlowsOptions {
  /** The thread that polls what is no PMD port: it neither sorts subtables nor sweeps the EMC. */
  readonly main?: boolean;
}

export interface PmdHome extends FlowsHome {
  readonly machine: Machine;
  /** 2.7: a thread that gets other queues forgets its EMC. */
  readonly reloadEmptiesEmc: boolean;
}

/** Where the megaflow's actions are the packet's. */
const NO_LIST = { words: { length: 0 }, flags: 0, port: 0 } as const;

const PS_PER_US = 1_000_000n;

export class OvsPmd extends OvsFlows {
  readonly lcore: number;
  readonly main: boolean;
  private readonly machine: Machine;
  private readonly reloadEmptiesEmc: boolean;
  private readonly upcall: Upcall;
  private polled: readonly OvsRxq[] = [];
  private firstIteration = 0n;
  private firstSleep = { iterations: 0, ps: 0n };
  private readonly txPorts = new Map<number, number>();
  private readonly sleepAt: number;

  constructor(lcore: number, options: PmdOptions, home: PmdHome) {
    const { machine } = home;
    super(machine.engine, machine.arena, options, home);
    this.lcore = lcore;
    this.main = options.main ?? false;
    this.machine = machine;
    this.reloadEmptiesEmc = home.reloadEmptiesEmc;
    this.upcall = new Upcall(machine.arena, machine.engine.pmdQuestion(this.address) >>> 0, home.compiler);
    this.sleepAt = machine.arena.allocate(24, "scratch");
    this.set(PMD_MAIN, this.main ? 1 : 0);
  }

  /** Lets the thread send to a port. @returns linear address of its counters there */
  addPort(port: OvsPort): number {
    const { engine, arena } = this;
    let tx = this.txPorts.get(port.number);
    if (tx === undefined) {
      tx = arena.allocate(engine.txPortBytes() >>> 0, "a thread's port");
      this.txPorts.set(port.number, tx);
    }
    arena.bytes.fill(0, tx, tx + (engine.txPortBytes() >>> 0));
    engine.pmdAddPort(this.address, port.number, tx, port.address);
    return engine.txPortCounters(tx) >>> 0;
  }

  /** Its queues are polled no more, and what waits for it is sent. */
  removePort(port: OvsPort): void {
    if (this.polled.some((rxq) => rxq.port === port)) this.poll(this.polled.filter((rxq) => rxq.port !== port));
    this.engine.pmdRemovePort(this.lcore, this.address, port.number);
  }

  /** Polls these from now on, in this order. */
  poll(rxqs: readonly OvsRxq[]): void {
    const { engine, machine, lcore } = this;
    engine.lcoreClearStreams(lcore);
    for (const rxq of rxqs) {
      rxq.assign(this.address, this.txPorts.get(rxq.port.number) ?? 0);
      machine.putStream(lcore, rxq.stream);
    }
    if (this.reloadEmptiesEmc) engine.pmdFlushCaches(this.address);
    this.polled = rxqs;
  }

  get rxqs(): readonly OvsRxq[] {
    return this.polled;
  }

  /** Whether a poll of the lcore waits for an answer: SLICE_UPCALL, or lcoreRun came back early. */
  get waits(): boolean {
    return this.engine.lcoreUpcall(this.lcore) !== 0;
  }

  /** Answers until the poll is over. @returns upcalls */
  handleUpcalls(decide: Decide): number {
    let n = 0;
    for (let waits = this.waits; waits; n++) waits = this.answer(decide);
    return n;
  }

  /** Of a thread that polls elsewhere: decides its question; what it does with the answer is its own business. */
  answerAsked(line: AskLine, decide: Decide): void {
    line.answer(this.decided(decide));
  }

  /** @returns whether the next question waits */
  private answer(decide: Decide): boolean {
    return this.engine.pmdAnswer(this.lcore, ...this.decided(decide));
  }

  private decided(decide: Decide): PmdAnswer {
    const decision = decide(this.upcall);
    if (decision === undefined) return [ANSWER_FAILED, 0, 0, 0, 0, 0, 0, 0];
    const { actions, putActions, install, cookie = 0 } = decision;
    const list = this.write(actions, 0);
    const put = putActions === undefined ? NO_LIST : this.write(putActions, 1);
    const answer = install ? ANSWER_INSTALL : ANSWER_EXECUTE;
    const second = [put.words.length, put.flags, put.port] as const;
    return [answer, list.words.length, list.flags, list.port, ...second, cookie];
  }

  /** Rounds of the thread's loop since clearStats. */
  get iterations(): number {
    return Number(this.engine.lcoreRounds(this.lcore) - this.firstIteration);
  }

  override clearStats(): void {
    super.clearStats();
    this.firstIteration = this.engine.lcoreRounds(this.lcore);
    this.firstSleep = this.readSleep();
  }

  /** pmd-maxsleep, microseconds; 0: it never sleeps. */
  setMaxSleep(us: number): void {
    this.engine.lcoreSetSleep(this.lcore, BigInt(us) * PS_PER_US);
  }

  /** Iterations that ended with sleeping since clearStats, and for how long. */
  get slept(): { readonly iterations: number; readonly ps: bigint } {
    const { iterations, ps } = this.readSleep();
    return { iterations: iterations - this.firstSleep.iterations, ps: ps - this.firstSleep.ps };
  }

  private readSleep(): { iterations: number; ps: bigint } {
    this.engine.lcoreSlept(this.lcore, this.sleepAt);
    const [iterations = 0n, ps = 0n] = this.arena.u64(this.sleepAt, 2).slice();
    return { iterations: Number(iterations), ps };
  }

  /** static_tx_qid: its queue of ports with as many as there are threads; at first 0. */
  setStaticTxq(queue: number): void {
    this.set(PMD_STATIC_TXQ, queue);
  }

  /** Packets that wait to be sent. */
  get queued(): number {
    return this.engine.pmdQueued(this.address) >>> 0;
  }
}
