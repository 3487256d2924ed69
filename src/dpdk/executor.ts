// executor - who polls the forwarding lcores, and on which clock: threads on the wall's (src/node), or the virtual scheduler
// (virtual-executor). Between `pause` and the next `run` nobody polls, and the machine's state may be changed.

/** A file that an lcore's tx queue fills: linear addresses of its egress and buffer, and where to. */
export interface ExecutorFile {
  readonly egress: number;
  readonly buffer: number;
  readonly highWater: number;
  readonly fd: number;
  write(chunk: Uint8Array): void;
}

/** A queue's side of a ring that is shared with another process. */
export interface LiveSide {
  readonly side: "device" | "driver";
  /** Linear address of its state. */
  readonly state: number;
  /** The eventfd that tells the peer, and the one by which the peer tells; undefined: there is none. */
  readonly bell: number | undefined;
  readonly wake: number | undefined;
}

/** One that an lcore polls. */
export interface PolledSide extends LiveSide {
  /** Linear address of its count of notifications, u64: when that has moved the bell is rung. */
  readonly notified: number;
}

/** A thread that polls: which lcore, and where it may run. */
export interface LcorePlace {
  /** Place among the machine's forwarding lcores, from 0. */
  readonly index: number;
  /** Linear address of its context. */
  readonly lcore: number;
  /** Cores of this machine; none: wherever the system likes. On the virtual clock nobody asks. */
  readonly cores: readonly number[];
}

/** Where an OVS thread on the wall's clock puts questions that whoever runs ovs-vswitchd answers: see wasm/ask-line. */
export interface Asking {
  /** Linear address of its words. */
  readonly line: number;
  /** The eventfd that says there is a question. */
  readonly bell: number;
}

/** What one lcore is to do: its poll list is in its context, here is what has to be emptied behind it. */
export interface LcoreWork extends LcorePlace {
  readonly files: readonly ExecutorFile[];
  readonly sides: readonly PolledSide[];
  /** Peers tell of all that it can receive: it may sleep when nothing has come for a while. */
  readonly sleeps: boolean;
  /** Only of an OVS thread. */
  readonly asks?: Asking | undefined;
}

/** An rx queue that is read until it gives nothing. */
export interface Drain {
  /** Linear addresses: the lcore that reads, the queue, and room for a burst. */
  readonly lcore: number;
  readonly queue: number;
  readonly burst: number;
  /** It never runs dry: in virtual time it is read once. */
  readonly endless: boolean;
}

export interface Executor {
  /** Makes what `run` needs for these lcores, which takes longer than to let them poll. */
  prepare(places: readonly LcorePlace[]): Promise<void>;
  /** Lets lcores poll. Resolves when they do. */
  run(work: readonly LcoreWork[]): Promise<void>;
  /** Lets them finish the bursts in hand and stand still. Resolves when they do. */
  pause(): Promise<void>;
  /** Reads and frees what waits in a queue, while no lcore polls, for as long as testpmd does. @returns how many packets */
  drain(drain: Drain): Promise<number>;
  /** Lets `ms` of its time pass. */
  sleep(ms: number): Promise<void>;
  /** Its clock, nanoseconds. */
  nowNs(): bigint;
  /** Ends its threads. */
  close(): Promise<void>;
  /** The dumps of bursts that lcores have made, see assembly/abi/dump; called between other tasks. */
  onDumps: (records: Uint8Array) => void;
}
