// qos - a port's row of the QoS table as its device has it: egress-policer (lib/netdev-dpdk.c of OVS 3.1).
// Not modelled: trtcm-policer.
import type { Database, Row } from "../ovsdb/database.ts";
import { mapOf, textOf } from "../ovsdb/row.ts";
import type { Log } from "./log.ts";
import type { EgressPolicer, Netdev } from "./netdev.ts";
import { integer } from "./settings.ts";

/** What the port's QoS asks for; undefined: nothing, or what cannot be. */
export function wantedPolicer(db: Database, port: Row, netdev: Netdev, log: Log): EgressPolicer | undefined {
  const [row] = db.references(port, "qos");
  if (row === undefined || textOf(row, "type") !== "egress-policer") return undefined;
  const config = mapOf(row, "other_config");
  const policer = { cir: integer(config, "cir", 0), cbs: integer(config, "cbs", 0) };
  if (policer.cir !== 0 && policer.cbs !== 0) return policer;
  log.error("netdev_dpdk", "Could not create rte meter for egress policer");
  log.error("netdev_dpdk", `Failed to set QoS type egress-policer on port ${netdev.name}: Invalid argument`);
  return undefined;
}
