// negotiate - the verb: what net_virtio_user, told so, and a vhost-user device agree on, and which burst functions the driver takes.
import { Command } from "commander";
import { type NegotiatingDriver, negotiate } from "../dpdk/devices/virtio-negotiation.ts";
import { NET_VHOST_FEATURES } from "../dpdk/devices/virtio-paths.ts";
import { UsageError } from "../errors.ts";
import { negotiationsText, negotiationText } from "../report/negotiation-text.ts";
import { collect, wholeNumber } from "./parse.ts";
import type { Terminal } from "./terminal.ts";

const DEFAULT_SIMD = 256;
/** Of net_virtio_user's arguments: those that bear on it, and what they are unless given. */
const ARGUMENTS: ReadonlyMap<string, number> = new Map([
  ["mrg_rxbuf", 1],
  ["in_order", 1],
  ["packed_vq", 0],
  ["vectorized", 0],
  ["queues", 1],
  ["cq", 0],
]);
/** --offload */
const OFFLOADS: Readonly<Record<string, keyof NegotiatingDriver>> = {
  "rx-checksum": "rxChecksum",
  lro: "lro",
  "vlan-strip": "vlanStrip",
  "tx-checksum": "txChecksum",
  tso: "tso",
};
const NOTES = `
Example:
  ringbed negotiate packed_vq=1,mrg_rxbuf=0 --device 0xd7c66e7cb
  ringbed negotiate --all`;

interface Flags {
  readonly device?: string;
  readonly simd?: number;
  readonly avx512: boolean;
  readonly offload?: readonly string[];
  readonly all?: true;
  readonly json?: true;
}

export function negotiateCommand(terminal: Terminal, done: (code: number) => void): Command {
  return new Command("negotiate")
    .description(
      "What net_virtio_user and a vhost-user device agree on: features, header, burst functions, or why not.",
    )
    .argument(
      "[args]",
      "net_virtio_user's arguments: mrg_rxbuf=0|1,in_order=0|1,packed_vq=0|1,vectorized=0|1,queues=N,cq=0|1",
    )
    .option("--device <features>", "what the device offers (default: 0xd7c66e7cb, net_vhost of 22.11)")
    .option(
      "--simd <bits>",
      `EAL's --force-max-simd-bitwidth (default: ${DEFAULT_SIMD})`,
      wholeNumber("simd", 64, 32768),
    )
    .option("--no-avx512", "the driver's machine has no AVX-512")
    .option("--offload <name>", `${Object.keys(OFFLOADS).join(", ")}; may be repeated`, collect)
    .option("--all", "every combination of mrg_rxbuf, in_order, packed_vq and vectorized")
    .option("--json", "print one JSON document")
    .addHelpText("after", NOTES)
    .action((args: string | undefined, flags: Flags) => {
      run(args ?? "", flags, terminal);
      done(0);
    });
}

function run(args: string, flags: Flags, terminal: Terminal): void {
  const features = deviceFeatures(flags.device);
  const every = flags.all === true ? combinations(args) : [args];
  const rows = every.map((one) => ({ args: one, result: negotiate(features, driverOf(one, flags)) }));
  if (flags.json === true) {
    const plain = (_: string, value: unknown): unknown =>
      typeof value === "bigint" ? `0x${value.toString(16)}` : value;
    terminal.out(`${JSON.stringify(flags.all === true ? rows : rows[0], plain, 2)}\n`);
  } else if (flags.all === true) terminal.out(negotiationsText(rows));
  else terminal.out(negotiationText(features, rows[0]!.result));
}

function deviceFeatures(text: string | undefined): bigint {
  if (text === undefined) return NET_VHOST_FEATURES;
  if (!/^(0x[0-9a-fA-F]{1,16}|\d{1,19})$/.test(text))
    throw new UsageError(`device: found ${text}, expected a feature mask as 0x1d0000000`);
  return BigInt(text);
}

function combinations(args: string): string[] {
  const rest = args === "" ? "" : `,${args}`;
  return Array.from({ length: 16 }, (_, n) => {
    const [mrg, order, packed, vectorized] = [n & 8, n & 4, n & 2, n & 1].map((bit) => (bit === 0 ? 0 : 1));
    return `mrg_rxbuf=${mrg},in_order=${order},packed_vq=${packed},vectorized=${vectorized}${rest}`;
  });
}

function driverOf(args: string, { simd = DEFAULT_SIMD, avx512, offload = [] }: Flags): NegotiatingDriver {
  const given = new Map<string, number>();
  for (const word of args.split(",").filter((text) => text !== "")) {
    const [, key = "", value] = /^(\w+)=(\d+)$/.exec(word) ?? [];
    if (!ARGUMENTS.has(key) || value === undefined)
      throw new UsageError(`arguments: found ${word}, expected KEY=NUMBER of ${[...ARGUMENTS.keys()].join(", ")}`);
    given.set(key, Number(value));
  }
  const number = (key: string): number => given.get(key) ?? ARGUMENTS.get(key)!;
  const many = number("queues") > 1;
  if (many && given.get("cq") === 0)
    throw new UsageError("arguments: found cq=0 with several queues, expected cq=1 (multi-q requires ctrl-q)");
  const offloads = offload.map((name) => {
    const key = OFFLOADS[name];
    if (key === undefined)
      throw new UsageError(`offload: found ${name}, expected one of ${Object.keys(OFFLOADS).join(", ")}`);
    return [key, true] as const;
  });
  return {
    mac: true,
    cq: many || number("cq") !== 0,
    mrgRxbuf: number("mrg_rxbuf") !== 0,
    inOrder: number("in_order") !== 0,
    packedVq: number("packed_vq") !== 0,
    vectorized: number("vectorized") !== 0,
    simdBits: simd,
    hasAvx512: avx512,
    ...Object.fromEntries(offloads),
  };
}
