// lcore-sleep - an lcore that sleeps while its live peers are quiet: it asks them for notifications, looks once more, and waits in poll(2) on
// their eventfds. Follows: virtio 1.3, 2.7.7 and 2.7.10 (used and available buffer notification suppression).
// Invariant: Z1 nothing is slept over: notifications are asked for before the last look. Z2 a command is seen within WAIT_MS.
import { readSync } from "node:fs";
import type { PolledSide } from "../dpdk/executor.ts";
import type { Engine } from "../wasm/engine.ts";
import { type Libc, nativeBuffer } from "./native-libc.ts";

/** So long an lcore polls without a packet before it sleeps. */
const QUIET_MS = 1;
const WAIT_MS = 50;
const POLLFD_BYTES = 8;
const POLLIN = 1;

/** Tells peers whether we want to be told of new buffers. */
export function wantNotifications(engine: Engine, sides: readonly PolledSide[], wanted: boolean): void {
  for (const { side, state, wake } of sides) {
    const now = wanted && wake !== undefined ? 1 : 0;
    if (side === "device") engine.deviceQueueWantKicks(state, now);
    else engine.driverQueueWantCalls(state, now);
  }
}

export class LcoreSleep {
  private readonly engine: Engine;
  private readonly libc: Libc;
  private readonly sides: readonly PolledSide[];
  private readonly poll: () => number;
  private readonly fds: readonly number[];
  private readonly pollfds: Buffer<ArrayBuffer>;
  private readonly count = Buffer.alloc(8);
  private lastMs = performance.now();

  /** poll: polls the lcore once. @returns packets moved */
  constructor(engine: Engine, libc: Libc, sides: readonly PolledSide[], poll: () => number) {
    this.engine = engine;
    this.libc = libc;
    this.sides = sides;
    this.poll = poll;
    this.fds = sides.flatMap(({ wake }) => wake ?? []);
    this.pollfds = nativeBuffer(this.fds.length * POLLFD_BYTES);
    for (const [i, fd] of this.fds.entries()) {
      this.pollfds.writeInt32LE(fd, i * POLLFD_BYTES);
      this.pollfds.writeInt16LE(POLLIN, i * POLLFD_BYTES + 4);
    }
  }

  /** moved: packets of the batch */
  afterBatch(moved: number): void {
    if (moved > 0) this.lastMs = performance.now();
    else if (performance.now() - this.lastMs >= QUIET_MS) this.sleep();
  }

  private sleep(): void {
    const { engine, libc, sides, fds, pollfds } = this;
    wantNotifications(engine, sides, true);
    const woken = this.poll() > 0 || this.isWoken(libc.call("poll", pollfds, fds.length, WAIT_MS));
    wantNotifications(engine, sides, false);
    if (woken) this.lastMs = performance.now();
  }

  /** Takes the counts of those that are signalled. */
  private isWoken(found: ReturnType<Libc["call"]>): boolean {
    if ("errno" in found || found.value === 0) return false;
    for (const [i, fd] of this.fds.entries()) {
      if ((this.pollfds.readInt16LE(i * POLLFD_BYTES + 6) & POLLIN) !== 0) readSync(fd, this.count);
    }
    return true;
  }
}
