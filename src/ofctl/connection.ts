// connection - ovs-ofctl's connection to a bridge: the OpenFlow version that both sides know, the formats that flows may have, and how replies and
// refusals are printed (utilities/ovs-ofctl.c, lib/vconn.c of OVS 3.1).
import { UsageError } from "../errors.ts";
import type { OfNames } from "../openflow/ofpact-context.ts";
import type { OfLog, PortMap } from "../openflow/ports.ts";
import {
  formatProtocols,
  formatVersion,
  lowestProtocol,
  type OfVersion,
  P_OF10_ANY,
  P_OF10_NXM_ANY,
  P_TID,
  type Protocols,
  versionProtocols,
} from "../openflow/protocol.ts";
import type { Bridge } from "../vswitchd/bridge.ts";
import type { OfctlOptions } from "./options.ts";

/** The first request of a connection. */
const FIRST_XID = 2;
/** Transaction ids that asking for the ports' names takes. */
const NAMES_XIDS = 4;
/** And that each message with a barrier behind it takes. */
const BARRIER_XIDS = 2;

export class Connection {
  readonly bridge: Bridge;
  readonly version: OfVersion;
  readonly options: OfctlOptions;
  /** Formats that -O and -F leave. */
  readonly allowed: Protocols;
  private text = "";
  private errors = "";
  private nextXid = FIRST_XID;
  private hasNames = false;

  /** supported: versions that the bridge speaks. @throws UsageError when there is none in common */
  constructor(bridge: Bridge, supported: readonly OfVersion[], options: OfctlOptions) {
    this.bridge = bridge;
    this.options = options;
    const common = options.versions.filter((version) => supported.includes(version));
    const version = common.length === 0 ? undefined : (Math.max(...common) as OfVersion);
    if (version === undefined) throw new UsageError(`${bridge.name}: failed to connect to socket (Broken pipe)`);
    this.version = version;
    const all = options.versions.reduce((sum, one) => sum | versionProtocols(one), 0);
    this.allowed = options.formats === undefined ? all : all & options.formats;
  }

  private common(usable: Protocols): Protocols {
    const { allowed } = this;
    if ((usable & allowed) === 0)
      throw new UsageError(
        `none of the usable flow formats (${formatProtocols(usable)}) is among the allowed flow formats (${formatProtocols(allowed)})`,
      );
    const now = usable & allowed & versionProtocols(this.version);
    if (now === 0)
      throw new UsageError(
        `${this.bridge.name}: none of the usable flow formats (${formatProtocols(usable)}) is among the formats of ${formatVersion(this.version)}`,
      );
    return now;
  }

  /** The format for requests that some protocols can carry; changing to it takes transactions. @throws UsageError */
  choose(usable: Protocols): Protocols {
    const protocol = lowestProtocol(this.common(usable));
    this.negotiate(protocol);
    return protocol;
  }

  /** The format in which flows are told: the richest there is. @throws UsageError */
  chooseForDump(usable: Protocols): Protocols {
    const common = this.common(usable);
    const protocol = lowestProtocol((common & P_OF10_NXM_ANY) === 0 ? common : common & P_OF10_NXM_ANY);
    this.negotiate(protocol);
    return protocol;
  }

  /** 1.0 begins with flows of its own and without tables. */
  private negotiate(protocol: Protocols): void {
    if ((protocol & P_OF10_ANY) === 0) return;
    if ((protocol & P_OF10_NXM_ANY) !== 0) this.nextXid += BARRIER_XIDS;
    if ((protocol & P_TID) !== 0) this.nextXid += BARRIER_XIDS;
  }

  /** Ports by name, which are asked for once; none with --no-names. */
  get names(): OfNames {
    if (!this.options.namesAccepted) return {};
    if (!this.hasNames) this.nextXid += NAMES_XIDS;
    this.hasNames = true;
    return { ports: this.portMap };
  }

  private get portMap(): PortMap {
    const { ifaces } = this.bridge;
    return {
      name: (port) => [...ifaces.values()].find(({ ofPort }) => ofPort === port)?.name,
      number: (name) => ifaces.get(name)?.ofPort,
    };
  }

  /** Names that replies show: with --names only. */
  get shownNames(): OfNames {
    return this.options.names ? { ports: this.portMap } : {};
  }

  /** The transaction id of the next request, and of as many behind it. */
  takeXid(count = 1): number {
    const xid = this.nextXid;
    this.nextXid += count;
    return xid;
  }

  /** Asks for a port by name: a connection of its own, whose ids go on. */
  askedForPort(): void {
    this.nextXid += BARRIER_XIDS;
  }

  /** A message that is followed by a barrier. */
  takeBarrierXid(): number {
    return this.takeXid(BARRIER_XIDS);
  }

  /** `OFPST_FLOW reply (OF1.3) (xid=0x2):`, without the version for 1.0. */
  heading(name: string, xid = this.nextXid): string {
    return `${name}${this.mark} (xid=0x${xid.toString(16)}):`;
  }

  private get mark(): string {
    return this.version === 1 ? "" : ` (OF1.${this.version - 1})`;
  }

  /** A request that the switch refuses: both messages, as they are printed. body: with the blank or line's end before it */
  refused(code: string, message: string, body: string, xid = this.nextXid): void {
    this.errors += this.refusal(code, message, body, xid);
  }

  private refusal(code: string, message: string, body: string, xid: number): string {
    return `${this.heading("OFPT_ERROR", xid)} ${code}\n${this.heading(message, xid)}${body}\n`;
  }

  /** A request for statistics that is refused: that is the answer. */
  refusedRequest(code: string, message: string, body: string): void {
    this.out(this.refusal(code, message, body, this.nextXid));
  }

  err(text: string): void {
    this.errors += text;
  }

  out(text: string): void {
    this.text += text;
  }

  get stdout(): string {
    return this.text;
  }

  get stderr(): string {
    return this.errors;
  }
}

/** A remark of a parser as the program logs it. */
export function logTo(sink: (line: string) => void, date: () => string): OfLog {
  let count = 0;
  return (level, module, text) => sink(`${date()}|${String(++count).padStart(5, "0")}|${module}|${level}|${text}\n`);
}
