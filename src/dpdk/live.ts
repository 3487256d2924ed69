// live - what sockets to peers in other processes need of a session: room for the memory that they share with us, and a file behind the window
// that we share with them. Opened when the first device asks, so that a session without such peers needs neither.
import { PAGE_BYTES } from "../../assembly/abi/limits.ts";
import type { Fd } from "../vhost-user/host.ts";
import type { GuestWindow, Machine } from "../wasm/machine.ts";
import type { LiveContext, LiveHost } from "./devices/device-context.ts";

/** What peers' memory leaves for captures and ports that are still to come, if nothing else is said: the rest is theirs. */
const KEPT_BYTES = 2 ** 29;

/** Whoever can open sockets to peers: their memory goes into `room` of `bytes`. */
export interface LiveOpener {
  /** @throws UsageError where they cannot be had */
  openLive(
    bytes: Uint8Array<SharedArrayBuffer>,
    room: { readonly linear: number; readonly size: number },
  ): Promise<LiveHost>;
}

export interface LiveOptions {
  readonly machine: Machine;
  readonly window: () => GuestWindow;
  /** Does something while no lcore polls. */
  still: LiveContext["still"];
  warn(line: string): void;
  /** What is to be left of the memory. */
  readonly keptBytes?: number;
}

export class Live {
  private readonly host: LiveOpener;
  private readonly options: LiveOptions;
  private opened: Promise<LiveContext> | undefined;
  private admitted: Promise<void> | undefined;
  private fd: Fd | undefined;

  constructor(host: LiveOpener, options: LiveOptions) {
    this.host = host;
    this.options = options;
  }

  /** @throws UsageError where sockets cannot be had */
  context(): Promise<LiveContext> {
    this.opened ??= this.open();
    return this.opened;
  }

  private async open(): Promise<LiveContext> {
    const { machine, still, warn, keptBytes = KEPT_BYTES } = this.options;
    const { arena } = machine;
    const size = Math.floor((arena.left - keptBytes) / PAGE_BYTES) * PAGE_BYTES;
    const linear = arena.allocate(size, "the memory of peers", PAGE_BYTES);
    const host = await this.host.openLive(arena.bytes, { linear, size });
    return { host, admitPeers: () => this.admitPeers(host), windowFd: () => this.windowFd(host), still, warn };
  }

  private admitPeers(host: LiveHost): Promise<void> {
    const { machine, still } = this.options;
    this.admitted ??= still(() => host.admitPeers(machine.arena.bytes.length - machine.arena.left));
    return this.admitted;
  }

  /** The window's file; what is in the window moves into it. */
  private async windowFd(host: LiveHost): Promise<Fd> {
    const { still, window } = this.options;
    await still(() => {
      if (this.fd !== undefined) return;
      const { start, size } = window();
      this.fd = host.shareWindow(start, size);
    });
    return this.fd!;
  }
}
