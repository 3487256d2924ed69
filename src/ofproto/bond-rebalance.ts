// bond-rebalance - moves hash buckets from a bond's busiest members to its idlest ones (bond_rebalance of ofproto/bond.c).

export interface LoadedMember {
  readonly enabled: boolean;
  txBytes: number;
}

export interface BondEntry<M> {
  member: M | undefined;
  /** Halved at each rebalancing. */
  txBytes: number;
}

/** Less is about 1 Mbit/s in ten seconds, and not worth it. */
const MIN_OVERLOAD_BYTES = 100_000;

/** @returns whether anything was moved */
export function rebalance<M extends LoadedMember>(entries: readonly BondEntry<M>[], members: readonly M[]): boolean {
  const loads = new Map<M, BondEntry<M>[]>(members.map((member) => [member, []]));
  for (const member of members) member.txBytes = 0;
  for (const entry of [...entries].sort((a, b) => b.txBytes - a.txBytes)) {
    if (entry.member === undefined || entry.txBytes === 0) continue;
    entry.member.txBytes += entry.txBytes;
    loads.get(entry.member)!.push(entry);
  }
  const byLoad = members.filter((member) => member.enabled);
  const sort = (): void => void byLoad.sort((a, b) => b.txBytes - a.txBytes);
  let moved = false;
  sort();
  while (byLoad.length > 1) {
    const from = byLoad[0]!;
    const to = byLoad.at(-1)!;
    const overload = from.txBytes - to.txBytes;
    if (overload < Math.floor(to.txBytes / 32) || overload < MIN_OVERLOAD_BYTES) break;
    const migrating = choose(from, loads.get(from)!, to);
    if (migrating.length === 0) {
      byLoad.shift();
      continue;
    }
    for (const entry of migrating) {
      from.txBytes -= entry.txBytes;
      to.txBytes += entry.txBytes;
      entry.member = to;
      loads.get(from)!.splice(loads.get(from)!.indexOf(entry), 1);
    }
    sort();
    moved = true;
  }
  for (const entry of entries) entry.txBytes = Math.floor(entry.txBytes / 2);
  return moved;
}

/** Entries, largest first, that bring both members towards the middle, if that is by a tenth of the way at least. */
function choose<M extends LoadedMember>(from: M, entries: readonly BondEntry<M>[], to: M): readonly BondEntry<M>[] {
  if (entries.length <= 1) return [];
  const ideal = Math.floor((from.txBytes + to.txBytes) / 2) - to.txBytes;
  const threshold = Math.floor(ideal / 10);
  const chosen: BondEntry<M>[] = [];
  let delta = 0;
  for (const entry of entries) {
    if (delta + entry.txBytes <= ideal) {
      chosen.push(entry);
      delta += entry.txBytes;
    }
    if (ideal - delta < threshold) break;
  }
  if (chosen.length === 0) {
    const smallest = entries.at(-1)!;
    chosen.push(smallest);
    delta = smallest.txBytes;
  }
  const low = Math.min(from.txBytes - delta, to.txBytes + delta);
  return low > to.txBytes && low - to.txBytes >= threshold ? chosen : [];
}
