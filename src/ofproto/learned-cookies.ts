// learned-cookies - which learned flows go with the flows that learn them (learn's delete_learned): those of a table and a cookie, when the last
// learn action of that table and cookie is gone.
import type { Ofpact } from "../openflow/ofpact.ts";

export interface LearnedCookie {
  readonly table: number;
  readonly cookie: bigint;
}

export class LearnedCookies {
  /** Learn actions of each, by table and cookie. */
  private readonly counts = new Map<string, number>();
  private dead: LearnedCookie[] = [];

  add(actions: readonly Ofpact[]): void {
    this.count(actions, 1);
  }

  remove(actions: readonly Ofpact[]): void {
    this.count(actions, -1);
  }

  private count(actions: readonly Ofpact[], step: 1 | -1): void {
    for (const action of actions) {
      if (action.type !== "learn" || !action.spec.deleteLearned) continue;
      const { table, cookie } = action.spec;
      const key = `${table}:${cookie}`;
      const n = (this.counts.get(key) ?? 0) + step;
      if (n > 0) this.counts.set(key, n);
      else {
        this.counts.delete(key);
        this.dead.push({ table, cookie });
      }
    }
  }

  /** Those that nobody learns any more, once. */
  takeDead(): readonly LearnedCookie[] {
    const { dead } = this;
    if (dead.length > 0) this.dead = [];
    return dead;
  }
}
