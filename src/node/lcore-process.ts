// lcore-process - a console's executor once peers' memory may be mapped: its lcores run in a process of their own, started anew when a peer
// that cut its file has ended it. The console, the rings' state, pools and counters stay: they are in memory that both have mapped.
// Invariants: L1 whatever waits for the process hears of its end. L2 after such an end lcores go on only when nobody uses what was cut. L3 an
// end for another reason is an error that `pause` throws. What was in the hands of the lcores at such an end (a burst each) is lost.
import { type ChildProcess, fork } from "node:child_process";
import { fstatSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Drain, Executor, LcorePlace, LcoreWork } from "../dpdk/executor.ts";
import { RunError } from "../errors.ts";
import type { Fd, Stream } from "../vhost-user/host.ts";
import type { LcoreReply, LcoreRequest, LinearRange, SentRequest, SentWork } from "./lcore-messages.ts";
import type { Libc } from "./native-libc.ts";
import type { Elsewhere, FilePages, NativeMemory, PeerPages } from "./native-memory.ts";
import { socketPair } from "./native-socket.ts";
import { packageFile } from "./package-file.ts";

/** Most descriptors that one message carries; SCM_MAX_FD is 253. */
const RIDERS_A_MESSAGE = 128;
const RIDER = Uint8Array.of(0);

export interface LcoreProcessParts {
  readonly libc: Libc;
  readonly memory: NativeMemory;
  /** process.hrtime of the clock's 0. */
  readonly startNs: bigint;
  /** Bytes of the linear memory. */
  readonly size: number;
  /** Puts right what an lcore may have left half done in memory: locks. */
  recover(): void;
  onDumps(records: Uint8Array): void;
}

interface Waiting {
  readonly kind: LcoreRequest["kind"];
  resolve(value: number): void;
  reject(error: RunError): void;
}

export class LcoreProcess implements Executor, Elsewhere {
  onDumps: (records: Uint8Array) => void;
  private readonly parts: LcoreProcessParts;
  private readonly file: Fd;
  private child: ChildProcess | undefined;
  private riders: Stream | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  /** What lcores poll; undefined: they stand still. */
  private work: readonly LcoreWork[] | undefined;
  private failure: RunError | undefined;
  private closing = false;

  /** usedBytes: of the linear memory, from its beginning; it moves into a file */
  private constructor(parts: LcoreProcessParts, usedBytes: number) {
    this.parts = parts;
    this.onDumps = parts.onDumps;
    this.file = parts.memory.moveOut(usedBytes, this);
  }

  /** Starts it. @throws RunError */
  static async start(parts: LcoreProcessParts, usedBytes: number): Promise<LcoreProcess> {
    const started = new LcoreProcess(parts, usedBytes);
    await started.spawn();
    return started;
  }

  private async spawn(): Promise<void> {
    const { libc, memory, startNs, size } = this.parts;
    const { stream, fd } = socketPair(libc);
    const child = fork(packageFile("dist/src/node/lcore-child.js"), {
      stdio: ["ignore", "inherit", "inherit", "ipc", fd],
      serialization: "advanced",
      execArgv: [],
    });
    libc.call("close", fd);
    this.child = child;
    this.riders = stream;
    child.on("message", (reply: LcoreReply) => this.take(reply));
    child.on("error", (error) => {
      if (child.pid === undefined) void this.ended(error.message); // else a request could not be sent: its end tells
    });
    child.on("exit", (code, signal) => void this.ended(signal ?? `code ${code}`));
    const { windows } = memory;
    const ranges = windows.map((window) => ({ linear: window.linear, size: window.size }));
    const fds = [this.file, ...windows.map((window) => window.fd)];
    const begun = this.request({ kind: "begin", size, startNs, windows: ranges }, fds);
    for (const peer of memory.peers) this.map(peer);
    await begun;
  }

  async prepare(places: readonly LcorePlace[]): Promise<void> {
    await this.request({ kind: "prepare", places: places.map(({ index, lcore, cores }) => ({ index, lcore, cores })) });
  }

