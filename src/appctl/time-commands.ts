// time-commands - ovs-appctl's time/*, which ovs-vswitchd has when it was started with --enable-dummy (lib/timeval.c of OVS 3.1). A lab's time stands
// still by itself; time/warp lets it pass.
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";

/** atoll: what stands at the beginning, or 0. */
function leading(text: string): number {
  return Number(/^\s*([-+]?\d+)/.exec(text)?.[1] ?? 0);
}

/** `[TOTAL] STEP`: a total passes in steps, which nothing here depends on. */
async function warp(vswitchd: Vswitchd, args: readonly string[]): Promise<Reply> {
  const total = args.length > 1 ? leading(args[0]!) : 0;
  const step = leading(args.at(-1)!);
  if (step <= 0 || total < 0) return failed("invalid MSECS\n");
  await vswitchd.options.time.advance(total > 0 ? total : step);
  return ok("warped\n");
}

export const TIME_COMMANDS: readonly (readonly [string, CommandShape<Vswitchd>])[] = [
  ["time/stop", { usage: "", min: 0, max: 0, run: () => ok() }],
  ["time/warp", { usage: "[large_msecs] msecs", min: 1, max: 2, run: warp }],
];
