// gro-gso - `set port N gro|gso` and `show`: settings that are kept and shown. The csum engine here merges and cuts nothing.
// Follows setup_gro, show_gro and setup_gso of app/test-pmd 22.11.
import type { App } from "../app.ts";
import { command } from "../console/command.ts";
import { keepPer } from "../keep.ts";

const FLUSH_DEFAULT = 1;
const FLUSH_MAXIMUM = 4;
/** GRO_DEFAULT_FLOW_NUM * GRO_DEFAULT_ITEM_NUM_PER_FLOW, and MAX_PKT_BURST * GRO_MAX_FLUSH_CYCLES. */
const GRO_PACKETS = 4 * 32;
const GRO_PACKETS_HELD = 512 * FLUSH_MAXIMUM;
const GSO_SEGMENT_DEFAULT = 1514;
/** RTE_GSO_SEG_SIZE_MIN: Ethernet, IPv4 and TCP headers and one byte. */
const GSO_SEGMENT_MINIMUM = 55;

const offloadsOf = keepPer((_: App) => ({
  gro: new Set<number>(),
  gso: new Set<number>(),
  flushCycles: FLUSH_DEFAULT,
  gsoSegment: GSO_SEGMENT_DEFAULT,
}));

/** One of `complaint`s where forwarding runs. */
function idle(app: App, complaint: string): boolean {
  if (app.running) app.err(complaint);
  return !app.running;
}

function setGro(app: App, id: number, on: boolean): void {
  const { gro } = offloadsOf(app);
  if (!app.ports.has(id)) app.err(`invalid port id ${id}\n`);
  else if (!idle(app, "Before enable/disable GRO, please stop forwarding first\n")) return;
  else if (gro.has(id) !== on) {
    if (on) gro.add(id);
    else gro.delete(id);
  } else app.err(on ? `Port ${id} has enabled GRO. Please disable GRO first\n` : `Port ${id} has disabled GRO\n`);
}

function setFlushCycles(app: App, cycles: number): void {
  if (!idle(app, "Before change flush interval for GRO, please stop forwarding first.\n")) return;
  const valid = cycles >= FLUSH_DEFAULT && cycles <= FLUSH_MAXIMUM;
  if (!valid) {
    app.err(
      `The flushing cycle be in the range of 1 to ${FLUSH_MAXIMUM}. Revert to the default value ${FLUSH_DEFAULT}.\n`,
    );
  }
  offloadsOf(app).flushCycles = valid ? cycles : FLUSH_DEFAULT;
}

function showGro(app: App, id: number): void {
  const { gro, flushCycles } = offloadsOf(app);
  if (!app.ports.has(id)) app.err(`Invalid port id ${id}.\n`);
  else if (!gro.has(id)) app.out(`Port ${id} doesn't enable GRO.\n`);
  else {
    const packets = flushCycles === FLUSH_DEFAULT ? GRO_PACKETS : GRO_PACKETS_HELD;
    app.out(`GRO type: TCP/IPv4\nMax number of packets to perform GRO: ${packets}\nFlushing cycles: ${flushCycles}\n`);
  }
}

function setGso(app: App, id: number, on: boolean): void {
  const { gso } = offloadsOf(app);
  const doing = on ? "enabling" : "disabling";
  if (!app.ports.has(id)) app.err(`invalid port id ${id}\n`);
  else if (!idle(app, `before ${doing} GSO, please stop forwarding first\n`)) return;
  else if (on) gso.add(id);
  else gso.delete(id);
}

function setGsoSegment(app: App, bytes: number): void {
  if (!idle(app, "Before setting GSO segsz, please first stop forwarding\n")) return;
  if (bytes >= GSO_SEGMENT_MINIMUM) offloadsOf(app).gsoSegment = bytes;
  else app.err(`gso_size should be larger than ${GSO_SEGMENT_MINIMUM}. Please input a legal value\n`);
}

function showGso(app: App, id: number): void {
  const { gso, gsoSegment } = offloadsOf(app);
  if (!app.ports.has(id)) app.err(`invalid port id ${id}\n`);
  else if (!gso.has(id)) app.out(`GSO is not enabled on Port ${id}\n`);
  else {
    app.out(
      `Max GSO'd packet size: ${gsoSegment}B\nSupported GSO types: TCP/IPv4, UDP/IPv4, ` +
        "VxLAN with inner TCP/IPv4 packet, GRE with inner TCP/IPv4 packet\n",
    );
  }
}

export const groGsoCommands = [
  command("set port <port_id:u16> gro <mode:on|off>", "", (app, { port_id, mode }) =>
    setGro(app, port_id, mode === "on"),
  ),
  command("set gro flush <cycles:u8>", "", (app, { cycles }) => setFlushCycles(app, cycles)),
  command("show port <port_id:u16> gro", "", (app, { port_id }) => showGro(app, port_id)),
  command("set port <port_id:u16> gso <mode:on|off>", "", (app, { port_id, mode }) =>
    setGso(app, port_id, mode === "on"),
  ),
  command("set gso segsz <length:u16>", "", (app, { length }) => setGsoSegment(app, length)),
  command("show port <port_id:u16> gso", "", (app, { port_id }) => showGso(app, port_id)),
];
