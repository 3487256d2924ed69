// burst-spread - the RX-bursts and TX-bursts lines of `set record-burst-stats on`.
// Follows pkt_burst_stats_display of app/test-pmd 22.11: empty bursts first, then the two most frequent sizes (of equals the
// smaller), shares cut to whole percents and the last one what is left of 100.

interface Share {
  readonly size: number;
  readonly bursts: number;
}

/** The two most frequent sizes above 0. */
function mostFrequent(spread: readonly number[]): Share[] {
  let first: Share = { size: 0, bursts: 0 };
  let second = first;
  spread.forEach((bursts, size) => {
    if (size === 0) return;
    if (bursts > first.bursts) {
      second = first;
      first = { size, bursts };
    } else if (bursts > second.bursts) {
      second = { size, bursts };
    }
  });
  return [first, second];
}

/** One line; nothing where there was no burst. spread: bursts by their number of packets */
export function burstSpread(direction: "RX" | "TX", spread: readonly number[]): string {
  const total = spread.reduce((sum, bursts) => sum + bursts, 0);
  if (total === 0) return "";
  const parts: string[] = [];
  let bursts = 0;
  let percents = 0;
  for (const share of [{ size: 0, bursts: spread[0] ?? 0 }, ...mostFrequent(spread)]) {
    bursts += share.bursts;
    const percent = bursts === total ? 100 - percents : Math.trunc((share.bursts / total) * 100);
    parts.push(`${percent}% of ${share.size} pkts`);
    percents += percent;
    if (bursts === total) break;
  }
  if (bursts !== total) parts.push(`${100 - percents}% of other`);
  return `  ${direction}-bursts : ${total} [${parts.join(" + ")}]\n`;
}
