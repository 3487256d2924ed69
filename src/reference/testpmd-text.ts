// testpmd-text - what two runs of testpmd printed, made comparable: what time, chance or the machine decides is replaced by its shape.
// By shape: rates since the last show, cycles, the number of rx bursts (nearly all are empty) and their shares, MAC addresses that a driver
// makes up, addresses in memory; of runs with an endless input every count (0 or not), and the spread of bursts.
// Dropped: what EAL, telemetry and vhost say of the machine and the connection, our notes on older spellings, and `sleep`, which is no
// command of the real program.
// Pure: text in, lines out.

export interface TextOptions {
  /** Counts are those of the time that it ran. */
  readonly endless: boolean;
  /** Drivers by port. */
  readonly drivers: readonly string[];
}

/** Drivers that make an address up. */
const RANDOM_MAC = /^(net_null|eth_null|net_virtio_user|virtio_user)$/;
const PROMPT = "testpmd> ";
const DROPPED = [
  /^EAL: (Detected |Static memory layout |Multi-process socket |Selected IOVA mode |Physical addresses |VFIO support )/,
  /^EAL: (No (free|available) |Probe PCI |WARNING: )/,
  /^TELEMETRY: /,
  /^VHOST_(CONFIG|DATA): /,
  /^virtio_user_\w+\(\): /,
  /^testpmd> sleep /,
  /^Port \d+: (link state change|queue state) event$/,
  /^ringbed: /,
];

/** Lines of `set verbose`: lcores print them whenever they come, so they are taken out and compared by themselves. */
const DUMPS =
  /(?<=^|^testpmd> )(?:port \d+\/queue \d+: (?:received|sent) \d+ packets| {2}src=.*| {2}ol_flags:.*|\n?Port \d+ pkt-len=.*| {2}(?:ETH|IPV4|ICMP): .*| {2}ARP: .*\n?| {8}[st]ha=.*)\n/gm;

/** Takes the lines of `set verbose` out of a text whose lines end in LF. */
export function withoutDumps(text: string): { readonly rest: string; readonly dumps: readonly string[] } {
  const dumps: string[] = [];
  const rest = text.replace(DUMPS, (line) => {
    dumps.push(line.trimEnd());
    return "";
  });
  return { rest, dumps };
}

/** The comparable lines of one of a run's two streams; those of `set verbose` are last, as if a command had printed them. */
export function comparableLines(text: string, options: TextOptions): string[] {
  const { rest, dumps } = withoutDumps(text.replaceAll("\r", ""));
  const lines = rest.split("\n");
  if (dumps.length > 0) lines.push(`${PROMPT}(dumps of set verbose)`, ...dumps);
  const macs = madeUpMacs(lines, options.drivers);
  return lines
    .filter((line) => !DROPPED.some((pattern) => pattern.test(line)))
    .map((line) => {
      let shape = line.replace(/(@|\b(?:pool|iova|addr)[=:] ?)0x[0-9a-f]+\b/g, "$10xADDRESS");
      for (const [mac, name] of macs) shape = shape.replaceAll(mac, name);
      return timed(options.endless ? endlessCounts(shape) : shape);
    });
}

/** `Port N: MAC` of ports whose driver makes its address up. */
function madeUpMacs(lines: readonly string[], drivers: readonly string[]): Map<string, string> {
  const macs = new Map<string, string>();
  for (const line of lines) {
    const [, port = "", mac = ""] = /^Port (\d+): ((?:[0-9A-F]{2}:){5}[0-9A-F]{2})$/.exec(line) ?? [];
    const driver = drivers[Number(port)];
    if (mac !== "" && driver !== undefined && RANDOM_MAC.test(driver)) macs.set(mac, `MAC-OF-PORT-${port}`);
  }
  return macs;
}

/** Rates, cycles and bursts that were looked for and not found. */
function timed(line: string): string {
  return line
    .replace(/^( {2}[RT]x-pps:) +\d+( +[RT]x-bps:) +\d+$/, "$1 N$2 N")
    .replace(/CPU cycles\/packet=[\d.]+ \(total cycles=\d+ /, "CPU cycles/packet=N (total cycles=N ")
    .replace(/ at \d+ MHz Clock/, " at N MHz Clock")
    .replace(/^( {2}RX-bursts) : \d+ \[(.*)\]$/, (_, head: string, spread: string) => `${head} : N [${sizes(spread)}]`);
}

/** `99% of 0 pkts + 1% of 21 pkts`: which sizes there were; the share of empty bursts is the machine's. */
function sizes(spread: string): string {
  return spread.replace(/\d+% of /g, "");
}

/** Counts of a run without end: 0 or not. */
function endlessCounts(line: string): string {
  if (/^ {2}[RT]X-bursts : /.test(line)) return line.replace(/ : .*/, " : N");
  if (!/^ {2}[RT]X-|^[rt]x_|^ {2}CPU cycles/.test(line)) return line;
  return line
    .replace(
      /(packets|dropped|total|bytes|nombuf|missed|errors|packets=)(: *|=)(\d+) */gi,
      (_, word, mark, n) => `${word}${mark}${Number(n) === 0 ? "0" : "SOME"} `,
    )
    .replace(/(_\w+): (\d+)$/, (_, word, n) => `${word}: ${Number(n) === 0 ? "0" : "SOME"}`)
    .trimEnd();
}

/** A stream's lines cut at each prompt: what each command printed, with the command. */
export function byCommand(lines: readonly string[]): { readonly command: string; readonly lines: readonly string[] }[] {
  const parts: { command: string; lines: string[] }[] = [{ command: "", lines: [] }];
  for (const line of lines) {
    if (line.startsWith(PROMPT)) parts.push({ command: line.slice(PROMPT.length), lines: [] });
    else parts.at(-1)!.lines.push(line);
  }
  return parts;
}
