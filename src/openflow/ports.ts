// ports - OpenFlow port numbers: the reserved ones by name, numbers of 1.0 (16 bits) and of 1.1 and later (32 bits),
// and a bridge's ports by name (ofputil_port_from_string, ofputil_format_port of OVS 3.1).

import type { OfPort } from "./ofpact.ts";
import { quoteName, unquoteName } from "./quoted-name.ts";

/** The first number that no port of a bridge has. */
export const OFPP_MAX: OfPort = 0xff00;
export const OFPP_UNSET: OfPort = 0xfff7;
export const OFPP_IN_PORT: OfPort = 0xfff8;
export const OFPP_TABLE: OfPort = 0xfff9;
export const OFPP_NORMAL: OfPort = 0xfffa;
export const OFPP_FLOOD: OfPort = 0xfffb;
export const OFPP_ALL: OfPort = 0xfffc;
export const OFPP_CONTROLLER: OfPort = 0xfffd;
export const OFPP_LOCAL: OfPort = 0xfffe;
export const OFPP_NONE: OfPort = 0xffff;
/** 1.1 and later have the same port under another name. */
export const OFPP_ANY: OfPort = OFPP_NONE;

const OFPP_FIRST_RESERVED = OFPP_UNSET;
/** 1.1's reserved ports are 1.0's with this added. */
const OFPP11_OFFSET = 0xffff0000;
const OFPP11_MAX = 0xffffff00;

const RESERVED = new Map<OfPort, string>([
  [OFPP_IN_PORT, "IN_PORT"],
  [OFPP_TABLE, "TABLE"],
  [OFPP_NORMAL, "NORMAL"],
  [OFPP_FLOOD, "FLOOD"],
  [OFPP_ALL, "ALL"],
  [OFPP_CONTROLLER, "CONTROLLER"],
  [OFPP_LOCAL, "LOCAL"],
  [OFPP_ANY, "ANY"],
  [OFPP_UNSET, "UNSET"],
]);
const BY_NAME = new Map<string, OfPort>([...RESERVED].map(([port, name]) => [name, port] as const)).set(
  "NONE",
  OFPP_NONE,
);

/** A bridge's ports: what `--names` and names in flows need. */
export interface PortMap {
  name(port: OfPort): string | undefined;
  number(name: string): OfPort | undefined;
}

/** Where remarks of the parser go: level and module are those of the log line. */
export type OfLog = (level: "ERR" | "WARN" | "INFO", module: string, text: string) => void;

/**
 * A port by number or by name; undefined: it is neither. Names are looked up without regard to case only where they are
 * reserved ones.
 */
export function parsePort(text: string, ports?: PortMap, log?: OfLog): OfPort | undefined {
  if (text.startsWith("-")) {
    log?.("WARN", "ofp_port", `Negative value ${text} is not a valid port number.`);
    return undefined;
  }
  if (isDecimal(text)) return parsePortNumber(Number(text), log);
  const reserved = BY_NAME.get(text.toUpperCase());
  if (reserved !== undefined) return reserved;
  const name = text.startsWith('"') ? unquoteName(text) : text;
  return name === undefined ? undefined : ports?.number(name);
}

function isDecimal(text: string): boolean {
  if (text.length === 0 || text.length > 10) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 48 || c > 57) return false;
  }
  return Number(text) <= 0xffffffff;
}

function parsePortNumber(port: number, log: OfLog | undefined): OfPort | undefined {
  if (port < OFPP_MAX) return port;
  if (port < OFPP_FIRST_RESERVED) {
    const translated = (port + OFPP11_OFFSET) >>> 0;
    log?.(
      "WARN",
      "ofp_port",
      `port ${port} is a reserved OF1.0 port number that will be translated to ${translated} when talking to an ` +
        "OF1.1 or later controller",
    );
    return port;
  }
  if (port <= OFPP_NONE) {
    log?.(
      "WARN",
      "ofp_port",
      `referring to port ${formatPort(port)} as ${port} is deprecated for compatibility with OpenFlow 1.1 and later`,
    );
    return port;
  }
  if (port < OFPP11_MAX) {
    log?.(
      "WARN",
      "ofp_port",
      `port ${port} is outside the supported range 0 through ffff or 0xffffff00 through 0xffffffff`,
    );
    return undefined;
  }
  return port - OFPP11_OFFSET;
}

/** A number, or a name where it has one; names that could be taken for something else are quoted. */
export function formatPort(port: OfPort, ports?: PortMap): string {
  const reserved = RESERVED.get(port);
  if (reserved !== undefined) return reserved;
  const name = ports?.name(port);
  return name === undefined ? String(port) : quoteName(name);
}

/** 1.1's 32-bit number of a port. */
export function portToOfp11(port: OfPort): number {
  return port < OFPP_MAX ? port : (port + OFPP11_OFFSET) >>> 0;
}

/** A 32-bit number's port; undefined: 1.0 has none for it. */
export function portFromOfp11(port: number): OfPort | undefined {
  if (port < OFPP_MAX) return port;
  return port >= OFPP11_MAX ? port - OFPP11_OFFSET : undefined;
}
