// parse-ofpact-hash - bundle and multipath: actions that choose by a hash of some fields.
import { UsageError } from "../errors.ts";
import { mfHasNxmHeader } from "./field.ts";
import type { OfPort, Ofpact, Subfield } from "./ofpact.ts";
import type { OfpactContext } from "./ofpact-context.ts";
import { atoi } from "./scan.ts";
import { Words } from "./split-words.ts";
import { parseSubfield } from "./subfield.ts";

const HASH_FIELDS = [
  "eth_src",
  "symmetric_l4",
  "symmetric_l3l4",
  "symmetric_l3l4+udp",
  "nw_src",
  "nw_dst",
  "symmetric_l3",
];
const BUNDLE_ALGORITHMS = ["active_backup", "hrw"];
const MULTIPATH_ALGORITHMS = ["modulo_n", "hash_threshold", "hrw", "iter_hash"];
const BUNDLE_MAX_MEMBERS = 2048;

function oneOf(known: readonly string[], word: string, text: string, what: string): string {
  const found = known.find((name) => name === word.toLowerCase());
  if (found === undefined) throw new UsageError(`${text}: unknown ${what} \`${word}'`);
  return found;
}

function destinationOf(word: string, text: string): Subfield {
  const found = parseSubfield(word);
  if (!mfHasNxmHeader(found.field)) throw new UsageError(`${text}: experimenter OXM field '${word}' not supported`);
  return found;
}

/** `FIELDS,BASIS,ALGORITHM,ofport,[DST,]members:P1,P2...`; load: with DST. */
export function parseBundle(text: string, context: OfpactContext, load: boolean): Ofpact {
  const words = new Words(text);
  const [fields, basis, algorithm, memberType, destination] = Array.from({ length: load ? 5 : 4 }, () =>
    words.next(", "),
  );
  const delimiter = words.next(": ");
  if (delimiter === undefined) throw new UsageError(`${text}: not enough arguments to bundle action`);
  if (!/^(members|slaves)$/i.test(delimiter)) {
    throw new UsageError(`${text}: missing member delimiter, expected \`members', got \`${delimiter}'`);
  }
  const members: OfPort[] = [];
  for (let word = words.next(", []"); word !== undefined; word = words.next(", []")) {
    if (members.length >= BUNDLE_MAX_MEMBERS) break;
    members.push(context.mustPort(word, `${word}: bad port number`));
  }
  const known = oneOf(HASH_FIELDS, fields!, text, "fields");
  const how = oneOf(BUNDLE_ALGORITHMS, algorithm!, text, "algorithm");
  oneOf(["ofport"], memberType!, text, "member_type");
  const bundle = { type: "bundle" as const, basis: atoi(basis!) & 0xffff, fields: known, algorithm: how, members };
  return destination === undefined ? bundle : { ...bundle, destination: destinationOf(destination, text) };
}

/** `FIELDS,BASIS,ALGORITHM,N_LINKS,ARG,DST[..]`. */
export function parseMultipath(text: string): Ofpact {
  const words = new Words(text);
  const [fields, basis, algorithm, linksText, argument, destinationText] = Array.from({ length: 6 }, () =>
    words.next(", "),
  );
  if (destinationText === undefined) throw new UsageError(`${text}: not enough arguments to multipath action`);
  const known = oneOf(HASH_FIELDS, fields!, text, "fields");
  const how = oneOf(MULTIPATH_ALGORITHMS, algorithm!, text, "algorithm");
  const links = atoi(linksText!);
  if (links < 1 || links > 65536) {
    throw new UsageError(`${text}: n_links ${links} is not in valid range 1 to 65536`);
  }
  const destination = destinationOf(destinationText, text);
  if (destination.bits < 16 && links > 2 ** destination.bits) {
    throw new UsageError(
      `${text}: ${destination.bits}-bit destination field has ${2 ** destination.bits} possible values, less than ` +
        `specified n_links ${links}`,
    );
  }
  const numbers = { basis: atoi(basis!) & 0xffff, links, argument: atoi(argument!) >>> 0 };
  return { type: "multipath", fields: known, algorithm: how, ...numbers, destination };
}
