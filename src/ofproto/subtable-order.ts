// subtable-order - a classifier's subtables, those of the highest priority first (struct pvector). Among equals the order is what insertions and
// removals made of it, and shows in megaflows and in dumps, so it is made as OVS makes it: a removed one's place is taken by the last, and
// publishing sorts without moving equals.
import type { Subtable } from "./subtable.ts";

interface Entry {
  readonly subtable: Subtable;
  priority: number;
}

export class SubtableOrder {
  private entries: Entry[] = [];
  private sorted = true;

  get list(): readonly Entry[] {
    return this.entries;
  }

  insert(subtable: Subtable): void {
    const last = this.entries.at(-1);
    if (last !== undefined && subtable.maxPriority > last.priority) this.sorted = false;
    this.entries.push({ subtable, priority: subtable.maxPriority });
  }

  remove(subtable: Subtable): void {
    const at = this.find(subtable);
    const last = this.entries.pop()!;
    if (at < this.entries.length) this.entries[at] = last;
    this.sorted = false;
  }

  /** The subtable's highest priority is another one. */
  change(subtable: Subtable): void {
    this.entries[this.find(subtable)]!.priority = subtable.maxPriority;
    this.sorted = false;
  }

  private find(subtable: Subtable): number {
    return this.entries.findIndex((entry) => entry.subtable === subtable);
  }

  publish(): void {
    if (!this.sorted) this.entries.sort((a, b) => b.priority - a.priority);
    this.sorted = true;
  }
}
