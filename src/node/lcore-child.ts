// lcore-child - the process that runs a console's lcores once peers' memory is mapped: started by lcore-process.ts, over the same linear
// memory, whose pages are a file that both have mapped. A peer that cuts its file ends this process with SIGBUS, and nothing else.
// Invariants: C1 requests are done one after the other, in their order. C2 it ends when the console does, however that ends.
import { readFileSync } from "node:fs";
import type { ExecutorFile } from "../dpdk/executor.ts";
import { RunError } from "../errors.ts";
import type { Fd, Stream } from "../vhost-user/host.ts";
import { compileEngine, createMemory, instantiateEngine } from "../wasm/engine.ts";
import { type LcoreReply, type LcoreRequest, RIDERS_FD, type SentRequest } from "./lcore-messages.ts";
import { LcoreThreads } from "./lcore-threads.ts";
import { Libc } from "./native-libc.ts";
import { NativePages } from "./native-pages.ts";
import { streamOf } from "./native-socket.ts";
import { packageFile } from "./package-file.ts";

class LcoreChild {
  private readonly libc: Libc;
  private readonly riders: Stream;
  private readonly module = compileEngine(new Uint8Array(readFileSync(packageFile("build/engine.wasm"))));
  private readonly memory = createMemory();
  private readonly pages: NativePages;
  private threads: LcoreThreads | undefined;
  /** Descriptors of the work in hand. */
  private inHand: readonly Fd[] = [];

  constructor(libc: Libc) {
    this.libc = libc;
    this.riders = streamOf(libc, RIDERS_FD);
    this.pages = new NativePages(libc, new Uint8Array(this.memory.buffer));
  }

  async answer({ id, riders, request }: SentRequest): Promise<void> {
    try {
      const value = await this.perform(request, await this.receive(riders));
      send({ kind: "done", id, value });
    } catch (error) {
      send({ kind: "failed", id, reason: error instanceof Error ? error.message : String(error) });
    }
  }

  private async receive(count: number): Promise<Fd[]> {
    const fds: Fd[] = [];
    while (fds.length < count) {
      const chunk = await this.riders.receive(1);
      if (chunk === undefined) throw new RunError("lcores: found no descriptors, expected them beside their request");
      fds.push(...chunk.fds);
    }
    return fds;
  }

  private async perform(request: LcoreRequest, fds: readonly Fd[]): Promise<number> {
    switch (request.kind) {
      case "begin":
        this.begin(request, fds);
        return 0;
      case "map":
        this.pages.place(request.linear, request.size, fds[0]!, request.offset);
        this.close(fds);
        return 0;
      case "clear":
        this.pages.clear(request.linear, request.size);
        return 0;
      case "prepare":
        await this.threads?.prepare(request.places);
        return 0;
      case "run": {
        let next = 0;
        const rider = (): Fd => fds[next++]!;
        const work = request.work.map(({ files, sides, asks, ...place }) => ({
          ...place,
          files: files.map((file): ExecutorFile => ({ ...file, fd: rider(), write: () => {} })),
          sides: sides.map((side) => ({ ...side, bell: side.bell && rider(), wake: side.wake && rider() })),
          asks: asks && { ...asks, bell: rider() },
        }));
        await this.threads?.run(work);
        this.close(this.inHand);
        this.inHand = fds;
        return 0;
      }
      case "pause":
        await this.threads?.pause();
        return 0;
      case "drain":
        return (await this.threads?.drain(request.drain)) ?? 0;
      case "close":
        await this.threads?.close();
        return 0;
    }
  }

  private begin(request: LcoreRequest & { kind: "begin" }, [file, ...windows]: readonly Fd[]): void {
    const { module, memory } = this;
    if (memory.buffer.byteLength !== request.size) {
      throw new RunError(`lcores: found ${memory.buffer.byteLength} bytes of memory, expected ${request.size}`);
    }
    this.pages.place(0, request.size, file!, 0);
    for (const [i, { linear, size }] of request.windows.entries()) this.pages.place(linear, size, windows[i]!, 0);
    this.close([file!, ...windows]);
    this.threads = new LcoreThreads(instantiateEngine(module, memory), module, memory, request.startNs);
    this.threads.onDumps = (bytes) => send({ kind: "dumps", bytes });
  }

  /** Lets go of all that keeps the process alive. */
  async end(): Promise<void> {
    this.riders.close();
    await this.threads?.close();
  }

  private close(fds: readonly Fd[]): void {
    for (const fd of fds) this.libc.call("close", fd);
  }
}

function send(reply: LcoreReply): void {
  process.send?.(reply);
}

// The console's to handle: a terminal sends them to both.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
const child = Libc.load().then((libc) => new LcoreChild(libc));
process.on("disconnect", async () => (await child).end());
let turns: Promise<void> = Promise.resolve();
process.on("message", (message: SentRequest) => {
  turns = turns.then(async () => (await child).answer(message));
});
