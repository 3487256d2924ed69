// live-lab - what a lab on the wall's clock has beside the others: threads that poll, sockets to guests in other processes, and answers for the
// switch's threads, which ask from wherever they run.
import type { LiveContext } from "../dpdk/devices/device-context.ts";
import type { Asking } from "../dpdk/executor.ts";
import { Live } from "../dpdk/live.ts";
import { ASK_LINE_BYTES, AskLine } from "../wasm/ask-line.ts";
import { makeWindow } from "../wasm/guest-window.ts";
import type { Machine } from "../wasm/machine.ts";
import type { Decide, OvsPmd } from "../wasm/ovs-datapath.ts";
import type { LabHost } from "./lab-host.ts";
import { WallTime } from "./wall-time.ts";

/** For mempools, threads and their flow tables; what is left of the memory is for guests'. */
const KEPT_BYTES = 3 * 2 ** 29;

export class LiveLab {
  readonly time: WallTime;
  readonly context: LiveContext;
  private readonly machine: Machine;
  private readonly ends: (() => void)[] = [];

  private constructor(machine: Machine, time: WallTime, context: LiveContext) {
    this.machine = machine;
    this.time = time;
    this.context = context;
  }

  /** warn: gets lines about guests. @throws UsageError where there can be no sockets to them */
  static async open(host: LabHost, machine: Machine, warn: (line: string) => void): Promise<LiveLab> {
    const time = new WallTime(host.makeExecutor(machine), () => host.isInterrupted());
    const live = new Live(host, {
      machine,
      window: () => makeWindow(machine.engine, machine.arena, 0),
      still: (change) => time.still(change),
      warn,
      keptBytes: KEPT_BYTES,
    });
    const context = await live.context();
    await context.admitPeers();
    return new LiveLab(machine, time, context);
  }

  /** Gives a thread a place for its questions, and has them answered. */
  ask(pmd: OvsPmd, decide: Decide): Asking {
    const { arena } = this.machine;
    const { host } = this.context;
    const line = arena.allocate(ASK_LINE_BYTES, "a thread's questions");
    const words = new AskLine(arena.bytes.buffer, line);
    const bell = host.makeEventfd();
    const unwatch = host.watch(bell, () => {
      if (words.isAsked) pmd.answerAsked(words, decide);
    });
    this.ends.push(() => {
      unwatch();
      host.closeFd(bell);
    });
    return { line, bell };
  }

  async close(): Promise<void> {
    await this.time.close();
    for (const end of this.ends) end();
  }
}
