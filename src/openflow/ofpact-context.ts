// ofpact-context - what the readers of actions share: names of ports and tables, where remarks go, and the protocols
// that can carry what was read so far.
import { UsageError } from "../errors.ts";
import type { NameContext } from "./field-text.ts";
import type { OfPort } from "./ofpact.ts";
import { parsePort } from "./ports.ts";
import { P_ANY, type Protocols } from "./protocol.ts";
import { parseTable, type TableMap } from "./tables.ts";

/** What names in flows are looked up in, and where remarks go; all of it may be missing. */
export interface OfNames extends NameContext {
  readonly tables?: TableMap | undefined;
}

export class OfpactContext {
  readonly names: OfNames;
  protocols: Protocols = P_ANY;
  /** How many lists of actions are around the one being read. */
  depth = 0;

  constructor(names: OfNames) {
    this.names = names;
  }

  port(text: string): OfPort | undefined {
    return parsePort(text, this.names.ports, this.names.log);
  }

  table(text: string): number | undefined {
    return parseTable(text, this.names.tables, this.names.log);
  }

  /** Leaves only these protocols. */
  only(protocols: Protocols): void {
    this.protocols &= protocols;
  }

  /** A port of which the action cannot do without. @throws UsageError */
  mustPort(text: string, error: string): OfPort {
    const port = this.port(text);
    if (port === undefined) throw new UsageError(error);
    return port;
  }
}
