// xlate-choice - multipath and bundle: links and ports chosen by a hash of the packet's fields (lib/multipath.c, lib/bundle.c).
import type { OfPort, Ofpact } from "../openflow/ofpact.ts";
import {
  OFPP_ALL,
  OFPP_CONTROLLER,
  OFPP_FLOOD,
  OFPP_IN_PORT,
  OFPP_NONE,
  OFPP_NORMAL,
  OFPP_TABLE,
} from "../openflow/ports.ts";
import type { Bridge } from "./bridge.ts";
import { hashFields, maskHashFields } from "./flow-hash.ts";
import { hashTwoWords } from "./hash.ts";
import type { XlateContext } from "./xlate-context.ts";
import { loadNumber, reportSubfield } from "./xlate-fields.ts";

type Of<T extends Ofpact["type"]> = Ofpact & { readonly type: T };

/** More links than that are not tried one by one. */
const MAX_HRW_LINKS = 64;

export function xlateMultipath(ctx: XlateContext, action: Of<"multipath">): void {
  const { flow, wildcards } = ctx;
  const link = chooseLink(hashFields(flow, action.fields, action.basis), action);
  maskHashFields(flow, wildcards, action.fields);
  loadNumber(ctx, action.destination, link);
  reportSubfield(ctx, action.destination);
}

function chooseLink(hash: number, { algorithm, links, argument }: Of<"multipath">): number {
  switch (algorithm) {
    case "modulo_n":
      return hash % links;
    case "hash_threshold":
      return links === 1 ? 0 : Math.floor(hash / (Math.floor(0xffff_ffff / links) + 1));
    case "hrw":
      return links <= MAX_HRW_LINKS ? highestWeight(hash, links) : iterate(hash, links, 0);
    default:
      return iterate(hash, links, argument);
  }
}

function highestWeight(hash: number, links: number): number {
  let best = 0;
  let bestWeight = -1;
  for (let link = 0; link < links; link++) {
    const weight = hashTwoWords(hash, link);
    if (weight <= bestWeight) continue;
    best = link;
    bestWeight = weight;
  }
  return best;
}

function iterate(hash: number, links: number, wanted: number): number {
  const fits = wanted >= links && Math.floor(wanted / 2) <= links;
  const modulo = fits ? wanted : 2 ** Math.ceil(Math.log2(links));
  for (let i = 0; ; i++) {
    const link = hashTwoWords(hash, i) % modulo;
    if (link < links) return link;
  }
}

function isEnabled(bridge: Bridge, port: OfPort): boolean {
  if ([OFPP_IN_PORT, OFPP_TABLE, OFPP_NORMAL, OFPP_FLOOD, OFPP_ALL, OFPP_NONE].includes(port)) return true;
  return port !== OFPP_CONTROLLER && (bridge.ports.get(port)?.isLive ?? false);
}

/** The port that a bundle action chooses; OFPP_NONE: none is live. */
export function chooseMember({ bridge, flow, wildcards }: XlateContext, action: Of<"bundle">): OfPort {
  const { members, fields, basis, algorithm } = action;
  if (algorithm === "active_backup") return members.find((port) => isEnabled(bridge, port)) ?? OFPP_NONE;
  if (members.length > 1) maskHashFields(flow, wildcards, fields);
  const hash = hashFields(flow, fields, basis);
  let best: OfPort = OFPP_NONE;
  let bestHash = -1;
  members.forEach((port, i) => {
    if (!isEnabled(bridge, port)) return;
    const own = hashTwoWords(i, hash);
    if (own <= bestHash) return;
    best = port;
    bestHash = own;
  });
  return best;
}
