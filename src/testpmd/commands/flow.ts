// flow - flow rules: `flow ...`, `add port meter policy`, `set raw_encap`, `set sample_actions`, flex patterns.
// No device here takes a rule, and the usual commands say so as 22.11 does. Not modelled: the grammar of patterns and actions, of which
// only the frame is looked at, and Tab in it; templates, queues, indirect actions, tunnels.

import { ENODEV, strerror } from "../../dpdk/devices/errno.ts";
import type { App } from "../app.ts";
import { command, type Shell, toldAs, untold } from "../console/command.ts";
import { testpmdPort } from "./guards.ts";
import { notModelled, refused } from "./refusal.ts";

/** port_flow_complain: a device without flow rules, or no device. */
function complain(app: App, id: number): void {
  const why = app.ports.has(id) ? "Function not implemented" : strerror(ENODEV);
  app.err(`port_flow_complain(): Caught PMD error type 1 (cause unspecified): ${why}: ${why}\n`);
}

/** Attributes, `pattern ... / end`, `actions ... / end`. */
const RULE =
  /^(?:(?:ingress|egress|transfer|(?:group|priority|tunnel_set|tunnel_match|user_id) \d+)\s+)*pattern\s(?:.+\s\/\s+)?end\s+actions\s(?:.+\s\/\s+)?end\s*$/;

function submit(app: App, id: number, rule: string, shell: Shell): void {
  if (RULE.test(rule)) complain(app, id);
  else shell.print("Bad arguments\n");
}

const UNMODELLED =
  "info|configure|pattern_template|actions_template|template_table|queue|push|pull|indirect_action|tunnel|flex_item" as const;

const flowFamily = [
  command("flow validate <port_id:u16> <rule:text>", "", (app, { port_id, rule }, shell) =>
    submit(app, port_id, rule, shell),
  ),
  command("flow create <port_id:u16> <rule:text>", "", (app, { port_id, rule }, shell) =>
    submit(app, port_id, rule, shell),
  ),
  refused("flow list <port_id:u16>", "", "testpmd", ""),
  refused("flow flush <port_id:u16>", "", "testpmd", ""),
  refused("flow destroy <port_id:u16> rule <rule:u32>", "", "testpmd", ""),
  refused("flow query <port_id:u16> <rule:u32> <action:string>", "", "testpmd", "Flow rule #{rule} not found\n"),
  command("flow isolate <port_id:u16> <boolean:0|1|false|true|no|yes|off|on>", "", (app, { port_id }) =>
    complain(app, port_id),
  ),
  command("flow dump <port_id:u16> all", "", (app, { port_id }) => {
    complain(app, port_id);
    app.err(`Failed to dump flow: ${app.ports.has(port_id) ? "Function not implemented" : strerror(ENODEV)}\n`);
  }),
  refused("flow dump <port_id:u16> rule <rule:u32>", "", "testpmd", "Failed to dump to flow {rule}\n"),
  command("flow aged <port_id:u16>", "", (app, { port_id }) => {
    if (testpmdPort(app, port_id) === undefined) return;
    complain(app, port_id);
    app.out(`Port ${port_id} total aged flows: -38\n`);
  }),
  notModelled(`flow <what:${UNMODELLED}> <arguments:text>`, "", "flow {what}"),
];

const meterPolicy = refused(
  "add port meter policy <port_id:u16> <policy_id:u32> <actions:text>",
  "",
  "testpmd",
  "cause unspecified: Function not implemented (error 1)\n",
);

/** One command in 22.11, which makes its tokens as it goes: Tab tells its first words once. */
export const flowCommands = [
  ...flowFamily.map((flow, i) =>
    i === 0
      ? toldAs(flow, 0, "{command} {port_id} [{arg} [...]]", "manage ingress/egress flow rules")
      : untold(flow, 0),
  ),
  toldAs(meterPolicy, 0, "port meter policy {port_id} {arg}", "add port meter policy"),
];

const RAW_WORDS = "set raw_encap|raw_decap <index> <pattern> or set sample_actions";

/** One command too. Headers are written as flow items. */
export const rawCommands = [
  { name: "raw_encap", about: "set raw encap data" },
  { name: "raw_decap", about: "set raw decap data" },
  { name: "sample_actions", about: "set sample actions list" },
].map(({ name, about }, i) => {
  const set = toldAs(notModelled(`set ${name} <arguments:text>`, "", name), 1, "TOKEN", about);
  return i === 0 ? toldAs(set, 0, RAW_WORDS, "set raw encap/decap/sample data") : untold(set, 0);
});

const RAW_CONFIGURATIONS = 8;

export const showRawCommands = [
  command(
    "show <what:raw_encap|raw_decap> <index:u16>",
    "show <raw_encap|raw_decap> <index>",
    (app, { what, index }) => {
      if (index >= RAW_CONFIGURATIONS) app.err(`index should be 0-${RAW_CONFIGURATIONS - 1}\n`);
      else app.err(`ringbed: ${what}: not modelled\n`);
    },
  ),
  notModelled("show <what:raw_encap|raw_decap> all", "show <raw_encap|raw_decap> all", "{what}"),
];

const FLEX_PATTERNS = 64;
const FLEX_BYTES = 16;

/** flex_pattern_parsed_fn: patterns are kept for rules. */
function setFlexPattern(app: App, id: number, ...fields: readonly string[]): void {
  const isSpec = (field: string): boolean => /^(?:[0-9a-f]{2})+$/i.test(field) && field.length <= 2 * FLEX_BYTES;
  if (id >= FLEX_PATTERNS) app.out("Bad flex pattern id\n");
  else if (!fields.every(isSpec)) app.out("Bad flex pattern spec\n");
  else app.out(`created pattern #${id}\n`);
}

export const flexCommands = [
  command("set flex_pattern <id:u16> is <spec_data:string>", "", (app, { id, spec_data }) =>
    setFlexPattern(app, id, spec_data),
  ),
  command(
    "set flex_pattern <id:u16> spec <spec_data:string> mask <mask_data:string>",
    "",
    (app, { id, spec_data, mask_data }) => setFlexPattern(app, id, spec_data, mask_data),
  ),
];

/** Dynamic flags of sent mbufs, which nothing here reads. */
export const dynamicFlag = refused("port config <port id:u16> dynf <name:string> <value:set|clear>", "", "testpmd", "");
