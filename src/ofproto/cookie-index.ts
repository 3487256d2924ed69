// cookie-index - a bridge's rules by cookie. Dumps that ask for one cookie show its rules in the order of this index, which is OVS's (hindex): the
// first, and then the others, the newest first.
import type { Rule } from "./rule.ts";

export class CookieIndex {
  private readonly heads = new Map<bigint, Rule>();

  add(rule: Rule): void {
    const head = this.heads.get(rule.cookie);
    if (head === undefined) {
      this.heads.set(rule.cookie, rule);
      return;
    }
    const { nextOfCookie: second } = head;
    rule.nextOfCookie = second;
    rule.previousOfCookie = head;
    if (second !== undefined) second.previousOfCookie = rule;
    head.nextOfCookie = rule;
  }

  remove(rule: Rule): void {
    const { cookie, previousOfCookie: previous, nextOfCookie: next } = rule;
    if (next !== undefined) next.previousOfCookie = previous;
    if (previous !== undefined) previous.nextOfCookie = next;
    else if (next !== undefined) this.heads.set(cookie, next);
    else this.heads.delete(cookie);
    rule.previousOfCookie = undefined;
    rule.nextOfCookie = undefined;
  }

  *rules(cookie: bigint): Generator<Rule> {
    for (let rule = this.heads.get(cookie); rule !== undefined; rule = rule.nextOfCookie) yield rule;
  }
}
