// fdb-text - what fdb/show and fdb/stats-show print of a bridge's MAC table.
import { formatPort } from "../openflow/ports.ts";
import type { MacLearning, MacNumber } from "./mac-learning.ts";

function macText(mac: MacNumber): string {
  const digits = mac.toString(16).padStart(12, "0");
  return digits.replace(/..(?=.)/g, "$&:");
}

export function fdbText(macs: MacLearning): string {
  let text = " port  VLAN  MAC                Age\n";
  for (const entry of macs.entries) {
    const port = formatPort(entry.bundle!.ports[0]!.number).padStart(5);
    const age = macs.age(entry);
    const vlan = String(entry.vlan).padStart(4);
    text += `${port}  ${vlan}  ${macText(entry.mac)}  ${age === undefined ? "static" : String(age).padStart(3)}\n`;
  }
  return text;
}

export function fdbStatsText(bridge: string, { size, limit, staticEntries, statistics }: MacLearning): string {
  return [
    `Statistics for bridge "${bridge}":`,
    `  Current/maximum MAC entries in the table: ${size}/${limit}`,
    `  Current static MAC entries in the table : ${staticEntries}`,
    `  Total number of learned MAC entries     : ${statistics.learned}`,
    `  Total number of expired MAC entries     : ${statistics.expired}`,
    `  Total number of evicted MAC entries     : ${statistics.evicted}`,
    `  Total number of port moved MAC entries  : ${statistics.moved}`,
    "",
  ].join("\n");
}
