// packets - what packets are made of: `set txpkts`, `txsplit`, `txtimes`, `rxoffs`, `rxpkts`, `rxhdrs`.
// Follows set_tx_pkt_segments and set_rx_pkt_* of app/test-pmd 22.11. Rx buffer split is kept and shown; no device does it.

import { FALLBACK_RING_SIZE } from "../../dpdk/devices/dev-info.ts";
import type { App } from "../app.ts";
import { command } from "../console/command.ts";
import { keepPer } from "../keep.ts";
import { MAX_TX_SEGMENTS, parseItemList, setTxSegments } from "../options/setters.ts";
import { QUEUES, reconfigureAll } from "./guards.ts";

/** MAX_SEGS_BUFFER_SPLIT. */
const SPLIT_MAXIMUM = 8;
const UINT16_MAX = 0xffff;

const PROTOCOLS = new Set([
  ..."eth ipv4 ipv6 ipv4-tcp ipv4-udp ipv4-sctp ipv6-tcp ipv6-udp ipv6-sctp grenat".split(" "),
  ..."inner-eth inner-ipv4 inner-ipv6 inner-ipv4-tcp inner-ipv4-udp inner-ipv4-sctp".split(" "),
  ..."inner-ipv6-tcp inner-ipv6-udp inner-ipv6-sctp".split(" "),
]);

interface Split {
  offsets: readonly number[];
  lengths: readonly number[];
  segments: number;
  headers: readonly string[];
}

/** What the `set rx...` commands have set. */
export const bufferSplit = keepPer((_: App): Split => ({ offsets: [], lengths: [], segments: 0, headers: [] }));

/** Whether a list of rx lengths or offsets can be kept. name: of one in the complaint */
function fitsSplit(app: App, items: readonly number[], name: string): boolean {
  if (items.length >= SPLIT_MAXIMUM) {
    app.out(`nb segments per RX packets=${items.length} >= MAX_SEGS_BUFFER_SPLIT - ignored\n`);
    return false;
  }
  const i = items.findIndex((item) => item >= UINT16_MAX);
  if (i >= 0) app.out(`${name}[${i}]=${items[i]} > UINT16_MAX - give up\n`);
  return i < 0;
}

function setRxOffsets(app: App, text: string): void {
  const offsets = parseItemList(app, text, "segment offsets", SPLIT_MAXIMUM);
  if (offsets.length > 0 && fitsSplit(app, offsets, "offset")) bufferSplit(app).offsets = offsets;
  reconfigureAll(app, QUEUES);
}

function setRxLengths(app: App, text: string): void {
  const lengths = parseItemList(app, text, "segment lengths", SPLIT_MAXIMUM);
  if (lengths.length > 0 && fitsSplit(app, lengths, "length")) {
    const split = bufferSplit(app);
    split.lengths = [...lengths, ...split.lengths.slice(lengths.length)];
    split.segments = lengths.length;
  }
  reconfigureAll(app, QUEUES);
}

/** The payload behind the headers is a segment too. */
function setRxHeaders(app: App, text: string): void {
  const names = text.split(",").filter((name) => name !== "");
  for (const name of names) if (!PROTOCOLS.has(name)) app.err(`Unsupported protocol: ${name}\n`);
  if (names.length + 1 > SPLIT_MAXIMUM) {
    app.out(`nb segments per RX packets=${names.length + 1} > MAX_SEGS_BUFFER_SPLIT - ignored\n`);
  } else if (names.length > 0) {
    const split = bufferSplit(app);
    split.headers = names.map((name) => (PROTOCOLS.has(name) ? name : "unsupported"));
    split.segments = names.length + 1;
  }
  reconfigureAll(app, QUEUES);
}

function setTxPackets(app: App, text: string): void {
  const lengths = parseItemList(app, text, "segment lengths", MAX_TX_SEGMENTS);
  if (lengths.length > 0) setTxSegments(app, app.settings, lengths, (segments) => fitsRings(app, segments));
}

/** A packet of several segments wants as many descriptors in each tx ring. */
function fitsRings(app: App, segments: number): boolean {
  if (segments <= 1) return true;
  for (const { txd, dev } of app.ports.values()) {
    const size = txd || dev.info.preferred.txd || FALLBACK_RING_SIZE;
    if (app.settings.txq === 0 || size >= segments) continue;
    app.out(`nb segments per TX packets=${segments} >= TX queue(0) ring_size=${size} - txpkts ignored\n`);
    return false;
  }
  return true;
}

export const packetCommands = [
  command("set rxoffs <len0[,len1]*:string>", "", (app, args) => setRxOffsets(app, args["len0[,len1]*"])),
  command("set rxpkts <len0[,len1]*:string>", "", (app, args) => setRxLengths(app, args["len0[,len1]*"])),
  command("set rxhdrs <eth[,ipv4]*:string>", "", (app, args) => setRxHeaders(app, args["eth[,ipv4]*"])),
  command("set txpkts <len0[,len1]*:string>", "", (app, args) => {
    setTxPackets(app, args["len0[,len1]*"]);
    app.applySettings();
  }),
  command("set txsplit <mode:string>", "set txsplit on|off|rand", (app, { mode }) => {
    if (mode === "on" || mode === "off" || mode === "rand") app.settings.txSplit = mode;
    else app.err(`unknown value: "${mode}"\n`);
    app.applySettings();
  }),
  command("set txtimes <times:string>", "set txtimes <inter_burst>,<intra_burst>", (app, { times }) => {
    const [inter, intra] = parseItemList(app, times, "tx times", 2);
    if (inter !== undefined && intra !== undefined) app.settings.txTimes = { inter, intra };
  }),
];
