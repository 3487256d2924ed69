// meter-table - a bridge's meters, and what meter_mods do to them (ofproto/ofproto.c).
import type { MeterStats } from "../openflow/format-meter.ts";
import {
  type MeterConfig,
  type MeterMod,
  OFPM13_ALL,
  OFPM13_CONTROLLER,
  OFPM13_MAX,
  OFPM13_SLOWPATH,
} from "../openflow/meter.ts";
import type { Bridge } from "./bridge.ts";
import { durationNs } from "./flow-stats.ts";
import { Meter, type MeterSettings } from "./meter.ts";
import { OfpError } from "./ofp-error.ts";
import type { OfprotoHost } from "./ofproto-host.ts";
import { flattened } from "./rule.ts";

const MAX_BANDS = 8;

const settingsOf = ({ pktps, bands }: MeterConfig): MeterSettings => ({ unit: pktps ? "pktps" : "kbps", bands });

/** @throws OfpError when the switch refuses it; nothing is changed then */
export function applyMeterMod(host: OfprotoHost, bridge: Bridge, mod: MeterMod): void {
  if (mod.command === "delete") {
    const ids = mod.meterId === OFPM13_ALL ? [...bridge.meters.keys()] : [mod.meterId];
    for (const id of ids) deleteMeter(host, bridge, id);
    host.changed();
    return;
  }
  const { meter } = mod;
  const virtual = meter.meterId === OFPM13_SLOWPATH || meter.meterId === OFPM13_CONTROLLER;
  if (meter.meterId === 0 || (meter.meterId > OFPM13_MAX && !virtual)) throw new OfpError("OFPMMFC_INVALID_METER");
  if (meter.bands.length > MAX_BANDS) throw new OfpError("OFPMMFC_OUT_OF_BANDS");
  if (meter.bands.some(({ type }) => type !== "drop")) throw new OfpError("OFPMMFC_BAD_BAND");
  const known = bridge.meters.get(meter.meterId);
  if (mod.command === "add") {
    if (known !== undefined) throw new OfpError("OFPMMFC_METER_EXISTS");
    bridge.meters.set(meter.meterId, new Meter(meter, host.setMeter(undefined, settingsOf(meter)), host.nowMs));
  } else {
    if (known === undefined) throw new OfpError("OFPMMFC_UNKNOWN_METER");
    host.setMeter(known.datapathId, settingsOf(meter));
    known.config = meter;
  }
  host.changed();
}

/** Rules that name a meter go with it. */
function deleteMeter(host: OfprotoHost, bridge: Bridge, id: number): void {
  const meter = bridge.meters.get(id);
  if (meter === undefined) return;
  bridge.tables.removeAll(referrers(bridge, id), "meter_delete");
  bridge.meters.delete(id);
  host.removeMeter(meter.datapathId);
}

function referrers(bridge: Bridge, id: number): ReturnType<Bridge["tables"]["collect"]> {
  return bridge.tables.all().filter(({ actions }) => {
    for (const action of flattened(actions)) if (action.type === "meter" && action.meterId === id) return true;
    return false;
  });
}

export function meterStats(host: OfprotoHost, bridge: Bridge, { config, datapathId, createdMs }: Meter): MeterStats {
  const { packetsIn, bytesIn, bands } = host.readMeter(datapathId);
  return {
    meterId: config.meterId,
    flows: referrers(bridge, config.meterId).length,
    packetsIn: BigInt(packetsIn),
    bytesIn: BigInt(bytesIn),
    durationNs: durationNs(createdMs, host.nowMs),
    bands: bands.map(({ packets, bytes }) => ({ packets: BigInt(packets), bytes: BigInt(bytes) })),
  };
}
