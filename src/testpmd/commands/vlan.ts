// vlan - VLAN filtering, stripping and insertion: `vlan set`, `rx_vlan`, `tx_vlan`.
// Follows rx_vlan_*_set, tx_vlan_set and tx_qinq_set of app/test-pmd 22.11 and what rte_ethdev checks below them.

import { EINVAL, ENOSYS, ENOTSUP } from "../../dpdk/devices/errno.ts";
import { MAX_ETHPORTS, type Offloads } from "../../dpdk/limits.ts";
import type { App, Port } from "../app.ts";
import { type RxOffload, rxOffload, txOffload } from "../blocks/offloads.ts";
import { changePortOffloads, setRxOffloads } from "../blocks/port-offloads.ts";
import { command } from "../console/command.ts";
import { DEVICE_AND_QUEUES, reconfigure, stoppedPort, testpmdPort } from "./guards.ts";
import { refused } from "./refusal.ts";

const VLAN_IDS = 4096;

/** By the word of `vlan set`: the offload, and the function that 22.11 names in its complaint. */
const OFFLOADS = {
  strip: { offload: "VLAN_STRIP", setter: "rx_vlan_strip_set" },
  filter: { offload: "VLAN_FILTER", setter: "rx_vlan_filter_set" },
  qinq_strip: { offload: "QINQ_STRIP", setter: "rx_vlan_qinq_strip_set" },
  extend: { offload: "VLAN_EXTEND", setter: "rx_vlan_extend_set" },
} as const satisfies Record<string, { offload: RxOffload; setter: string }>;

/** rte_eth_dev_set_vlan_offload. */
function setVlanOffloads(app: App, { id, dev, rxOffloads }: Port, wanted: Offloads): number {
  if (wanted === rxOffloads) return 0;
  const capable = dev.info.rxOffloads;
  if ((wanted & capable) === wanted) return dev.setVlanOffloads(wanted);
  app.err(
    `Ethdev port_id=${id} requested new added VLAN offloads 0x${(wanted & ~rxOffloads).toString(16)} ` +
      `must be within Rx offloads capabilities 0x${capable.toString(16)} in rte_eth_dev_set_vlan_offload()\n`,
  );
  return -EINVAL;
}

function setVlan(app: App, what: keyof typeof OFFLOADS, id: number, on: boolean): void {
  const port = testpmdPort(app, id);
  if (port === undefined) return;
  const { offload, setter } = OFFLOADS[what];
  const bit = rxOffload(offload);
  const wanted = on ? port.rxOffloads | bit : port.rxOffloads & ~bit;
  const status = setVlanOffloads(app, port, wanted);
  if (status < 0) app.err(`${setter}(port_pi=${id}, on=${Number(on)}) failed diag=${status}\n`);
  else setRxOffloads(port, wanted);
}

function setStripOnQueue(app: App, id: number, queue: number, on: boolean): void {
  if (testpmdPort(app, id) === undefined) return;
  let status = -ENOTSUP;
  if (queue >= app.settings.rxq) {
    app.err(`Invalid rx_queue_id=${queue}\n`);
    status = -EINVAL;
  }
  app.err(`rx_vlan_strip_set_on_queue(port_pi=${id}, queue_id=${queue}, on=${Number(on)}) failed diag=${status}\n`);
}

/** strtoul: digits in front, 0 without any. */
const leadingNumber = (text: string): number => {
  const digits = /^\s*(0x[0-9a-f]+|\d+)/i.exec(text)?.[1] ?? "0";
  return /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
};

/** rx_vft_set. @returns whether the next id may follow */
function setVlanFilter(app: App, id: number, vlan: number, on: boolean): boolean {
  const port = testpmdPort(app, id);
  if (port === undefined || !isVlanId(app, vlan)) return false;
  let status = -ENOSYS;
  if ((port.rxOffloads & rxOffload("VLAN_FILTER")) === 0n) app.err(`Port ${id}: VLAN-filtering disabled\n`);
  else status = port.dev.filterVlan(vlan, on);
  if (status === 0) return true;
  app.err(`rte_eth_dev_vlan_filter(port_pi=${id}, vlan_id=${vlan}, on=${Number(on)}) failed diag=${status}\n`);
  return false;
}

function isVlanId(app: App, vlan: number): boolean {
  if (vlan < VLAN_IDS) return true;
  app.err(`Invalid vlan_id ${vlan} (must be < ${VLAN_IDS})\n`);
  return false;
}

const VLAN_INSERT = txOffload("VLAN_INSERT");
const QINQ_INSERT = txOffload("QINQ_INSERT");

