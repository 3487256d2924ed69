// xlate-mcast - multicast in a bridge that snoops: reports and queries change its table and go to routers, other packets to their group's ports
// (the part of xlate_normal that is about it, ofproto-dpif-xlate.c of OVS 3.1.0; RFC 4541).
import {
  FLOW_DL_TYPE,
  FLOW_IGMP_GROUP,
  FLOW_IPV6_DST,
  FLOW_IPV6_SRC,
  FLOW_NW_DST,
  FLOW_NW_PROTO,
  FLOW_NW_SRC,
  FLOW_TP_SRC,
} from "../../assembly/abi/flow.ts";
import { formatIpv4 } from "../openflow/address.ts";
import { ETH_TYPE_IP, IPPROTO_ICMPV6, IPPROTO_IGMP } from "../openflow/field-prereqs.ts";
import type { Flow } from "../openflow/flow.ts";
import * as types from "./mcast-packet.ts";
import { groupAddress4, groupAddress6, type McastSnooping } from "./mcast-snooping.ts";
import { hasBroadcastDestination, hasMulticastDestination, isIpFlow } from "./packet-kind.ts";
import type { Bundle } from "./port.ts";
import { NONE_BUNDLE, outputBundle } from "./xlate-bundle.ts";
import type { XlateContext } from "./xlate-context.ts";
import type { Xvlan } from "./xvlan.ts";

const IGMP_REPORTS = [types.IGMP_V1_REPORT, types.IGMP_V2_REPORT, types.IGMP_V3_REPORT, types.IGMP_LEAVE];
const MLD_TYPES = [types.MLD_QUERY, types.MLD_REPORT, types.MLD_DONE, types.MLD2_REPORT];
/** ff02::1 */
const ALL_HOSTS = [0xff020000, 0, 0, 1];

/** A packet on its way through a bridge that snoops. */
interface Way {
  readonly ctx: XlateContext;
  readonly snooping: McastSnooping;
  readonly input: Bundle;
  readonly xvlan: Xvlan;
  flood(): void;
}

/** @returns false: it is none of snooping's business */
export function xlateMcast(ctx: XlateContext, input: Bundle, xvlan: Xvlan, flood: () => void): boolean {
  const { bridge, flow } = ctx;
  const { snooping } = bridge;
  if (snooping === undefined || !hasMulticastDestination(flow) || hasBroadcastDestination(flow) || !isIpFlow(flow))
    return false;
  const way: Way = { ctx, snooping, input, xvlan, flood };
  if (flow.be16(FLOW_DL_TYPE) === ETH_TYPE_IP) forward4(way);
  else forward6(way);
  return true;
}

function forward4(way: Way): void {
  const { ctx, xvlan } = way;
  const { flow, wildcards } = ctx;
  wildcards.setU8(FLOW_NW_PROTO, 0xff);
  if (flow.u8(FLOW_NW_PROTO) === IPPROTO_IGMP) {
    ctx.isSlow = true;
    const type = flow.be16(FLOW_TP_SRC);
    const isReport = IGMP_REPORTS.includes(type);
    if (isReport || type === types.IGMP_QUERY) learn(way, learn4);
    if (isReport) sendReport(way);
    else flooded(way, "multicast traffic, flooding");
    return;
  }
  wildcards.fill(FLOW_NW_DST, 4, 0xff);
  const to = flow.be32(FLOW_NW_DST);
  if (to >>> 8 === 0xe00000) flooded(way, "RFC4541: section 2.1.2, item 2, flooding");
  else sendGroup(way, way.snooping.lookup(groupAddress4(to), xvlan[0].vid));
}

function forward6(way: Way): void {
  const { ctx, xvlan } = way;
  const { flow, wildcards } = ctx;
  wildcards.setU8(FLOW_NW_PROTO, 0xff);
  if (flow.u8(FLOW_NW_PROTO) === IPPROTO_ICMPV6) {
    wildcards.setBe16(FLOW_TP_SRC, 0xffff);
    const type = flow.be16(FLOW_TP_SRC);
    if (MLD_TYPES.includes(type)) {
      ctx.isSlow = true;
      learn(way, learn6);
      if (type === types.MLD_QUERY) flooded(way, "MLD query, flooding");
      else sendReport(way);
      return;
    }
  }
  wildcards.fill(FLOW_IPV6_DST, 16, 0xff);
  if (isAllHosts(flow)) flooded(way, "RFC4541: section 2.1.2, item 2, flooding");
  else sendGroup(way, way.snooping.lookup(groupAddress6(flow.bytes, FLOW_IPV6_DST), xvlan[0].vid));
}

function isAllHosts(flow: Flow): boolean {
  return ALL_HOSTS.every((word, i) => flow.be32(FLOW_IPV6_DST + 4 * i) >>> 0 === word);
}

function flooded({ ctx, flood }: Way, why: string): void {
  ctx.report("detail", why);
  flood();
}

/** Lets the table know, if there is a packet and it may have effects. */
function learn(way: Way, learnFrom: (way: Way, packet: types.McastPacket) => void): void {
  const { ctx, snooping, input } = way;
  const { sideEffects, packet } = ctx.wishes;
  if (!sideEffects || packet === undefined || input === NONE_BUNDLE || snooping.isFlooded(input)) return;
  learnFrom(way, new types.McastPacket(packet));
}

