// measure-profile - measures this machine's real testpmd and writes a cost profile: node measure-profile.js OUT.json [DATE]
// Takes about five minutes of two cores; what it measured is kept beside OUT as OUT.raw.json, to be fitted again.
// Follows: stage-samples.ts and stage-turns.ts (measured), fit-profile.ts (fitted), docs/measurements.md.
// Not modelled: the TSC's frequency is taken to be 2.6 GHz, as testpmd prints it here.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { findTestpmd } from "../../src/reference/testpmd-process.ts";
import { costOf, fitProfile, median, predictPvpTurn, type Stages } from "./fit-profile.ts";
import { buildStageProbe, runPingPong } from "./native.ts";
import { type Sample, takeSamples } from "./stage-samples.ts";
import { type Turn, takeTurns } from "./stage-turns.ts";
import { runTwoCoreLoop } from "./two-core-loop.ts";

const CLOCK_HZ = 2_600_000_000;
const NOTE =
  "Cycles of one call on one core: poll + (packets > 0 ? burst + packets * packet + bytes * byte : 0). rx polls include the " +
  "stream's share of the lcore's loop; tx and fwd have no poll, for they are not called with nothing. Burst 32 at 60 bytes is " +
  "met exactly, other bursts by a line. fwd.io is free beyond the loop. nic is net_null's figure and nothing else: there is no " +
  "real NIC here. vhost, virtio and null are measured in a one-core PVP loop, split ring of 256, --no-huge. pcap.tx writes to a " +
  "file in the page cache. fwd.mac_retry is testpmd's `set fwd mac retry` without a refusal.";

interface Raw {
  readonly samples: readonly Sample[];
  readonly turns: readonly Turn[];
}

const say = (what: string): void => {
  process.stderr.write(`${new Date().toISOString()} ${what}\n`);
};

async function measure(): Promise<Raw> {
  const probe = buildStageProbe();
  if (probe.path === undefined) throw new Error(probe.reason);
  return { samples: await takeSamples(probe.path, say), turns: await takeTurns(say) };
}

function check(stages: Stages, turns: readonly Turn[]): void {
  say("one-core PVP: engine burst length | predicted, measured Mpps (both directions) | predicted over measured");
  for (const place of ["pvp/mac", "pvp/io", "pvp/macswap"]) {
    const here = turns.filter((t) => t.place === place);
    for (const key of new Set(here.map((t) => `${t.burst} ${t.lengthBytes}`))) {
      const [burst, length] = key.split(" ").map(Number) as [number, number];
      const measured = median(here.filter((t) => t.burst === burst && t.lengthBytes === length).map((t) => t.cycles));
      const predicted = predictPvpTurn(stages, place.slice(4), burst, length);
      const mpps = (cycles: number): string => ((CLOCK_HZ * 2 * burst) / cycles / 1e6).toFixed(2);
      say(`${place.slice(4)} ${key} | ${mpps(predicted)} ${mpps(measured)} | ${(measured / predicted).toFixed(2)}`);
    }
  }
}

async function checkTwoCores(stages: Stages): Promise<void> {
  for (const length of [60, 1514]) {
    const near = runPingPong();
    const runs: number[] = [];
    for (let i = 0; i < 15 && runs.length < 5; i++) {
      const { mpps, waitedMs } = await runTwoCoreLoop(length, 1.2);
      if (waitedMs < 60) runs.push(mpps);
    }
    const host = ["null.rx", "fwd.mac", "vhost.tx", "vhost.rx", "fwd.mac", "null.tx"];
    const cycles = host.reduce((sum, name) => sum + costOf(stages[name]!, 32, length), 0);
    const predicted = ((CLOCK_HZ * 32) / cycles / 1e6).toFixed(2);
    say(`two cores, ${length} bytes: predicted ${predicted}, measured ${runs.map((r) => r.toFixed(2))} Mpps`);
    say(`ping-pong before and after: ${near.value} ${runPingPong().value} ns`);
  }
}

const [out, date] = process.argv.slice(2);
if (out === undefined) {
  say("usage: measure-profile OUT.json [DATE]");
  process.exitCode = 2;
} else {
  const rawPath = `${out}.raw.json`;
  const kept = existsSync(rawPath);
  const raw = kept ? (JSON.parse(readFileSync(rawPath, "utf8")) as Raw) : await measure();
  if (!kept) writeFileSync(rawPath, JSON.stringify(raw));
  const stages = fitProfile(raw.samples, raw.turns);
  const version = findTestpmd()?.version.replace(/^DPDK (\d+\.\d+).*/, "$1") ?? "unknown";
  const profile = {
    format: "ringbed-profile/1",
    name: `testpmd-${version}`,
    clockHz: CLOCK_HZ,
    machine: `${cpus().length} vCPU ${cpus()[0]?.model ?? "unknown"}`,
    date: date ?? new Date().toISOString().slice(0, 7),
    note: NOTE,
    stages,
  };
  writeFileSync(out, `${JSON.stringify(profile, null, 2).replace(/\{\s+("poll"[^}]*?)\s+\}/g, collapse)}\n`);
  check(stages, raw.turns);
  await checkTwoCores(stages);
}

/** One stage a line. */
function collapse(_all: string, inner: string): string {
  return `{ ${inner.replace(/\s+/g, " ")} }`;
}
