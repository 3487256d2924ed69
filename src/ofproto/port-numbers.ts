// port-numbers - OpenFlow numbers of a bridge's ports: the one that was asked for if it is free, else the next one, of which none comes again within
// an hour as long as there are others (alloc_ofp_port).
import type { OfPort } from "../openflow/ofpact.ts";
import { OFPP_MAX } from "../openflow/ports.ts";
import type { Clock } from "./clock.ts";

/** Those above are for who asks for them. */
const FIRST_NOT_GIVEN = 0x8000;
const REST_MS = 3_600_000;

export class PortNumbers {
  private readonly clock: Clock;
  private last = 0;
  private readonly used = new Set<OfPort>();
  /** When numbers were given back. */
  private readonly freed = new Map<OfPort, number>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** undefined: there is none left */
  take(request: OfPort | undefined): OfPort | undefined {
    const number = request !== undefined && request < OFPP_MAX && !this.used.has(request) ? request : this.next();
    if (number === undefined) return undefined;
    this.used.add(number);
    this.freed.delete(number);
    return number;
  }

  private next(): OfPort | undefined {
    let oldest: OfPort | undefined;
    const end = this.last;
    do {
      this.last = this.last + 1 >= FIRST_NOT_GIVEN ? 1 : this.last + 1;
      if (this.used.has(this.last)) continue;
      const freed = this.freed.get(this.last);
      if (freed === undefined || freed < this.clock.nowMs - REST_MS) return this.last;
      if (oldest === undefined || freed < this.freed.get(oldest)!) oldest = this.last;
    } while (this.last !== end);
    return oldest;
  }

  give(number: OfPort): void {
    this.used.delete(number);
    this.freed.set(number, this.clock.nowMs);
  }
}
