// recordings - what real testpmd did, as pcaps/pvp and pcaps/p2p hold it: what was asked of it, what left, and its counters in our words.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readPackets } from "../../src/capture/packets.ts";
import type { PortReport, ReplayOptions } from "../../src/node/index.ts";

/** testpmd's counters by block and word. */
type Blocks = Record<"forward" | "nic" | "xstats", Record<string, number>>;
interface PvpStats {
  readonly host: Record<string, Blocks>;
  readonly guest: Record<string, Blocks>;
}

/** Path of a file of pcaps/. */
export function pcapPath(name: string): string {
  return fileURLToPath(new URL(`../../pcaps/${name}`, import.meta.url));
}

/** Packets of a capture by path. */
export function packetsOf(path: string): Uint8Array[] {
  return readPackets(new Uint8Array(readFileSync(path)), path);
}

/** Names of the recordings in a folder of pcaps/. */
export function recordingsIn(folder: "pvp" | "p2p"): string[] {
  return readdirSync(pcapPath(folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** What the modes of pcaps/pvp/README.md are in our options. */
const PVP_MODES: Record<string, Partial<ReplayOptions>> = {
  io: { fwdMode: "io", retry: true },
  mac: { fwdMode: "mac", retry: true },
  macswap: { fwdMode: "macswap", retry: true },
  mac_peer: { fwdMode: "mac", retry: true, ethPeers: ["vm0.eth1=02:70:63:61:70:01"] },
  mac_noretry: { fwdMode: "mac" },
  loopback_mac: { fwdMode: "mac", retry: true, topology: "loopback" },
};

/** The replay that repeats a recording `<mode>__<capture>[__nomrg]` of pcaps/pvp, and the port its packets leave by. */
export function pvpReplay(name: string): { options: ReplayOptions; exit: "phy0" | "phy1" } {
  const [mode = "", capture = "", ring] = name.split("__");
  const asked = PVP_MODES[mode];
  if (asked === undefined) throw new Error(`test: found mode ${mode} in pcaps/pvp, expected ${Object.keys(PVP_MODES)}`);
  const options: ReplayOptions = {
    captures: [pcapPath(`in/${capture}.pcap`)],
    switch: "wire",
    phy: "pcap",
    mergeable: ring !== "nomrg",
    ...asked,
  };
  return { options, exit: options.topology === "loopback" ? "phy0" : "phy1" };
}

/** What the modes of pcaps/p2p/README.md are in our options. */
const P2P_MODES: Record<string, Partial<ReplayOptions>> = {
  io: { fwdMode: "io" },
  mac: { fwdMode: "mac" },
  macswap: { fwdMode: "macswap" },
  rxonly: { fwdMode: "rxonly" },
  mac_retry: { fwdMode: "mac", retry: true },
  mac_peer: { fwdMode: "mac", ethPeers: ["phy1=ff:ee:dd:cc:bb:aa"] },
  txfirst_mac: { fwdMode: "mac", txFirst: 1 },
  txfirst3_mac: { fwdMode: "mac", txFirst: 3 },
};

/** The replay that repeats a recording `<mode>__<capture>` of pcaps/p2p. */
export function p2pReplay(name: string, phy: "nic" | "pcap"): ReplayOptions {
  const [mode = "", capture = ""] = name.split("__");
  const asked = P2P_MODES[mode];
  if (asked === undefined) throw new Error(`test: found mode ${mode} in pcaps/p2p, expected ${Object.keys(P2P_MODES)}`);
  return { captures: [pcapPath(`in/${capture}.pcap`)], topology: "p2p", phy, ...asked };
}

/** Real testpmd's counters of every port, in the fields of our report. */
export function pvpCounters(path: string): Record<string, PortReport> {
  const stats = JSON.parse(readFileSync(path, "utf8")) as PvpStats;
  const guest = Object.entries(stats.guest).map(([name, blocks]): [string, Blocks] => [`vm0.${name}`, blocks]);
  return Object.fromEntries(
    [...Object.entries(stats.host), ...guest].map(([name, { nic, forward }]) => {
      const word = (block: Record<string, number>, key: string): number => {
        const value = block[key];
        if (value === undefined) throw new Error(`test: found no ${key} of ${name} in ${path}`);
        return value;
      };
      const port: PortReport = {
        rx_packets: word(nic, "RX-packets"),
        rx_bytes: word(nic, "RX-bytes"),
        rx_missed: word(nic, "RX-missed"),
        rx_errors: word(nic, "RX-errors"),
        rx_nombuf: word(nic, "RX-nombuf"),
        tx_packets: word(nic, "TX-packets"),
        tx_bytes: word(nic, "TX-bytes"),
        tx_dropped: word(forward, "TX-dropped"),
      };
      return [name, port];
    }),
  );
}

/** Real testpmd's forward statistics of a p2p recording: packets received, sent and dropped of each port. */
export function p2pCounters(
  name: string,
): Record<string, Pick<PortReport, "rx_packets" | "tx_packets" | "tx_dropped">> {
  const stats = JSON.parse(readFileSync(pcapPath(`p2p/${name}/stats.json`), "utf8")) as Record<
    "p0" | "p1",
    Record<string, number>
  >;
  const port = (counters: Record<string, number>) => ({
    rx_packets: counters["RX-packets"]!,
    tx_packets: counters["TX-packets"]!,
    tx_dropped: counters["TX-dropped"]!,
  });
  return { phy0: port(stats.p0), phy1: port(stats.p1) };
}

/** What left port `phyN` of a p2p recording; nothing where it kept no file. */
export function p2pEgress(name: string, port: 0 | 1): Uint8Array[] {
  const path = pcapPath(`p2p/${name}/p${port}_tx.pcap`);
  return existsSync(path) ? packetsOf(path) : [];
}
