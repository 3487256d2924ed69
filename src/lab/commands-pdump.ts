// commands-pdump - dpdk-pdump: captures of the switch's DPDK ports, from when it starts until it is interrupted: by kill where it runs in the
// background, else when nothing more comes. OVS has served it up to 2.13; the lab does whatever its version.
import { FileError } from "../dpdk/devices/device-context.ts";
import { PdumpCapture, type PdumpTuple, parsePdump } from "../dpdk/pdump.ts";
import { UsageError } from "../errors.ts";
import type { Command } from "../shell/command.ts";
import type { Lab } from "./lab.ts";

/** `queue=*` as it prints it. */
const ALL_QUEUES = 65535;
const MAIN_LCORE = 0;

export function pdumpCommand(lab: Lab): Command {
  return async (args, { out, err }, shell) => {
    const captures: { readonly tuple: PdumpTuple; readonly capture: PdumpCapture }[] = [];
    try {
      for (const tuple of tuplesOf(args)) {
        const files = {
          ...lab.host.files,
          create: (path: string) => lab.host.files.create(shell.host.resolve(shell.cwd, path)),
        };
        const { machine, time } = lab;
        const parts = { machine, files, epochNs: BigInt(lab.epoch) * 1_000_000_000n, tap: time.tap.bind(time) };
        captures.push({ tuple, capture: new PdumpCapture(parts, deviceOf(lab, tuple), tuple) });
      }
    } catch (error) {
      for (const { capture } of captures) capture.stop();
      if (!(error instanceof FileError)) throw error;
      err(`dpdk-pdump: ${error.message}\n`);
      return 1;
    }
    out(` core (${MAIN_LCORE}), capture for (${captures.length}) tuples\n`);
    for (const { tuple } of captures) out(` - port ${lineOf(lab, tuple)}\n`);
    await new Promise<void>((resolve, reject) => {
      if (!shell.onInterrupt(resolve)) lab.time.drain().then(resolve, reject);
    });
    for (const { capture } of captures) {
      capture.stop();
      out("##### PDUMP DEBUG STATS #####\n");
      out(` -packets dequeued:\t\t\t${capture.packets}\n -packets transmitted to vdev:\t\t${capture.packets}\n`);
      out(` -packets freed:\t\t\t${capture.lost}\n`);
    }
    return 0;
  };
}

/** Of `[EAL options] -- --pdump TUPLE ...`. @throws UsageError */
function tuplesOf(args: readonly string[]): PdumpTuple[] {
  const own = args.includes("--") ? args.slice(args.indexOf("--") + 1) : args;
  const tuples: PdumpTuple[] = [];
  for (let i = 0; i < own.length; i++) {
    const [, name = "", attached] = /^(--[a-z-]+)(?:=(.*))?$/s.exec(own[i]!) ?? [];
    if (name === "--pdump") tuples.push(parsePdump(attached ?? own[++i] ?? ""));
    else if (name.endsWith("-socket-path")) i += attached === undefined ? 1 : 0;
    else if (name !== "--multi")
      throw new UsageError(`dpdk-pdump: found ${own[i]}, expected --pdump, --multi or --server-socket-path`);
  }
  if (tuples.length === 0) throw new UsageError("dpdk-pdump: found no --pdump, expected one at least");
  return tuples;
}

/** @throws UsageError */
function deviceOf(lab: Lab, { port }: PdumpTuple) {
  const dev = lab.vswitchd.devices.find(port);
  if (dev === undefined)
    throw new UsageError(`dpdk-pdump: found port ${port}, expected one that the switch has attached`);
  return dev;
}

function lineOf(lab: Lab, tuple: PdumpTuple): string {
  const { port, queue } = tuple;
  const name = typeof port === "string" ? port : "(null)";
  return `${deviceOf(lab, tuple).id} device (${name}) queue ${queue === "*" ? ALL_QUEUES : queue}`;
}
