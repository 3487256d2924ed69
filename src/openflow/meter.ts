// meter - OpenFlow meters as they are described, and what a switch is asked to do with them (struct
// ofputil_meter_config and ofputil_meter_mod of OVS 3.1).

/** The highest number of a meter, those of the switch's own, and that for all. */
export const OFPM13_MAX = 0xffff0000;
export const OFPM13_SLOWPATH = 0xfffffffd;
export const OFPM13_CONTROLLER = 0xfffffffe;
export const OFPM13_ALL = 0xffffffff;

export interface MeterBand {
  readonly type: "drop" | "dscp_remark";
  readonly rate: number;
  /** 0: none was given, which means as much as the rate. */
  readonly burst: number;
  /** Of dscp_remark. */
  readonly precLevel: number;
}

export interface MeterConfig {
  readonly meterId: number;
  readonly kbps: boolean;
  readonly pktps: boolean;
  readonly burst: boolean;
  readonly stats: boolean;
  readonly bands: readonly MeterBand[];
}

export type MeterMod =
  | { readonly command: "add" | "modify"; readonly meter: MeterConfig }
  /** OFPM13_ALL: all meters */
  | { readonly command: "delete"; readonly meterId: number };

/** What a switch answers to a meter_mod that it cannot read; undefined: nothing is wrong. */
export function checkMeterMod(mod: MeterMod): "OFPMMFC_BAD_FLAGS" | undefined {
  return mod.command !== "delete" && mod.meter.kbps && mod.meter.pktps ? "OFPMMFC_BAD_FLAGS" : undefined;
}
