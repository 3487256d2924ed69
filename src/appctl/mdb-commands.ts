// mdb-commands - ovs-appctl's mdb/*: the multicast groups and routers that a bridge knows of (ofproto/ofproto-dpif.c of OVS 3.1).
import type { LearningOfproto } from "../ofproto/learning-ofproto.ts";
import type { Vswitchd } from "../vswitchd/vswitchd.ts";
import { type CommandShape, failed, ok, type Reply } from "./reply.ts";

const NO_BRIDGE = failed("no such bridge\n");
const DISABLED = failed("multicast snooping is disabled\n");

/** ofproto: undefined: there is no bridge of that name */
export function mdbShow(ofproto: LearningOfproto | undefined): Reply {
  if (ofproto === undefined) return NO_BRIDGE;
  const { mcastSnooping } = ofproto;
  return mcastSnooping === undefined ? DISABLED : ok(mcastSnooping.text());
}

/** One bridge's, or of all that snoop. */
export function mdbFlush(ofprotos: LearningOfproto | undefined | readonly LearningOfproto[]): Reply {
  if (ofprotos === undefined) return NO_BRIDGE;
  if (!isList(ofprotos) && ofprotos.mcastSnooping === undefined) return DISABLED;
  for (const { mcastSnooping } of isList(ofprotos) ? ofprotos : [ofprotos]) mcastSnooping?.flush();
  return ok("table successfully flushed\n");
}

const isList = (one: LearningOfproto | readonly LearningOfproto[]): one is readonly LearningOfproto[] =>
  Array.isArray(one);

function find({ bridges }: Vswitchd, name: string): LearningOfproto | undefined {
  return bridges.get(name)?.ofproto;
}

export const MDB_COMMANDS: readonly (readonly [string, CommandShape<Vswitchd>])[] = [
  ["mdb/show", { usage: "bridge", min: 1, max: 1, run: (vswitchd, [name = ""]) => mdbShow(find(vswitchd, name)) }],
  [
    "mdb/flush",
    {
      usage: "[bridge]",
      min: 0,
      max: 1,
      run: (vswitchd, [name]) =>
        mdbFlush(
          name === undefined ? [...vswitchd.bridges.values()].map(({ ofproto }) => ofproto) : find(vswitchd, name),
        ),
    },
  ],
];
