// standalone-flow - the flow of a bridge that forwards by itself, since no controller tells it what to do (connmgr_flushed).
import { type FlowMod, NO_FLAGS } from "../openflow/flow-mod.ts";
import { OFPP_NORMAL } from "../openflow/ports.ts";
import { ANY_FLOWS } from "./flow-tables.ts";

export const STANDALONE_FLOW: FlowMod = {
  ...ANY_FLOWS,
  command: "add",
  table: 0,
  priority: 0,
  newCookie: 0n,
  modifyCookie: false,
  idleTimeout: 0,
  hardTimeout: 0,
  importance: 0,
  flags: NO_FLAGS,
  actions: [{ type: "output", port: OFPP_NORMAL, maxLen: 0 }],
};
