// iface - a row of the Interface table at work: its device, its numbers in OpenFlow and in the datapath, its error, and what the row shows of it.

import type { Ofproto } from "../ofproto/ofproto.ts";
import type { OfPort } from "../openflow/ofpact.ts";
import type { Database, Row } from "../ovsdb/database.ts";
import type { Atom } from "../ovsdb/datum.ts";
import { macText, type Netdev, SIZE_NAMES } from "./netdev.ts";

export class Iface {
  readonly uuid: string;
  readonly name: string;
  readonly type: string;
  netdev: Netdev | undefined;
  ofPort: OfPort | undefined;
  /** Number in the datapath; undefined: none. */
  odpPort: number | undefined;
  error: string | undefined;
  /** When it became a port. */
  sinceMs = 0;
  private counted = false;

  constructor(row: Row, name: string, type: string) {
    this.uuid = row.uuid;
    this.name = name;
    this.type = type;
  }

  /** Tells the bridge whether the device has a link. */
  reportLink(ofproto: Ofproto): void {
    const { netdev, ofPort } = this;
    if (netdev === undefined || ofPort === undefined || netdev.kind === "patch") return;
    if (ofproto.port(ofPort).linkUp !== netdev.link.up) ofproto.setLink(ofPort, netdev.link.up);
  }

  /** Writes what the row shows: ofport, error, link; statistics when it is new, or they are due. */
  publish(db: Database, withStatistics: boolean): void {
    const { uuid, netdev, ofPort, error } = this;
    const set = (column: string, ...keys: Atom[]): void => db.set("Interface", uuid, column, { keys });
    const map = (column: string, entries: readonly (readonly [string, Atom])[]): void => {
      const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
      db.set("Interface", uuid, column, { keys: sorted.map(([key]) => key), values: sorted.map(([, value]) => value) });
    };
    if (error === undefined) set("error");
    else set("error", error);
    set("ofport", ofPort ?? -1);
    if (netdev === undefined || ofPort === undefined) return;
    const { link, mtu } = netdev;
    set("admin_state", netdev.kind !== "internal" || link.up ? "up" : "down");
    set("link_state", link.up ? "up" : "down");
    set("link_resets", 0);
    if (link.speed === undefined) set("link_speed");
    else set("link_speed", link.speed);
    if (link.duplex === undefined) set("duplex");
    else set("duplex", link.duplex);
    set("ifindex", netdev.ifindex);
    set("mac_in_use", macText(netdev.mac));
    if (mtu === undefined) set("mtu");
    else set("mtu", mtu);
    if (withStatistics || !this.counted) map("statistics", this.statistics(netdev));
    this.counted = true;
    map("status", netdev.status());
  }

  private statistics(netdev: Netdev): (readonly [string, number])[] {
    const s = netdev.stats();
    const named: readonly (readonly [string, number | undefined])[] = [
      ["rx_packets", s.rxPackets],
      ["tx_packets", s.txPackets],
      ["rx_bytes", s.rxBytes],
      ["tx_bytes", s.txBytes],
      ["rx_errors", s.rxErrors],
      ["tx_errors", s.txErrors],
      ["rx_dropped", s.rxDropped],
      ["tx_dropped", s.txDropped],
      ["collisions", s.collisions],
      ["rx_crc_err", s.rxCrcErrors],
      ["rx_frame_err", s.rxFrameErrors],
      ["rx_over_err", s.rxOverErrors],
      ["rx_missed_errors", s.rxMissedErrors],
      ["rx_multicast_packets", s.multicast],
      ...SIZE_NAMES.map((name, i) => [`rx_${name}`, s.rxSizes?.[i]] as const),
      ...SIZE_NAMES.map((name, i) => [`tx_${name}`, s.txSizes?.[i]] as const),
    ];
    const known = named.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    const custom = netdev.customStats().filter(([name]) => !known.some(([other]) => other === name));
    return [...known, ...custom];
  }
}
