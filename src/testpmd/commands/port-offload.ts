// port-offload - `show port N rx_offload|tx_offload ...` and their settings, per port and per queue.
// Follows cmd_config_per_port_rx_offload_parsed and its neighbours of app/test-pmd 22.11.

import type { Offloads } from "../../dpdk/limits.ts";
import type { App, Port } from "../app.ts";
import { offloadCapabilities, offloadConfiguration, offloadNamed, type Side } from "../blocks/offloads.ts";
import { changePortOffloads, queueOffloads, setQueueOffloads } from "../blocks/port-offloads.ts";
import { command } from "../console/command.ts";
import { DEVICE_AND_QUEUES, ethdevPort, portWithInfo, reconfigure } from "./guards.ts";

/** As many as the device was configured with. */
const queueCount = ({ dev }: Port, side: Side): number => (side === "rx" ? dev.rxQueues : dev.txQueues).length;

/** A port whose offloads may be changed. */
function changeablePort(app: App, id: number): Port | undefined {
  const port = portWithInfo(app, id);
  if (port === undefined || port.status === "stopped") return port;
  app.err(`Error: Can't config offload when Port ${id} is not stopped\n`);
  return undefined;
}

const switched = (offloads: Offloads, bit: Offloads, on: boolean): Offloads => (on ? offloads | bit : offloads & ~bit);

function switchOnPort(app: App, side: Side, id: number, name: string, on: boolean): void {
  const port = changeablePort(app, id);
  if (port === undefined) return;
  const bit = offloadNamed(side, name);
  for (let queue = 0; queue < queueCount(port, side); queue++) {
    setQueueOffloads(port, side, queue, switched(queueOffloads(port, side, queue), bit, on));
  }
  changePortOffloads(port, side, switched(side === "rx" ? port.rxOffloads : port.txOffloads, bit, on));
}

function switchOnQueue(app: App, side: Side, id: number, queue: number, name: string, on: boolean): void {
  const port = changeablePort(app, id);
  if (port === undefined) return;
  const count = queueCount(port, side);
  if (queue >= count) {
    app.err(`Error: input queue_id should be 0 ... ${count - 1}\n`);
    return;
  }
  setQueueOffloads(port, side, queue, switched(queueOffloads(port, side, queue), offloadNamed(side, name), on));
  reconfigure(port, DEVICE_AND_QUEUES);
}

function showCapabilities(app: App, side: Side, id: number): void {
  const port = portWithInfo(app, id);
  if (port !== undefined) app.out(offloadCapabilities(side, port));
}

function showConfiguration(app: App, side: Side, id: number): void {
  const port = ethdevPort(app, id);
  if (port === undefined) app.err(`Error during getting device configuration (port ${id}): No such device\n`);
  else app.out(offloadConfiguration(side, port, queueCount(port, side)));
}

export const offloadCommands = [
  command("show port <port_id:u16> rx_offload capabilities", "", (app, { port_id }) =>
    showCapabilities(app, "rx", port_id),
  ),
  command("show port <port_id:u16> rx_offload configuration", "", (app, { port_id }) =>
    showConfiguration(app, "rx", port_id),
  ),
  command(
    "port config <port_id:u16> rx_offload <offload:vlan_strip|ipv4_cksum|udp_cksum|tcp_cksum|tcp_lro|qinq_strip|outer_ipv4_cksum|macsec_strip|vlan_filter|vlan_extend|scatter|buffer_split|timestamp|security|keep_crc|rss_hash> <on_off:on|off>",
    "",
    (app, { port_id, offload, on_off }) => switchOnPort(app, "rx", port_id, offload, on_off === "on"),
  ),
  command(
    "port <port_id:u16> rxq <queue_id:u16> rx_offload <offload:vlan_strip|ipv4_cksum|udp_cksum|tcp_cksum|tcp_lro|qinq_strip|outer_ipv4_cksum|macsec_strip|vlan_filter|vlan_extend|scatter|buffer_split|timestamp|security|keep_crc> <on_off:on|off>",
    "",
    (app, { port_id, queue_id, offload, on_off }) =>
      switchOnQueue(app, "rx", port_id, queue_id, offload, on_off === "on"),
  ),
  command("show port <port_id:u16> tx_offload capabilities", "", (app, { port_id }) =>
    showCapabilities(app, "tx", port_id),
  ),
  command("show port <port_id:u16> tx_offload configuration", "", (app, { port_id }) =>
    showConfiguration(app, "tx", port_id),
  ),
  command(
    "port config <port_id:u16> tx_offload <offload:vlan_insert|ipv4_cksum|udp_cksum|tcp_cksum|sctp_cksum|tcp_tso|udp_tso|outer_ipv4_cksum|qinq_insert|vxlan_tnl_tso|gre_tnl_tso|ipip_tnl_tso|geneve_tnl_tso|macsec_insert|mt_lockfree|multi_segs|mbuf_fast_free|security|send_on_timestamp> <on_off:on|off>",
    "",
    (app, { port_id, offload, on_off }) => switchOnPort(app, "tx", port_id, offload, on_off === "on"),
  ),
  command(
    "port <port_id:u16> txq <queue_id:u16> tx_offload <offload:vlan_insert|ipv4_cksum|udp_cksum|tcp_cksum|sctp_cksum|tcp_tso|udp_tso|outer_ipv4_cksum|qinq_insert|vxlan_tnl_tso|gre_tnl_tso|ipip_tnl_tso|geneve_tnl_tso|macsec_insert|mt_lockfree|multi_segs|mbuf_fast_free|security> <on_off:on|off>",
    "",
    (app, { port_id, queue_id, offload, on_off }) =>
      switchOnQueue(app, "tx", port_id, queue_id, offload, on_off === "on"),
  ),
];
