// fit-profile - makes a cost profile out of measured stages and turns. Pure: data in, data out.
// A call of a stage that moves n packets of b bytes in all costs poll + burst + n * packet + b * byte, one that finds nothing
// costs poll. The default burst of 32 is met exactly at 60 bytes; other bursts as well as a straight line can: the real
// cost a packet grows with the burst, because more mbufs are in use than the caches hold.
//   burst   where the line through bursts of 1 to 8 meets zero, not below 0     packet  the rest of a burst of 32
//   byte    slope over frames of 60 to 1514 bytes, burst 32, not below 0        poll    a turn of an idle stream, on rx only
// Follows: nothing. Not modelled: anything that depends on what ran before.
import type { Sample } from "./stage-samples.ts";
import type { Turn } from "./stage-turns.ts";

export interface StageCost {
  readonly poll: number;
  readonly burst: number;
  readonly packet: number;
  readonly byte: number;
}

export type Stages = Readonly<Record<string, StageCost>>;

/** Packets a call, bytes a frame, cycles. */
type Point = readonly [packets: number, lengthBytes: number, cycles: number];

/**
 * What a pair of time stamps with nothing between them shows. It is taken off what lies between two calls. From the calls
 * themselves nothing is taken: the stamps overlap with the call, and a net_null call for one packet, which shows 22 cycles as
 * an empty one does, costs 20 in an unprobed turn.
 */
const STAMP_CYCLES = 22;

