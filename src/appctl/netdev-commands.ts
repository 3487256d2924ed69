// netdev-commands - ovs-appctl's commands about devices: qos/show, qos/show-types, netdev-dpdk/detach, netdev-dpdk/get-mempool-info.
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";

type Shape = CommandShape<Vswitchd>;

function qosShow(vswitchd: Vswitchd, [name = ""]: readonly string[]): Reply {
  const netdev = vswitchd.findIface(name)?.netdev;
  if (netdev === undefined) return failed("no such interface\n");
  const policer = netdev.egressPolicer;
  if (policer === undefined) return ok(`QoS not configured on ${name}\n`);
  return ok(`QoS: ${name} egress-policer\ncir: ${policer.cir}\ncbs: ${policer.cbs}\n`);
}

/** In the order of the reference's map of them. */
const KERNEL_QOS = ["netem", "fq_codel", "codel", "hfsc", "noop", "sfq", "htb"];

function qosTypes(vswitchd: Vswitchd, [name = ""]: readonly string[]): Reply {
  const kind = vswitchd.findIface(name)?.netdev?.kind;
  if (kind === undefined) return failed("no such interface\n");
  if (kind === "internal") return ok(KERNEL_QOS.map((type) => `QoS type: linux-${type}\n`).join(""));
  if (kind !== "dpdk" && kind !== "vhost") return ok("QoS type: \n");
  return ok("QoS type: egress-policer\nQoS type: trtcm-policer\n");
}

function detach(vswitchd: Vswitchd, [devargs = ""]: readonly string[]): Reply {
  const { text, failed: no } = vswitchd.devices.detach(devargs);
  return no ? failed(`${text}\n`) : ok(`${text}\n`);
}

export const NETDEV_COMMANDS: readonly (readonly [string, Shape])[] = [
  ["qos/show", { usage: "interface", min: 1, max: 1, run: qosShow }],
  ["qos/show-types", { usage: "interface", min: 1, max: 1, run: qosTypes }],
  ["netdev-dpdk/detach", { usage: "pci address of device", min: 1, max: 1, run: detach }],
];
