// negotiations - a real net_virtio_user against a device of ours that offers what a case says: what the driver found offered, what came of it, the
// burst functions that it chose, and the header that its first rx buffer has room for.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { negotiate } from "../../src/dpdk/devices/virtio-negotiation.ts";
import { TestpmdProcess } from "../../src/reference/testpmd-process.ts";
import { BackEnd } from "../../src/vhost-user/back-end.ts";
import { liveMachine } from "../node/vhost-user-rings.ts";

/** One case: numbers in hex. */
export interface NegotiationCase {
  /** GET_FEATURES. */
  readonly device: string;
  /** Of net_virtio_user, behind path and mac. */
  readonly args: string;
  /** --force-max-simd-bitwidth; null: not given. */
  readonly simd: number | null;
  /** testpmd's own options. */
  readonly app: readonly string[];
}

export interface NegotiationResult {
  readonly offered: string;
  readonly negotiated: string;
  /** SET_FEATURES; null: it was never sent. */
  readonly told: string | null;
  /** null: no ring ever ran. */
  readonly headerBytes: number | null;
  readonly tx: string;
  readonly rx: string;
  readonly notes: readonly string[];
}

const BUFFER_BYTES = 2048;
const PATH_MS = 5000;
let started = 0;

export async function realNegotiation(
  folder: string,
  { device, args, simd, app }: NegotiationCase,
): Promise<NegotiationResult> {
  const { host, hands } = await liveMachine();
  const u32 = (at: number): number => hands.machine.arena.u32(at, 1)[0]!;
  const number = started++;
  const path = join(folder, `${number}.sock`);
  let length = 0;
  const backEnd = BackEnd.open(
    host,
    { path, client: false, features: BigInt(device), queuePairs: 4 },
    {
      connected: () => ({
        start: (_, rings) => {
          const first = rings.find(({ index }) => index === 0);
          if (first !== undefined) length = first.desc + 8;
        },
        relog: () => {},
        announce: () => {},
        stop: () => new Map(),
      }),
      disconnected: () => {},
      warn: () => {},
    },
  );
  const testpmd = await TestpmdProcess.start({
    prefix: `negotiation${process.pid}n${number}`,
    lcores: "0@0,1@0",
    vdevs: [`net_virtio_user0,path=${path},mac=52:54:00:00:00:01${args === "" ? "" : `,${args}`}`],
    memoryMB: 96,
    eal: ["--log-level=pmd.net.virtio.*:debug", ...(simd === null ? [] : [`--force-max-simd-bitwidth=${simd}`])],
    app: ["--total-num-mbufs=2048", ...app],
  });
  try {
    await testpmd.waitFor(/Rx path on/, 0, PATH_MS);
    for (let ms = 0; length > 0 && u32(length) === 0 && ms < PATH_MS; ms += 10) await sleep(10);
    const { text } = testpmd;
    const last = (pattern: RegExp): string | undefined => [...text.matchAll(pattern)].at(-1)?.[1];
    return {
      offered: `0x${last(/host_features before negotiate = (\w+)/g)}`,
      negotiated: `0x${last(/features after negotiate = (\w+)/g)}`,
      told: last(/set features: (\w+)/g) ?? null,
      headerBytes: length === 0 ? null : u32(length) - BUFFER_BYTES,
      tx: last(/using (.*) Tx path/g) ?? "",
      rx: last(/using (.*) Rx path/g) ?? "",
      notes: [...text.matchAll(/\(\): (disabled .*)/g)].map(([, note = ""]) => note),
    };
  } finally {
    testpmd.kill();
    await backEnd.close();
  }
}

/** The same by the model. avx512: of the machine that the real one ran on */
export function modelNegotiation({ device, args, simd, app }: NegotiationCase, avx512: boolean): NegotiationResult {
  const given = new Map(args.split(",").map((word) => word.split("=") as [string, string]));
  const number = (key: string, fallback: number): number => Number(given.get(key) ?? fallback);
  const has = (option: string): boolean => app.includes(option);
  const result = negotiate(BigInt(device), {
    mac: true,
    cq: number("cq", number("queues", 1) > 1 ? 1 : 0) !== 0,
    mrgRxbuf: number("mrg_rxbuf", 1) !== 0,
    inOrder: number("in_order", 1) !== 0,
    packedVq: number("packed_vq", 0) !== 0,
    vectorized: number("vectorized", 0) !== 0,
    simdBits: simd ?? 256,
    hasAvx512: avx512,
    lro: has("--enable-lro"),
    vlanStrip: has("--enable-hw-vlan-strip"),
    txChecksum: has("--tx-offloads=0xc"),
    tso: has("--tx-offloads=0x20"),
  });
  const hex = (mask: bigint): string => `0x${mask.toString(16)}`;
  return {
    offered: hex(result.offered),
    negotiated: hex(result.negotiated),
    told: result.refusal === undefined ? hex(result.told) : null,
    headerBytes: result.refusal === undefined ? result.headerBytes : null,
    tx: result.tx.words,
    rx: result.rx.words,
    notes: result.notes,
  };
}
