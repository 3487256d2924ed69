// parse-meter-mod - what ovs-ofctl's add-meter, mod-meter, del-meters, dump-meters and meter-stats read
// (parse_ofp_meter_mod_str of OVS 3.1). Errors are in ovs-ofctl's words, without its name before them. All of it needs
// OpenFlow 1.3 (P_OF13_UP).
import { UsageError } from "../errors.ts";
import {
  type MeterBand,
  type MeterConfig,
  type MeterMod,
  OFPM13_ALL,
  OFPM13_CONTROLLER,
  OFPM13_MAX,
  OFPM13_SLOWPATH,
} from "./meter.ts";
import { strToU8, strToU32 } from "./scan.ts";
import { Words } from "./split-words.ts";

const KEY_END = "=, \t\r\n";
const VALUE_END = ", \t\r\n";
const NAMED: ReadonlyMap<string, number> = new Map([
  ["all", OFPM13_ALL],
  ["controller", OFPM13_CONTROLLER],
  ["slowpath", OFPM13_SLOWPATH],
]);
const FLAGS = ["kbps", "pktps", "burst", "stats"] as const;
type Flag = (typeof FLAGS)[number];
const asFlag = (word: string): Flag | undefined => FLAGS.find((flag) => flag === word);

type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** The value of the key that was read. */
function valueBehind(key: string, words: Words): string {
  const value = words.next(VALUE_END);
  if (value === undefined) throw new UsageError(`field ${key} missing value`);
  return value;
}

function parseNumber(text: string): number {
  const named = NAMED.get(text);
  if (named !== undefined) return named;
  const number = strToU32(text);
  if (number > OFPM13_MAX || number === 0) throw new UsageError("invalid value for meter");
  return number;
}

/** The number, and whatever of flags there is; onFlag: undefined where flags are not for. */
function parseHead(text: string, onFlag?: (flag: Flag) => void): number {
  let meterId = 0;
  const words = new Words(text);
  for (let key = words.next(KEY_END); key !== undefined; key = words.next(KEY_END)) {
    const flag = onFlag === undefined ? undefined : asFlag(key);
    if (flag !== undefined) {
      onFlag?.(flag);
      continue;
    }
    const value = valueBehind(key, words);
    if (key !== "meter") throw new UsageError(`unknown keyword ${key}`);
    meterId = parseNumber(value);
  }
  if (meterId === 0) throw new UsageError("must specify 'meter'");
  return meterId;
}

function parseType(text: string): MeterBand["type"] {
  if (text !== "drop" && text !== "dscp_remark") throw new UsageError(`field type unknown value ${text}`);
  return text;
}

function parseBands(text: string): MeterBand[] {
  const bands: Draft<MeterBand>[] = [];
  const words = new Words(text);
  for (let key = words.next(KEY_END); key !== undefined; key = words.next(KEY_END)) {
    const value = valueBehind(key, words);
    const band = bands.at(-1);
    if (key === "type") bands.push({ type: parseType(value), rate: 0, burst: 0, precLevel: 0 });
    else if (band === undefined) throw new UsageError("band must start with the 'type' keyword");
    else if (key === "rate") band.rate = strToU32(value);
    else if (key === "burst_size") band.burst = strToU32(value);
    else if (key === "prec_level") band.precLevel = strToU8(value, key);
    else throw new UsageError(`unknown keyword ${key}`);
  }
  if (bands.length === 0) throw new UsageError("meter must have bands");
  return bands;
}

function checkBand({ type, rate, burst, precLevel }: MeterBand, hasBurst: boolean): void {
  if (type === "dscp_remark" && precLevel === 0) {
    throw new UsageError("'dscp_remark' band must have 'prec_level'");
  }
  if (type !== "dscp_remark" && precLevel !== 0) {
    throw new UsageError("Only 'dscp_remark' band may have 'prec_level'");
  }
  if (rate === 0) throw new UsageError("band must have 'rate'");
  if (hasBurst && burst === 0) throw new UsageError("band must have 'burst_size' when 'burst' flag is set");
  if (!hasBurst && burst !== 0) throw new UsageError("band may have 'burst_size' only when 'burst' flag is set");
}

function parseMeter(text: string): MeterConfig {
  const at = text.indexOf("band");
  const equals = at < 0 ? -1 : text.indexOf("=", at);
  if (equals < 0) throw new UsageError("must specify bands");
  const flags: Record<Flag, boolean> = { kbps: false, pktps: false, burst: false, stats: false };
  const meterId = parseHead(text.slice(0, at), (flag) => {
    flags[flag] = true;
  });
  if (!FLAGS.some((flag) => flags[flag])) throw new UsageError("meter must specify either 'kbps' or 'pktps'");
  const bands = parseBands(text.slice(equals + 1));
  for (const band of bands) checkBand(band, flags.burst);
  return { meterId, ...flags, bands };
}

/** The meter that a request asks for. @throws UsageError */
export function parseMeterRequest(text: string): number {
  return parseHead(text);
}

/** @throws UsageError */
export function parseMeterMod(text: string, command: MeterMod["command"]): MeterMod {
  return command === "delete" ? { command, meterId: parseHead(text) } : { command, meter: parseMeter(text) };
}
