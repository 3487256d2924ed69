// link-text - a link in rte_ethdev's words.
import type { Link } from "./dev-info.ts";

/** rte_eth_link_speed_to_str. */
export function linkSpeed(mbps: number): string {
  const known = [10, 100, 1000, 2500, 5000, 10_000, 20_000, 25_000, 40_000, 50_000, 56_000, 100_000, 200_000];
  if (mbps === 0) return "None";
  if (mbps === 0xffff_ffff) return "Unknown";
  if (!known.includes(mbps)) return "Invalid";
  return mbps < 1000 ? `${mbps} Mbps` : `${mbps / 1000} Gbps`;
}

/** rte_eth_link_to_str. */
export function linkText({ up, speedMbps, fullDuplex, autoneg }: Link): string {
  if (!up) return "Link down";
  return `Link up at ${linkSpeed(speedMbps)} ${fullDuplex ? "FDX" : "HDX"} ${autoneg ? "Autoneg" : "Fixed"}`;
}
