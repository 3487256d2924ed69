// device - what the protocol comes to, for ring code: values with linear addresses in which nothing of the protocol is left. The device side
// gets them from a back-end, the driver side from a front-end.
// Invariants: O1 ring code touches a ring, its descriptors' memory and its eventfds only between `start` and the end of `stop`. O2 a change
// to a running ring is a stop and a start, but for its dirty log.
import type { RingFormat } from "./features.ts";
import type { Fd } from "./host.ts";
import type { DeviceRegion } from "./regions.ts";

export type Awaitable<T> = T | Promise<T>;

/** Where a side of a ring stands. Split: avail and used index; packed: slot, and its wrap counter in bit 15. */
export interface RingPosition {
  readonly avail: number;
  readonly used: number;
}

/** Linear addresses of a ring's three areas; packed: descriptors, driver's and device's event area. */
export interface RingPlace {
  readonly desc: number;
  readonly avail: number;
  readonly used: number;
}

/** A ring as the device side runs it. Even: towards the driver; odd: from it. */
export interface DeviceRing extends RingPlace {
  readonly index: number;
  readonly size: number;
  /** Where to go on. */
  readonly position: RingPosition;
  /** Eventfds, borrowed while the ring runs; undefined: none, poll. */
  readonly kick: Fd | undefined;
  readonly call: Fd | undefined;
  /** The ring's own pages are told to the dirty log. */
  readonly logged: boolean;
  /** It is disabled, from the driver: what comes by it is consumed and dropped. */
  readonly discards: boolean;
  /** The driver was called for something in it before. */
  readonly called: boolean;
}

/** A bit for each 4 KiB of guest addresses, to be set where the device side has written; linear address and bytes. */
export interface DirtyLog {
  readonly linear: number;
  readonly bytes: number;
}

export interface Device extends RingFormat {
  readonly regions: readonly DeviceRegion[];
  /** undefined: nobody copies the guest's memory. */
  readonly log: DirtyLog | undefined;
  /** What the front-end says of its MTU; undefined: nothing. */
  readonly mtu: number | undefined;
}

/** The device side's ring code, one a connection. */
export interface DeviceUser {
  /** Runs these rings from now on, besides those that run. What it throws ends the connection. */
  start(device: Device, rings: readonly DeviceRing[]): Awaitable<void>;
  /** These rings, which run, have another dirty log, or none. */
  relog(log: DirtyLog | undefined, rings: readonly Pick<DeviceRing, "index" | "logged">[]): Awaitable<void>;
  /** SEND_RARP: the next burst that comes from the guest begins with a RARP frame of this MAC address, its first byte lowest. */
  announce(mac: bigint): Awaitable<void>;
  /** Lets go of these rings. @returns where each stands */
  stop(rings: readonly number[]): Awaitable<ReadonlyMap<number, RingPosition>>;
}

/** What front-end and back-end agreed on, before there are rings. */
export interface Agreed extends RingFormat {
  readonly queuePairs: number;
}

/** A ring as its driver laid it out; linear addresses, in the window that is shared. */
export interface DriverRing extends RingPlace {
  readonly size: number;
  /** For SET_VRING_BASE: where the device goes on. */
  readonly base: number;
}

/** Its eventfds; borrowed. The driver writes `kick` and may wait for `call`. */
export interface DriverEvents {
  readonly kick: Fd;
  readonly call: Fd;
}

/** The driver side's ring code. */
export interface DriverUser {
  /** Lays out rings, two a queue pair: rx 2i, tx 2i + 1. Called for each connection: new rings, or the old ones with base their used.idx. */
  rings(agreed: Agreed): readonly DriverRing[];
  /** The device runs the rings from now on. */
  start(agreed: Agreed, events: readonly DriverEvents[]): Awaitable<void>;
  /** The device is gone, or about to go. */
  stop(): Awaitable<void>;
}
