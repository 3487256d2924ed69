// meter-commands - ovs-ofctl's commands about meters: add-meter, mod-meter, del-meter(s), dump-meter(s), meter-stats, meter-features.

import { OfpError } from "../ofproto/ofp-error.ts";
import { portOrder } from "../ofproto/port-order.ts";
import { formatMeter, formatMeterMod, formatMeterStats } from "../openflow/format-meter.ts";
import { checkMeterMod, type MeterMod, OFPM13_ALL } from "../openflow/meter.ts";
import { parseMeterMod, parseMeterRequest } from "../openflow/parse-meter-mod.ts";
import { P_OF13_UP } from "../openflow/protocol.ts";
import type { OfctlCall, OfctlCommand } from "./command.ts";

function send({ connection }: OfctlCall, mod: MeterMod): number {
  connection.choose(P_OF13_UP);
  try {
    const fault = checkMeterMod(mod);
    if (fault !== undefined) throw new OfpError(fault);
    connection.bridge.ofproto.meterMod(mod);
    return 0;
  } catch (error) {
    if (!(error instanceof OfpError)) throw error;
    connection.refused(error.code, "OFPT_METER_MOD", ` ${formatMeterMod(mod).trimEnd()}`);
    return 1;
  }
}

function modify(command: MeterMod["command"], usual?: string): OfctlCommand {
  return {
    min: usual === undefined ? 2 : 1,
    max: 2,
    run: (call) => send(call, parseMeterMod(call.args[0] ?? usual ?? "", command)),
  };
}

interface Numbered {
  readonly meterId: number;
}

/** The meters that are asked for, in the order of the switch's map of them; undefined: the one that is asked for is not there. */
function chosen<T extends Numbered>(all: readonly T[], word: string | undefined): readonly T[] | undefined {
  const id = word === undefined ? OFPM13_ALL : parseMeterRequest(word);
  if (id === OFPM13_ALL)
    return portOrder(all.map((meter) => ({ number: meter.meterId, meter }))).map(({ meter }) => meter);
  const found = all.filter(({ meterId }) => meterId === id);
  return found.length === 0 ? undefined : found;
}

function dump<T extends Numbered>(
  name: string,
  all: (call: OfctlCall) => readonly T[],
  format: (one: T) => string,
): OfctlCommand {
  return {
    min: 1,
    max: 2,
    run(call) {
      const { connection, args } = call;
      connection.choose(P_OF13_UP);
      const meters = chosen(all(call), args[0]);
      if (meters === undefined)
        connection.refusedRequest("OFPMMFC_UNKNOWN_METER", `${name} request`, ` ${args[0]?.replace(/\s/g, "")}`);
      else connection.out(`${connection.heading(`${name} reply`)}\n${meters.map(format).join("\n")}`);
    },
  };
}

const dumpMeters = dump("OFPST_METER_CONFIG", ({ connection }) => connection.bridge.ofproto.meters, formatMeter);
const meterStats = dump("OFPST_METER", ({ connection }) => connection.bridge.ofproto.meterStats(), formatMeterStats);

const meterFeatures: OfctlCommand = {
  min: 1,
  max: 1,
  run({ connection }) {
    connection.choose(P_OF13_UP);
    connection.out(
      `${connection.heading("OFPST_METER_FEATURES reply")}\nmax_meter:262144 max_bands:8 max_color:0\nband_types: drop\n` +
        "capabilities: kbps pktps burst stats\n",
    );
  },
};

export const METER_COMMANDS: readonly (readonly [string, OfctlCommand])[] = [
  ["add-meter", modify("add")],
  ["mod-meter", modify("modify")],
  ["del-meter", modify("delete", "meter=all")],
  ["del-meters", modify("delete", "meter=all")],
  ["dump-meter", dumpMeters],
  ["dump-meters", dumpMeters],
  ["meter-stats", meterStats],
  ["meter-features", meterFeatures],
];