function learn4({ ctx, snooping, input, xvlan }: Way, packet: types.McastPacket): void {
  const { flow } = ctx;
  const [{ vid }] = xvlan;
  const where = `on port ${input.name} in VLAN ${vid}`;
  const group = flow.be32(FLOW_IGMP_GROUP);
  if (!packet.hasGoodIgmpSum) {
    ctx.report("detail", `multicast snooping received bad IGMP checksum ${where}`);
    return;
  }
  switch (flow.be16(FLOW_TP_SRC)) {
    case types.IGMP_V1_REPORT:
    case types.IGMP_V2_REPORT:
      if (snooping.join(groupAddress4(group), vid, input))
        ctx.report("detail", `multicast snooping learned that ${formatIpv4(group)} is ${where}`);
      break;
    case types.IGMP_LEAVE:
      if (snooping.leave(groupAddress4(group), vid, input))
        ctx.report("detail", `multicast snooping leaving ${formatIpv4(group)} is ${where}`);
      break;
    case types.IGMP_QUERY:
      if (flow.be32(FLOW_NW_SRC) !== 0 && snooping.addRouter(vid, input))
        ctx.report("detail", `multicast snooping query from ${formatIpv4(flow.be32(FLOW_NW_SRC))} is ${where}`);
      break;
    default:
      take(ctx, snooping, packet.igmpRecords(), input, vid);
  }
}

function learn6({ ctx, snooping, input, xvlan }: Way, packet: types.McastPacket): void {
  const { flow } = ctx;
  const [{ vid }] = xvlan;
  const where = `on port ${input.name} in VLAN ${vid}`;
  if (!packet.hasGoodMldSum) ctx.report("detail", `multicast snooping received bad MLD checksum ${where}`);
  else if (flow.be16(FLOW_TP_SRC) !== types.MLD_QUERY) take(ctx, snooping, packet.mldRecords(), input, vid);
  else if (!hasNoSource(flow) && snooping.addRouter(vid, input))
    ctx.report("detail", `multicast snooping query ${where}`);
}

function hasNoSource(flow: Flow): boolean {
  return flow.bytes.subarray(FLOW_IPV6_SRC, FLOW_IPV6_SRC + 16).every((byte) => byte === 0);
}

function take(
  ctx: XlateContext,
  snooping: McastSnooping,
  records: Iterable<types.Membership>,
  input: Bundle,
  vlan: number,
): void {
  let count = 0;
  for (const { address, joins } of records)
    if (joins ? snooping.join(address, vlan, input) : snooping.leave(address, vlan, input)) count++;
  const text = `multicast snooping processed ${count} addresses on port ${input.name} in VLAN ${vlan}`;
  if (count > 0) ctx.report("detail", text);
}

/** To routers, and to ports that get all reports. */
function sendReport(way: Way): void {
  const { snooping, input, ctx } = way;
  const out = routers(way);
  for (const bundle of snooping.reportPorts) {
    if (!isThere(way, bundle)) ctx.report("warn", "mcast port is unknown, dropping the report");
    else if (bundle === input) ctx.report("detail", "mcast port is input port, dropping the Report");
    else {
      ctx.report("detail", "forwarding report to mcast flagged port");
      out.push(bundle);
    }
  }
  send(way, out);
}

/** Whoever is in the group, ports that get everything, and routers; of a group that nobody is in, as is set. */
function sendGroup(way: Way, group: Iterable<Bundle> | undefined): void {
  const { snooping } = way;
  if (group !== undefined) send(way, [...ports(way, group, "group"), ...floodPorts(way), ...routers(way)]);
  else if (snooping.floodUnregistered) flooded(way, "unregistered multicast, flooding");
  else send(way, [...routers(way), ...floodPorts(way)]);
}

function floodPorts(way: Way): Bundle[] {
  return ports(way, way.snooping.floodPorts, "flood");
}

/** Those that are not the input. */
function ports(way: Way, bundles: Iterable<Bundle>, kind: string): Bundle[] {
  const { ctx, input } = way;
  const out: Bundle[] = [];
  for (const bundle of bundles) {
    if (!isThere(way, bundle)) ctx.report("warn", `mcast ${kind} port is unknown, dropping`);
    else if (bundle === input) ctx.report("detail", `mcast ${kind} port is input port, dropping`);
    else {
      ctx.report("detail", `forwarding to mcast ${kind} port`);
      out.push(bundle);
    }
  }
  return out;
}

/** 3.1.0 does not forget that a port that is gone was to get everything. */
function isThere({ ctx }: Way, bundle: Bundle): boolean {
  return ctx.bridge.bundles.includes(bundle);
}

function routers({ ctx, snooping, input, xvlan }: Way): Bundle[] {
  const out: Bundle[] = [];
  for (const { bundle, vlan } of snooping.routerPorts) {
    if (bundle !== input && vlan === xvlan[0].vid) {
      ctx.report("detail", "forwarding to mcast router port");
      out.push(bundle);
    } else if (vlan !== xvlan[0].vid) ctx.report("detail", "mcast router is on another vlan, dropping");
    else ctx.report("detail", "mcast router port is input port, dropping");
  }
  return out;
}

function send({ ctx, xvlan }: Way, bundles: readonly Bundle[]): void {
  for (const bundle of bundles) outputBundle(ctx, bundle, xvlan);
}
