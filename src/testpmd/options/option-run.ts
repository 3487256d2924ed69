// option-run - what testpmd's options are read with, and what they choose beside the settings.
import type { Io } from "../../dpdk/io.ts";
import { rteExit } from "../../dpdk/io.ts";
import type { Settings } from "../settings.ts";
import type { ForwardChoice } from "./setters.ts";

/** A probed port, as far as options ask. */
export interface OptionPort {
  readonly id: number;
  readonly info: {
    readonly maxRxQueues: number;
    readonly maxTxQueues: number;
    readonly preferred: { readonly rxBurst: number };
  };
}

export interface OptionContext {
  readonly settings: Settings;
  /** Probed ports by id. */
  readonly ports: ReadonlyMap<number, OptionPort>;
  /** Enabled lcores, ascending, the main one among them. */
  readonly lcores: readonly number[];
  readonly mainLcore: number;
  /** NUMA nodes of the machine. */
  readonly numaNodes: number;
  readonly io: Io;
  /** A whole text file. @returns an errno's words when it cannot be read */
  readText(path: string): { readonly text: string } | { readonly error: string };
  /** A line of a library or of testpmd itself at level warning or error, prefix and line end included. */
  log(type: "testpmd" | "lib.ethdev", level: number, text: string): void;
}

/** What the options chose beside the settings. */
export interface Choices {
  readonly forwardPorts: readonly number[];
  readonly forwardPortCount: number;
  readonly forwardLcores: readonly number[];
  readonly forwardLcoreCount: number;
  /** Sockets that get a pool, in their order: the machine's, then those that an option names. */
  readonly sockets: readonly number[];
  /** --latencystats; undefined: not given. */
  readonly latencyLcore: number | undefined;
  readonly flowIsolateAll: boolean;
  /** --virtual (ours). */
  readonly virtual: boolean;
}

/** The reading of one command line. */
export class OptionRun implements ForwardChoice {
  readonly context: OptionContext;
  readonly settings: Settings;
  readonly ports: ReadonlyMap<number, OptionPort>;
  readonly lcores: readonly number[];
  readonly mainLcore: number;
  forwardPorts: number[];
  forwardPortCount: number;
  forwardLcores: number[];
  forwardLcoreCount = 1;
  sockets: number[];
  latencyLcore: number | undefined;
  flowIsolateAll = false;
  noIovaContig = false;
  hairpinQueues = 0;
  virtual = false;

  constructor(context: OptionContext) {
    this.context = context;
    this.settings = context.settings;
    this.ports = context.ports;
    this.lcores = context.lcores;
    this.mainLcore = context.mainLcore;
    this.forwardPorts = [...context.ports.keys()];
    this.forwardPortCount = this.forwardPorts.length;
    this.forwardLcores = context.lcores.filter((lcore) => lcore !== context.mainLcore);
    this.sockets = Array.from({ length: context.numaNodes }, (_, node) => node);
  }

  out(text: string): void {
    this.context.io.out(text);
  }

  err(text: string): void {
    this.context.io.err(text);
  }

  /** nb_lcores: those besides the main one. */
  get lcoreCount(): number {
    return this.lcores.length - 1;
  }

  /** rte_exit. text: its line end included, where there is one */
  exit(text: string): never {
    return rteExit(this.context.io, text);
  }
}

/** What an option does with its argument. */
export type Apply = (run: OptionRun, argument: string) => void;