  async run(work: readonly LcoreWork[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.work = work;
    if (this.child === undefined) await this.spawn();
    const sent = work.map(({ index, lcore, cores, files, sides, sleeps, asks }): SentWork => {
      const plain = files.map(({ egress, buffer, highWater, fd }) => ({ egress, buffer, highWater, fd }));
      return { index, lcore, cores, files: plain, sides, sleeps, asks };
    });
    const fds = work.flatMap(ridersOf);
    await this.request({ kind: "run", work: sent }, fds);
  }

  async pause(): Promise<void> {
    this.work = undefined;
    await this.request({ kind: "pause" });
    if (this.failure !== undefined) throw this.failure;
    await sleep(0); // dumps that are under way
  }

  async drain(drain: Drain): Promise<number> {
    if (this.child === undefined && this.failure === undefined) await this.spawn();
    return this.request({ kind: "drain", drain });
  }

  async sleep(ms: number): Promise<void> {
    await sleep(ms);
  }

  nowNs(): bigint {
    return process.hrtime.bigint() - this.parts.startNs;
  }

  async close(): Promise<void> {
    this.closing = true;
    const { child } = this;
    await this.request({ kind: "close" });
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.disconnect();
    await gone;
  }

  map(pages: FilePages | PeerPages): void {
    const { linear, size, offset, fd } = pages;
    this.request({ kind: "map", linear, size, offset }, [fd]).catch(async (error: unknown) => {
      if (!("lost" in pages)) this.failure ??= error instanceof RunError ? error : undefined;
      else await pages.lost();
    });
  }

  clear({ linear, size }: LinearRange): void {
    this.request({ kind: "clear", linear, size }).catch(() => {}); // its end is told elsewhere
  }

  /** Asks the process. Where there is none, nothing polls: it is then as good as done. */
  private request(request: LcoreRequest, fds: readonly Fd[] = []): Promise<number> {
    const { child, riders } = this;
    if (child === undefined || riders === undefined) return Promise.resolve(0);
    const id = ++this.lastId;
    for (let at = 0; at < fds.length; at += RIDERS_A_MESSAGE) {
      riders.send(RIDER, fds.slice(at, at + RIDERS_A_MESSAGE));
    }
    const sent: SentRequest = { id, riders: fds.length, request };
    child.send(sent);
    return new Promise((resolve, reject) => this.waiting.set(id, { kind: request.kind, resolve, reject }));
  }

  private take(reply: LcoreReply): void {
    if (reply.kind === "dumps") {
      this.onDumps(reply.bytes);
      return;
    }
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.kind === "done") waiting?.resolve(reply.value);
    else waiting?.reject(new RunError(reply.reason));
  }

  /** The process is gone. how: the signal, or its exit code */
  private async ended(how: string): Promise<void> {
    const { memory } = this.parts;
    this.riders?.close();
    this.riders = undefined;
    this.child = undefined;
    const error = new RunError(`lcores: found their process ended by ${how}, expected it to run`);
    const cut = how === "SIGBUS" ? [...memory.peers].filter(isCut) : [];
    if (!this.closing && cut.length === 0) this.failure ??= error;
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    // Lcores stand still and have let go of everything, or will not run any more.
    for (const { kind, resolve, reject } of waiting) {
      if (kind === "run" || kind === "begin") reject(error);
      else resolve(0);
    }
    if (this.closing || this.failure !== undefined) return;
    this.parts.recover();
    await Promise.all(cut.map((peer) => peer.lost()));
    if (this.child === undefined && this.work !== undefined) await this.run(this.work);
  }
}

/** The descriptors that ride beside an lcore's work. */
function ridersOf({ files, sides, asks }: LcoreWork): Fd[] {
  const bells = sides.flatMap(({ bell, wake }) => [bell ?? [], wake ?? []].flat());
  return [...files.map(({ fd }) => fd), ...bells, ...(asks === undefined ? [] : [asks.bell])];
}

function isCut({ fd, offset, size }: PeerPages): boolean {
  const file = fstatSync(fd);
  return offset + size > Math.ceil(file.size / file.blksize) * file.blksize;
}
