// ofproto-host - what a bridge needs of the datapath's side: the time, its ports' way into the datapath, numbers for meters, and somebody to tell that
// megaflows may be wrong.
import type { Bridge } from "./bridge.ts";
import type { Clock } from "./clock.ts";
import type { MeterSettings, MeterStatistics } from "./meter.ts";
import type { Port } from "./port.ts";

export interface OfprotoHost extends Clock {
  /** A datapath port's packets are this port's from now on. */
  attach(bridge: Bridge, port: Port): void;
  detach(port: Port): void;
  /** Translations come out differently now. */
  changed(): void;
  /** id: that the datapath has it by; undefined: a new one. @returns the id */
  setMeter(id: number | undefined, settings: MeterSettings): number;
  removeMeter(id: number): void;
  readMeter(id: number): MeterStatistics;
}
