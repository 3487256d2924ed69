// stages - what each stage of the data plane costs by itself, nanoseconds a packet, timed by tinybench: bursts of 32, 60-byte frames,
// everything in the first-level caches. The sum is less than a loop costs: there, the stages push each other out of the caches.
//
// A stage that fills or empties a ring is timed over seven bursts (a ring of 256), and what it needs (mbufs, room, packets) is made
// ready before each timing, outside it. Invariant: S1 every task leaves the pools as it found them; the count at the end says so.
import { Bench } from "tinybench";
import { RunError } from "../src/errors.ts";
import { nodeHost } from "../src/node/host.ts";
import { pinThread } from "../src/node/pin.ts";
import { frameTemplate } from "../src/run/throughput.ts";
import { compileEngine, createMemory, instantiateEngine } from "../src/wasm/engine.ts";
import { Machine, type Queue } from "../src/wasm/machine.ts";
import type { Results } from "./rows.ts";

export const BURST = 32;
/** Bursts of one timing. */
export const BURSTS = 7;
const PACKETS = BURST * BURSTS;
const FRAME_BYTES = 64;
const RING_SIZE = 256;
const ENDLESS = 2n ** 62n;

/** One burst a slot: u32[32] at each address. */
export class Bench32 {
  readonly machine: Machine;
  readonly lcore: number;
  readonly hostPool: number;
  private readonly slots: readonly number[];

  constructor(machine: Machine) {
    this.machine = machine;
    this.lcore = machine.addLcore(false, 1, 0);
    this.hostPool = machine.addPool(4096, 256, 1);
    this.slots = Array.from({ length: BURSTS }, () => machine.arena.allocate(BURST * 4, "a burst"));
  }

  rx(queue: Queue): void {
    const { engine } = this.machine;
    for (const slot of this.slots) expectAll(engine.portRxBurst(this.lcore, queue.address, slot, BURST));
  }

  tx(queue: Queue): void {
    const { engine } = this.machine;
    for (const slot of this.slots) expectAll(engine.portTxBurst(this.lcore, queue.address, slot, BURST));
  }

  get(pool: number): void {
    const { engine } = this.machine;
    for (const slot of this.slots) expectAll(engine.mempoolGet(this.lcore, pool, slot, BURST));
  }

  put(pool: number): void {
    const { engine } = this.machine;
    for (const slot of this.slots) engine.mempoolPutBulk(this.lcore, pool, slot, BURST);
  }

  free(): void {
    const { engine } = this.machine;
    for (const slot of this.slots) engine.mbufFreeBurst(this.lcore, slot, BURST);
  }
}

function expectAll(n: number): void {
  if (n >>> 0 !== BURST) throw new RunError(`stages: found ${n >>> 0} packets moved, expected ${BURST}`);
}

/** A task, what makes it ready, and what tidies up after it. */
type Task = readonly [name: string, before: () => void, timed: () => void, after: () => void];

/** packed: the rings' layout, of which the tasks that have nothing to do with rings are left out */
function tasks(b: Bench32, packed: boolean): Task[] {
  const { machine, hostPool } = b;
  const window = machine.addWindow(2 * machine.ringWindowBytes(RING_SIZE) + 4104 * Machine.bufferBytes);
  const guestPool = machine.addPool(4096, 256, 1, window);
  const ring = { size: RING_SIZE, headerBytes: 12, mergeable: true, packed, freeThreshold: RING_SIZE - BURST };
  const at = (port: number, pool: number) => ({ port, number: 0, pool });
  const guest = (port: number) => ({ ...at(port, guestPool), window, lcore: b.lcore });
  const down = machine.addVirtqueue(true, ring, at(1, hostPool), guest(2));
  const up = machine.addVirtqueue(false, ring, at(4, hostPool), guest(3));
  const source = machine.addNicGenerator(0, 0, hostPool, frameTemplate(FRAME_BYTES), FRAME_BYTES, ENDLESS);
  const sink = machine.addNicTx(5, 0, 512, machine.addNicTxPort(0), machine.addEgress(false, 0, 0, 0, 0).at);
  const nothing = (): void => {};
  const generate = (): void => b.rx(source);
  const free = (): void => b.free();
  const receive = (): void => {
    b.rx(down.guest);
    b.free();
  };
  const guestPackets = (): void => {
    b.rx(source);
    b.tx(down.host);
    b.rx(down.guest);
  };
  const empty = (): void => {
    b.rx(up.host);
    b.free();
  };
  const layout = packed ? ", packed" : "";
  const plain: Task[] = [
    ["mempool get", nothing, () => b.get(hostPool), () => b.put(hostPool)],
    ["mempool put", () => b.get(hostPool), () => b.put(hostPool), nothing],
    ["mbuf free", generate, free, nothing],
    ["nic rx (generated frames)", nothing, generate, free],
    ["nic tx (counted, freed)", generate, () => b.tx(sink), nothing],
  ];
  const rings: Task[] = [
    [`vhost tx: enqueue, free${layout}`, generate, () => b.tx(down.host), receive],
    [
      `virtio rx: take, refill${layout}`,
      () => {
        b.rx(source);
        b.tx(down.host);
      },
      () => b.rx(down.guest),
      free,
    ],
    [`virtio tx: clean up, publish${layout}`, guestPackets, () => b.tx(up.guest), empty],
    [
      `vhost rx: dequeue${layout}`,
      () => {
        guestPackets();
        b.tx(up.guest);
      },
      () => b.rx(up.host),
      free,
    ],
  ];
  return packed ? rings : [...plain, ...rings];
}

/** Times every stage on core 0. msEach: how long. @returns why the thread is not pinned, or undefined */
export async function stages(results: Results, msEach: number): Promise<string | undefined> {
  const pinned = await pinThread([0]);
  const memory = createMemory();
  const host = nodeHost(() => {});
  const machine = new Machine(instantiateEngine(compileEngine(host.engineBytes()), memory), memory);
  const bench = new Bench({ time: msEach, warmupTime: msEach / 2, throws: true, retainSamples: true });
  const b = new Bench32(machine);
  for (const [name, beforeEach, timed, afterEach] of [...tasks(b, false), ...tasks(b, true)])
    bench.add(name, timed, { beforeEach, afterEach, async: false });
  results.progress("stages");
  await bench.run();
  for (const task of bench.tasks) {
    const { result } = task;
    if (result.state !== "completed")
      throw new RunError(`stages: found ${task.name} ${result.state}, expected figures`);
    const ns = (ms: number): number => (ms * 1e6) / PACKETS;
    const { p50, min, p99 } = result.latency;
    results.add(task.name, "ns", [ns(min), ns(p50), ns(p99)], { samples: result.latency.samplesCount });
  }
  const away = machine.mbufsAway();
  if (away !== 0) throw new RunError(`stages: found ${away} mbufs away, expected none`);
  return pinned.cores === undefined ? pinned.reason : undefined;
}
