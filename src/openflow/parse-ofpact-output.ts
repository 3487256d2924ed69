// parse-ofpact-output - actions that send a packet somewhere, and those that tell where: output, controller, enqueue,
// bundle, group, resubmit.
import { UsageError } from "../errors.ts";
import { parseHexBytes } from "./hex-bytes.ts";
import { KeyValues } from "./key-value.ts";
import type { Ofpact } from "./ofpact.ts";
import type { OfpactContext } from "./ofpact-context.ts";
import { OFPP_CONTROLLER, OFPP_IN_PORT, OFPP_LOCAL, OFPP_MAX } from "./ports.ts";
import { strToU16, strToU32 } from "./scan.ts";
import { Words } from "./split-words.ts";
import { parseSubfield } from "./subfield.ts";
import { TABLE_ANY } from "./tables.ts";

const MAX_LEN = 0xffff;
/** A truncated packet keeps its Ethernet header. */
const ETH_HEADER_LEN = 14;
/** Why packets go to a controller (enum ofp_packet_in_reason). */
export const PACKET_IN_REASONS = ["no_match", "action", "invalid_ttl", "action_set", "group", "packet_out"];

function parseTruncated(text: string, context: OfpactContext): Ofpact {
  let port = 0;
  let maxLen = 0;
  const pairs = new KeyValues(text);
  while (pairs.next()) {
    const { key, value } = pairs;
    if (key === "port") {
      port = context.mustPort(value, `output to unknown truncate port: ${value}`);
      if (port > OFPP_MAX && port !== OFPP_LOCAL && port !== OFPP_IN_PORT) {
        throw new UsageError(`output to unsupported truncate port: ${value}`);
      }
    } else if (key === "max_len") {
      maxLen = strToU32(value);
      if (maxLen < ETH_HEADER_LEN) {
        throw new UsageError(`max_len ${maxLen} is less than the minimum value ${ETH_HEADER_LEN}`);
      }
    } else {
      throw new UsageError(`invalid key '${key}' in output_trunc argument`);
    }
  }
  return { type: "output_trunc", port, maxLen };
}

/** `output:PORT`, `output:FIELD[..]`, `output(port=PORT,max_len=N)`. */
export function parseOutput(text: string, context: OfpactContext): Ofpact {
  if (text.includes("port") && text.includes("max_len")) return parseTruncated(text, context);
  const port = context.port(text);
  if (port !== undefined) return { type: "output", port, maxLen: port === OFPP_CONTROLLER ? MAX_LEN : 0 };
  try {
    return { type: "output_reg", source: parseSubfield(text), maxLen: MAX_LEN };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${text}: output to unknown port`);
  }
}

type Controller = Extract<Ofpact, { type: "controller" }>;

function parseControllerKey(
  spec: { -readonly [K in keyof Controller]: Controller[K] },
  key: string,
  value: string,
): void {
  switch (key) {
    case "reason": {
      const reason = PACKET_IN_REASONS.find((name) => name === value.toLowerCase());
      if (reason === undefined) throw new UsageError(`unknown reason "${value}"`);
      spec.reason = reason;
      break;
    }
    case "max_len":
      spec.maxLen = strToU16(value, "max_len");
      break;
    case "id":
      spec.controllerId = strToU16(value, "id");
      break;
    case "userdata": {
      const { bytes, end } = parseHexBytes(value);
      if (end < value.length) throw new UsageError("bad hex digit in `controller' action `userdata'");
      spec.userdata = bytes;
      break;
    }
    case "pause":
      spec.pause = true;
      break;
    case "meter_id":
      spec.meterId = strToU32(value);
      break;
    default:
      throw new UsageError(`unknown key "${key}" parsing controller action`);
  }
}

/** `controller`, `controller:N`, `controller(reason=...,...)`; without anything special it is an output. */
export function parseController(text: string): Ofpact {
  if (/^\d*$/.test(text)) {
    return { type: "output", port: OFPP_CONTROLLER, maxLen: text === "" ? MAX_LEN : strToU16(text, "max_len") };
  }
  const spec = { type: "controller" as const, maxLen: MAX_LEN, controllerId: 0, reason: "action", pause: false };
  const pairs = new KeyValues(text);
  while (pairs.next()) parseControllerKey(spec, pairs.key, pairs.value);
  const { userdata, meterId, reason, controllerId, pause, maxLen }: Controller = spec;
  const special = reason !== "action" || controllerId !== 0 || pause || userdata !== undefined || meterId !== undefined;
  return special ? spec : { type: "output", port: OFPP_CONTROLLER, maxLen };
}

export function parseEnqueue(text: string, context: OfpactContext): Ofpact {
  const words = new Words(text);
  const port = words.next(":q,");
  const queue = words.rest();
  if (port === undefined || queue === undefined) {
    throw new UsageError('"enqueue" syntax is "enqueue:PORT:QUEUE" or "enqueue(PORT,QUEUE)"');
  }
  return { type: "enqueue", port: context.mustPort(port, `${port}: enqueue to unknown port`), queue: strToU32(queue) };
}

/** `resubmit:PORT`, `resubmit(PORT,TABLE[,ct])` with either left out. */
export function parseResubmit(text: string, context: OfpactContext): Ofpact {
  const [portText = "", tableText = "", ct = ""] = text.split(",");
  const port = portText === "" ? OFPP_IN_PORT : context.mustPort(portText, `${portText}: resubmit to unknown port`);
  const table = tableText === "" ? TABLE_ANY : context.table(tableText);
  if (table === undefined) throw new UsageError(`${tableText}: resubmit to unknown table`);
  if (ct !== "" && ct !== "ct") throw new UsageError(`${ct}: unknown parameter`);
  if (port === OFPP_IN_PORT && table === TABLE_ANY) {
    throw new UsageError('at least one "in_port" or "table" must be specified on resubmit');
  }
  return { type: "resubmit", port, table, withCt: ct === "ct", compat: table === TABLE_ANY };
}

export function parseSample(text: string, context: OfpactContext): Ofpact {
  const spec: { -readonly [K in keyof Sample]: Sample[K] } = {
    type: "sample",
    probability: 0,
    collectorSet: 0,
    obsDomain: 0,
    obsPoint: 0,
    direction: "",
  };
  const pairs = new KeyValues(text);
  while (pairs.next()) {
    const { key, value } = pairs;
    if (key === "probability") {
      spec.probability = strToU16(value, "probability");
      if (spec.probability === 0) throw new UsageError(`invalid probability value "${value}"`);
    } else if (key === "collector_set_id") spec.collectorSet = strToU32(value);
    else if (key === "obs_domain_id") spec.obsDomain = strToU32(value);
    else if (key === "obs_point_id") spec.obsPoint = strToU32(value);
    else if (key === "sampling_port") spec.samplingPort = context.mustPort(value, `${value}: unknown port`);
    else if (key === "ingress" || key === "egress") spec.direction = key;
    else throw new UsageError(`invalid key "${key}" in "sample" argument`);
  }
  if (spec.probability === 0) throw new UsageError('non-zero "probability" must be specified on sample');
  return spec;
}
type Sample = Extract<Ofpact, { type: "sample" }>;
