// testpmd-parts - what the recorded runs of testpmd-cases are made of.

export interface TestpmdCase {
  readonly name: string;
  readonly words: readonly string[];
  readonly commands: readonly string[];
  /** Repeated live in CI where the program is. */
  readonly live?: boolean;
}

export const EAL = ["--no-pci", "--no-huge", "-m", "256"];
export const ONE_CORE = ["--lcores", "0@0,1@0"];
export const APP = ["-i", "--no-mlockall", "--total-num-mbufs=2048"];
/** How long the real one has for its captures, s. */
export const TIME = "sleep 0.3";
export const SHOW = ["show port stats all", "show port xstats all"];

export function command(
  vdevs: readonly string[],
  options: readonly string[] = [],
  cores: readonly string[] = ONE_CORE,
  app: readonly string[] = APP,
): string[] {
  return [...cores, ...EAL, ...vdevs.flatMap((vdev) => ["--vdev", vdev]), "--", ...app, ...options];
}

/** Port 0 reads a capture, both write. */
export function pair(capture: string): string[] {
  return [`net_pcap0,rx_pcap=pcaps/in/${capture}.pcap,tx_pcap=p0.pcap`, "net_pcap1,tx_pcap=p1.pcap"];
}

/** Ports that read a capture each. */
export function each(...captures: string[]): string[] {
  return captures.map((name, i) => `net_pcap${i},rx_pcap=pcaps/in/${name}.pcap,tx_pcap=p${i}.pcap`);
}

export const NO_FLUSH = "--no-flush-rx";
export const BURSTS = "--record-burst-stats";
export const run = (...before: string[]): string[] => [...before, "show config fwd", "start", TIME, "stop", ...SHOW];

/** A mode over a capture, in pairs of ports. */
export function mode(
  name: string,
  capture: string,
  { options = [], before = [], live = false }: { options?: string[]; before?: string[]; live?: boolean } = {},
): TestpmdCase {
  return {
    name: `${name.replaceAll(" ", "-")}__${capture}`,
    words: command(pair(capture), [NO_FLUSH, BURSTS, ...options]),
    commands: run(`set fwd ${name}`, ...before),
    live,
  };
}

export function named(name: string, testCase: TestpmdCase): TestpmdCase {
  return { ...testCase, name };
}

/** Nothing to receive, for what is generated. */
export const EMPTY = pair("empty");
export const GENERATED = "sleep 0.05";
