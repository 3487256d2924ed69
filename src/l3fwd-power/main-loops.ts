// main-loops - l3fwd-power's lcores at work: main_intr_loop and main_telemetry_loop of 22.11, with the lines that they print. The loops themselves are the
// engine's (assembly/testpmd/l3fwd-loop).
import { L3FWD_INTERRUPT, L3FWD_PAUSE, L3FWD_POLL } from "../../assembly/abi/l3fwd.ts";
import type { Ethdev } from "../dpdk/devices/ethdev.ts";
import type { Eal } from "../dpdk/eal/eal.ts";
import { LOG_ERR, LOG_INFO, logEal } from "../dpdk/eal/eal-log.ts";
import type { Executor } from "../dpdk/executor.ts";
import { readDumps } from "../wasm/dump.ts";
import { L3fwdLcore } from "../wasm/l3fwd.ts";
import type { Machine } from "../wasm/machine.ts";
import type { RxParams } from "./lists.ts";
import type { Mode } from "./options.ts";

/** An lcore and its rx queues: lcore_conf. */
export interface LcoreConf {
  readonly id: number;
  /** Linear address of its context. */
  readonly lcore: number;
  readonly rx: readonly RxParams[];
}

export class MainLoops {
  private readonly machine: Machine;
  private readonly eal: Eal;
  private readonly ports: readonly Ethdev[];
  private readonly executor: Executor;
  /** Queues that some lcore waits for: the first one alone. */
  private readonly registered = new Set<string>();

  /** ports: those that are enabled */
  constructor(machine: Machine, eal: Eal, ports: readonly Ethdev[], executor: Executor) {
    this.machine = machine;
    this.eal = eal;
    this.ports = ports;
    this.executor = executor;
    executor.onDumps = (records) => this.report(records);
  }

  private say(text: string): void {
    this.eal.log.log("user1", LOG_INFO, `L3FWD_POWER: ${text}\n`);
  }

  private portOf(id: number): Ethdev {
    return this.ports.find((dev) => dev.id === id)!;
  }

  /** Launches the main loop on each lcore: workers first. */
  async launch(mode: Mode, lcores: readonly LcoreConf[]): Promise<void> {
    const { eal, ports, executor } = this;
    const isMain = ({ id }: LcoreConf): boolean => id === eal.mainLcore;
    const order = [...lcores.filter((one) => !isMain(one)), ...lcores.filter(isMain)];
    const running = mode === "telemetry" ? order.filter((one) => !isMain(one)) : order;
    const busy = running.filter((conf) => this.enter(conf, mode, lcores.indexOf(conf)));
    if (mode === "telemetry") eal.log.log("lib.power", LOG_INFO, "POWER: Bring up the Timer\n");
    await executor.run(
      busy.map(({ lcore }, index) => ({
        ...{ index, lcore, cores: [], sides: [], sleeps: false },
        files: ports.flatMap((dev) => dev.txQueues.flatMap((queue) => dev.output(queue.number) ?? [])),
      })),
    );
  }

  /** place: among all lcores, which gives it its tx queues. @returns whether it has something to do */
  private enter({ id, lcore, rx }: LcoreConf, mode: Mode, place: number): boolean {
    const { machine, ports } = this;
    if (rx.length === 0) {
      this.say(`lcore ${id} has nothing to do`);
      return false;
    }
    const isInterrupt = mode === "interrupt-only";
    this.say(`entering main ${isInterrupt ? "interrupt" : "telemetry"} loop on lcore ${id}`);
    for (const { port, queue } of rx) this.say(` -- lcoreid=${id} portid=${port} rxqueueid=${queue}`);
    const refusal = isInterrupt ? this.registerEvents(rx) : undefined;
    const how = isInterrupt ? (refusal === undefined ? L3FWD_INTERRUPT : L3FWD_PAUSE) : L3FWD_POLL;
    const mask = ports.reduce((bits, dev) => bits | (1 << dev.id), 0);
    const state = new L3fwdLcore(machine, how, mask);
    for (const { id: port, mac, txQueues } of ports) {
      const own = txQueues[place];
      state.setPort({ port, mac, txq: own ?? txQueues[0]!, drains: own !== undefined });
    }
    machine.engine.lcoreClearStreams(lcore);
    for (const { port, queue } of rx) {
      const dev = this.portOf(port);
      state.addRx(lcore, dev.rxQueues[queue]!, dev.txQueues[0]!, dev.mac, id);
    }
    return true;
  }

  /** event_register: ends at the first queue without a vector. @returns what ethdev said of it */
  private registerEvents(rx: readonly RxParams[]): string | undefined {
    for (const { port, queue } of rx) {
      const refusal = this.portOf(port).rxInterruptRefusal(queue);
      if (refusal === undefined) {
        if (this.registered.has(`${port} ${queue}`)) logEal(this.eal.log, LOG_INFO, "Event already been added.");
        this.registered.add(`${port} ${queue}`);
        continue;
      }
      this.eal.log.log("lib.ethdev", LOG_ERR, `${refusal}\n`);
      this.say("RX interrupt won't enable.");
      return refusal;
    }
    return undefined;
  }

  private report(records: Uint8Array): void {
    for (const { kind, total, port, queue } of readDumps(records)) {
      if (kind === "sleep") this.say(`lcore ${total} sleeps until interrupt triggers`);
      if (kind === "wake") this.say(`lcore ${total} is waked up from rx interrupt on port ${port} queue ${queue}`);
    }
  }
}