/** tx_vlan_reset, then what is inserted from now on; nothing for ids of undefined. */
function insertVlan(port: Port, vlan?: number, outer?: number): void {
  const insert = vlan === undefined ? 0n : outer === undefined ? VLAN_INSERT : VLAN_INSERT | QINQ_INSERT;
  changePortOffloads(port, "tx", (port.txOffloads & ~(VLAN_INSERT | QINQ_INSERT)) | insert);
  port.txVlanId = vlan ?? 0;
  port.txVlanIdOuter = outer ?? 0;
}

function setTxVlan(app: App, port: Port, vlan: number): void {
  if (!isVlanId(app, vlan)) return;
  if ((port.txOffloads & QINQ_INSERT) !== 0n) app.err("Error, as QinQ has been enabled.\n");
  else if ((port.dev.info.txOffloads & VLAN_INSERT) === 0n) {
    app.err(`Error: vlan insert is not supported by port ${port.id}\n`);
  } else insertVlan(port, vlan);
}

function setTxQinq(app: App, port: Port, vlan: number, outer: number): void {
  if (!isVlanId(app, vlan) || !isVlanId(app, outer)) return;
  if ((port.dev.info.txOffloads & QINQ_INSERT) === 0n) app.err(`Error: qinq insert not supported by port ${port.id}\n`);
  else insertVlan(port, vlan, outer);
}

/** A command for a stopped port, which is set up anew at its start whether the command succeeded or not. */
function onStoppedPort(app: App, id: number, change: (port: Port) => void): void {
  const port = stoppedPort(app, id);
  if (port === undefined) return;
  change(port);
  reconfigure(port, DEVICE_AND_QUEUES);
}

export const vlanCommands = [
  command(
    "vlan set <what:strip|filter|qinq_strip|extend|stripq> <on:on|off> <port_id[,queue_id]:string>",
    ": Strip/Filter/QinQ for rx side Extend for both rx/tx sides",
    (app, args) => {
      const [first = "", ...rest] = args["port_id[,queue_id]"].split(",");
      const id = leadingNumber(first);
      if (id >= MAX_ETHPORTS) return;
      const on = args.on === "on";
      if (args.what !== "stripq") setVlan(app, args.what, id, on);
      else if (rest.join(",") === "") app.err("must specify (port,queue_id)\n");
      else if (leadingNumber(rest.join(",")) <= 0xffff) setStripOnQueue(app, id, leadingNumber(rest.join(",")), on);
    },
  ),
  command(
    "vlan set <vlan_type:inner|outer> tpid <tp_id:u16> <port_id:u16>",
    ": Set the VLAN Ether type",
    (app, { vlan_type, tp_id, port_id }) => {
      if (testpmdPort(app, port_id) === undefined) return;
      const type = vlan_type === "inner" ? 1 : 2;
      app.err(`tx_vlan_tpid_set(port_pi=${port_id}, vlan_type=${type}, tpid=${tp_id}) failed diag=-${ENOTSUP}\n`);
    },
  ),
  command(
    "rx_vlan <what:add|rm> all <port_id:u16>",
    ": Add/Remove all identifiers to/from the set of VLAN identifiers filtered by a port",
    (app, { what, port_id }) => {
      for (let vlan = 0; vlan < VLAN_IDS; vlan++) if (!setVlanFilter(app, port_id, vlan, what === "add")) break;
    },
  ),
  command(
    "rx_vlan <what:add|rm> <vlan_id:u16> <port_id:u16>",
    ": Add/Remove a VLAN identifier to/from the set of VLAN identifiers filtered by a port",
    (app, { what, vlan_id, port_id }) => void setVlanFilter(app, port_id, vlan_id, what === "add"),
  ),
  command(
    "tx_vlan set <port_id:u16> <vlan_id:u16>",
    ": Enable hardware insertion of a single VLAN header with a given TAG Identifier in packets sent on a port",
    (app, { port_id, vlan_id }) => onStoppedPort(app, port_id, (port) => setTxVlan(app, port, vlan_id)),
  ),
  command(
    "tx_vlan set <port_id:u16> <vlan_id:u16> <outer_vlan_id:u16>",
    ": Enable hardware insertion of double VLAN header with given TAG Identifiers in packets sent on a port",
    (app, { port_id, vlan_id, outer_vlan_id }) =>
      onStoppedPort(app, port_id, (port) => setTxQinq(app, port, vlan_id, outer_vlan_id)),
  ),
  command(
    "tx_vlan reset <port_id:u16>",
    ": Disable hardware insertion of a VLAN header in packets sent on a port",
    (app, { port_id }) => onStoppedPort(app, port_id, (port) => insertVlan(port)),
  ),
  refused("tx_vlan set pvid <port_id:u16> <vlan_id:u16> <mode:on|off>", "", "testpmd", ""),
];