/** The loops that tell what ports cost. */
const PORT_PLACES: readonly string[] = ["pvp/mac", "pvp/io", "pvp/macswap"];

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Slope and intercept of the least-squares line. */
function line(points: readonly (readonly [number, number])[]): { slope: number; intercept: number } {
  const n = points.length;
  const mx = points.reduce((sum, [x]) => sum + x, 0) / n;
  const my = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const sxy = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  const sxx = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return { slope: sxy / sxx, intercept: my - (sxy / sxx) * mx };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

function fitStage(points: readonly Point[], poll: number): StageCost {
  const small = points.filter(([n, , cycles]) => n <= 8 && cycles > 0);
  const intercept = small.length > 1 ? line(small.map(([n, , cycles]) => [n, cycles])).intercept : 0;
  const long = points.filter(([n]) => n === 32);
  const lengths = new Set(long.map(([, length]) => length));
  const byte = lengths.size > 1 ? Math.max(0, line(long.map(([, l, cycles]) => [l, cycles])).slope / 32) : 0;
  const [, length, at32] = long.reduce((a, b) => (b[1] < a[1] ? b : a));
  const burst = Math.min(Math.max(0, intercept), at32);
  const packet = Math.max(0, (at32 - burst) / 32 - byte * length);
  return { poll: round(poll, 1), burst: round(burst, 1), packet: round(packet, 2), byte: round(byte, 4) };
}

/** The medians, over starts, ports and engines, of what `choose` takes; one point a pair of burst and length. */
function points(samples: readonly Sample[], choose: (s: Sample) => boolean): Point[] {
  const groups = new Map<string, number[]>();
  for (const s of samples) {
    if (s.packets === 0 || !choose(s)) continue;
    const key = `${s.packets} ${s.lengthBytes}`;
    const group = groups.get(key) ?? [];
    group.push(s.kind === "rx" || s.kind === "tx" ? s.cycles : Math.max(0, s.cycles - STAMP_CYCLES));
    groups.set(key, group);
  }
  return [...groups].map(([key, group]) => {
    const [n, length] = key.split(" ").map(Number) as [number, number];
    return [n, length, median(group)];
  });
}

function turnPoints(turns: readonly Turn[], place: string, loop: number, share: number): Point[] {
  const bursts = new Set(turns.filter((t) => t.place === place).map((t) => t.burst));
  return [...bursts].map((burst) => {
    const cycles = median(turns.filter((t) => t.place === place && t.burst === burst).map((t) => t.cycles));
    return [burst, 60, Math.max(0, (cycles - loop) * share)];
  });
}

export function fitProfile(samples: readonly Sample[], turns: readonly Turn[]): Stages {
  const idle = (port: string): number =>
    median(turns.filter((t) => t.place === `idle/${port}`).map((t) => t.cycles / t.streams));
  const inPvp = (port: string, kind: string) => (s: Sample) =>
    PORT_PLACES.includes(s.place) && s.port === port && s.kind === kind;
  const at = (place: string, port: string, kind: string) => (s: Sample) =>
    s.place === place && s.port === port && s.kind === kind;
  // Between rx and tx of all three hops; only frames of 60 bytes, for an engine touches the headers alone.
  const engine = (name: string): Point[] =>
    points(samples, (s) => s.place === `pvp/${name}` && s.kind === "fwd" && s.lengthBytes === 60);
  const mean32 = (name: string): StageCost => {
    const hops = ["null", "vhost", "virtio"].map((port) =>
      points(samples, (s) => at(`pvp/${name}`, port, "fwd")(s) && s.packets === 32 && s.lengthBytes === 60),
    );
    const cycles = hops.reduce((sum, hop) => sum + hop[0]![2], 0) / hops.length;
    const small = engine(name).filter(([n]) => n <= 8);
    return fitStage([...small, [32, 60, cycles]], 0);
  };
  const nullRx = fitStage(
    points(samples, inPvp("null", "rx")).filter(([, length]) => length === 60),
    idle("null"),
  );
  const nullTx = fitStage(
    points(samples, inPvp("null", "tx")).filter(([, length]) => length === 60),
    0,
  );
  const ring = fitStage(turnPoints(turns, "ring/io", idle("ring"), 0.5), 0);
  return {
    "nic.rx": nullRx,
    "nic.tx": nullTx,
    "null.rx": nullRx,
    "null.tx": nullTx,
    "pcap.rx": fitStage(points(samples, at("pcap/rxonly", "pcap", "rx")), idle("pcap")),
    "pcap.tx": fitStage(points(samples, at("pcap/io", "pcap-tx", "tx")), 0),
    "ring.rx": { ...ring, poll: round(idle("ring"), 1) },
    "ring.tx": ring,
    "vhost.rx": fitStage(points(samples, inPvp("vhost", "rx")), idle("vhost")),
    "vhost.tx": fitStage(points(samples, inPvp("vhost", "tx")), 0),
    "virtio.rx": fitStage(points(samples, inPvp("virtio", "rx")), idle("virtio")),
    "virtio.tx": fitStage(points(samples, inPvp("virtio", "tx")), 0),
    "fwd.io": { poll: 0, burst: 0, packet: 0, byte: 0 },
    "fwd.mac": mean32("mac"),
    "fwd.macswap": mean32("macswap"),
    "fwd.rxonly": fitStage(points(samples, at("null/rxonly", "null", "free")), 0),
    "fwd.txonly": fitStage(points(samples, at("null/txonly", "null", "gen")), 0),
    "fwd.mac_retry": mean32("mac retry"),
  };
}

/** Cycles of one call. */
export function costOf(stage: StageCost, packets: number, lengthBytes: number): number {
  if (packets === 0) return stage.poll;
  return stage.poll + stage.burst + packets * (stage.packet + lengthBytes * stage.byte);
}

/** Cycles a turn of the one-core PVP loop takes by the profile: six streams, each moving a full burst. */
export function predictPvpTurn(stages: Stages, engine: string, burst: number, lengthBytes: number): number {
  const hop = (rx: string, tx: string): number =>
    [rx, `fwd.${engine}`, tx].reduce((sum, name) => sum + costOf(stages[name]!, burst, lengthBytes), 0);
  return 2 * (hop("null.rx", "vhost.tx") + hop("virtio.rx", "virtio.tx") + hop("vhost.rx", "null.tx"));
}
