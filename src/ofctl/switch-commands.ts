// switch-commands - ovs-ofctl's commands about the switch as a whole: dump-desc, get-frags, set-frags, probe, dump-ipfix-*, dump-tlv-map; and those
// that a lab has not, each refused by its name.
import { UsageError } from "../errors.ts";
import type { OfctlCommand } from "./command.ts";

const dumpDesc: OfctlCommand = {
  min: 1,
  max: 1,
  run({ connection }) {
    connection.out(
      `${connection.heading("OFPST_DESC reply")}\nManufacturer: Nicira, Inc.\nHardware: Open vSwitch\nSoftware: 3.1.0\n` +
        "Serial Num: None\nDP Description: None\n",
    );
  },
};

const getFrags: OfctlCommand = {
  min: 1,
  max: 1,
  run({ connection }) {
    connection.out(`${connection.bridge.ofproto.bridge.fragHandling}\n`);
  },
};

const setFrags: OfctlCommand = {
  min: 2,
  max: 2,
  run({ connection, args: [mode = ""] }) {
    const { bridge } = connection;
    if (mode === "reassemble")
      throw new UsageError(
        `${bridge.name}: setting fragment handling mode failed (this switch probably doesn't support mode "${mode}")`,
      );
    if (mode !== "normal" && mode !== "drop" && mode !== "nx-match")
      throw new UsageError(`${mode}: unknown fragment handling mode`);
    bridge.ofproto.setFrags(mode);
  },
};

/** IPFIX is configured on no bridge. */
const ipfix = (message: string): OfctlCommand => ({
  min: 1,
  max: 1,
  run({ connection }) {
    connection.refusedRequest("NXST_NOT_CONFIGURED", message, "");
  },
});

const dumpTlvMap: OfctlCommand = {
  min: 1,
  max: 1,
  run({ connection }) {
    connection.out(
      `${connection.heading("NXT_TLV_TABLE_REPLY")}\n max option space=256 max fields=64\n allocated option space=0\n\n` +
        " mapping table:\n  class  type  length  match field\n ------  ----  ------  --------------\n",
    );
  },
};

const nothing = (max: number): OfctlCommand => ({ min: 1, max, run: () => {} });

const refused = (name: string): readonly [string, OfctlCommand] => [
  name,
  {
    min: 0,
    max: 99,
    run: () => {
      throw new UsageError(`${name} is not modelled`);
    },
  },
];

const NOT_MODELLED = [
  "add-tlv-map",
  "benchmark",
  "compose-packet",
  "ct-flush",
  "ct-flush-zone",
  "del-tlv-map",
  "ipfix-set",
  "monitor",
  "ofp-parse",
  "ofp-parse-pcap",
  "parse-flow",
  "parse-flows",
  "parse-group",
  "parse-key-value",
  "parse-pcap",
  "ping",
  "snoop",
];

export const SWITCH_COMMANDS: readonly (readonly [string, OfctlCommand])[] = [
  ["dump-desc", dumpDesc],
  ["get-frags", getFrags],
  ["set-frags", setFrags],
  ["probe", nothing(1)],
  ["dump-ipfix-bridge", ipfix("NXST_IPFIX_BRIDGE request")],
  ["dump-ipfix-flow", ipfix("NXST_IPFIX_FLOW request")],
  ["dump-tlv-map", dumpTlvMap],
  ...NOT_MODELLED.map(refused),
];

/** Commands that need no bridge to be refused. */
export const NEEDS_NO_BRIDGE: ReadonlySet<string> = new Set(NOT_MODELLED);
