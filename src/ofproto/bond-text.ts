// bond-text - what bond/show prints of a bond.
import { formatMac } from "../openflow/address.ts";
import type { Bond, BondMember } from "./bond.ts";

export function bondText(bond: Bond, nowMs: number): string {
  const byMac = bond.members.find(({ port }) => port.mac.every((byte, i) => byte === bond.activeMac[i]));
  const lines = [
    `---- ${bond.name} ----`,
    `bond_mode: ${bond.mode}`,
    "bond may use recirculation: no, Recirc-ID : -1",
    `bond-hash-basis: ${bond.basis}`,
    "lb_output action: disabled, bond-id: -1",
  ];
  if (bond.mode === "balance-slb") lines.push(`all members active: ${bond.allMembersActive}`);
  lines.push(`updelay: ${bond.upDelayMs} ms`, `downdelay: ${bond.downDelayMs} ms`);
  if (bond.isBalanced) lines.push(`next rebalance: ${bond.nextRebalanceMs - nowMs} ms`);
  const known = bond.primary === undefined || bond.members.some(({ port }) => port.name === bond.primary);
  lines.push(
    "lacp_status: off",
    "lacp_fallback_ab: false",
    `active-backup primary: ${bond.primary ?? "<none>"}${known ? "" : " (no such member)"}`,
    `active member mac: ${formatMac(bond.activeMac)}(${byMac?.port.name ?? "none"})`,
  );
  const names = [...bond.members].sort((a, b) => (a.port.name < b.port.name ? -1 : 1));
  for (const member of names) lines.push("", ...memberLines(bond, member, nowMs));
  return `${lines.join("\n")}\n\n`;
}

function memberLines(bond: Bond, member: BondMember, nowMs: number): string[] {
  const lines = [`member ${member.port.name}: ${member.enabled ? "enabled" : "disabled"}`];
  if (member === bond.active) lines.push("  active member");
  if (member.delayExpires !== Number.POSITIVE_INFINITY)
    lines.push(`  ${member.enabled ? "downdelay" : "updelay"} expires in ${member.delayExpires - nowMs} ms`);
  lines.push(`  may_enable: ${member.port.isLive}`);
  if (!bond.isBalanced) return lines;
  bond.entries.forEach((entry, hash) => {
    const kilobytes = Math.floor(entry.txBytes / 1024);
    if (entry.member === member && kilobytes > 0) lines.push(`  hash ${hash}: ${kilobytes} kB load`);
  });
  return lines;
}
