// device - what a NIC has and a software device lacks: FEC, BPF programs, metadata; and log levels.
import type { App, Port } from "../app.ts";
import { command } from "../console/command.ts";
import { keepPer } from "../keep.ts";
import { testpmdPort } from "./guards.ts";

const FEC_MODES = ["off", "auto", "rs", "baser"];

/** A port that says it has no FEC; another is none. */
function refuseFec(app: App, id: number): void {
  app.err(app.ports.has(id) ? "Function not implemented\n" : `Invalid port id ${id}\n`);
}

export const showFecMode = command("show port <port_id:u16> fec_mode", "", (app, { port_id }) =>
  refuseFec(app, port_id),
);

export const setFecMode = command(
  "set port <port_id:u16> fec_mode <mode:string>",
  "set port <port_id> fec_mode auto|off|rs|baser",
  (app, { port_id, mode }) => {
    if (!FEC_MODES.includes(mode)) app.err(`Unknown fec mode: ${mode} for port ${port_id}\n`);
    else if (app.ports.has(port_id)) app.err("Function not implemented\n");
    else app.err(`Invalid port_id=${port_id}\nSet FEC mode failed\n`);
  },
);

export const showFecCapabilities = command("show port <port_id:u16> fec capabilities", "", (app, { port_id }) =>
  refuseFec(app, port_id),
);

const BPF_FLAGS = "JM-";

/** A program that is not there is refused as in 22.11; one that is there is not run. */
function loadBpf(app: App, id: number, flags: string, path: string): void {
  for (const flag of flags.toUpperCase()) if (!BPF_FLAGS.includes(flag)) app.err(`unknown flag: '${flag}'`);
  if (app.ports.has(id) && app.readText(path) !== undefined) {
    app.err("ringbed: bpf-load: not modelled\n");
    return;
  }
  if (app.ports.has(id)) app.err(`rte_bpf_elf_load(${path}) error code: 2(No such file or directory)\n`);
  app.out("-22:Invalid argument\n");
}

export const bpfCommands = [
  command(
    "bpf-load <dir:rx|tx> <port:u8> <queue:u16> <flags:string> <path:string>",
    "bpf-load rx|tx <port> <queue> <J|M|-> <file_name>",
    (app, { port, flags, path }) => loadBpf(app, port, flags, path),
  ),
  command("bpf-unload <dir:rx|tx> <port:u8> <queue:u16>", "", () => {}),
];

const metadataOf = keepPer((_: Port) => ({ tx: 0 }));

/** Kept and shown; no engine puts it into packets. */
export const metadataCommands = [
  command("port config <port_id:u16> tx_metadata <value:u32>", "", (app, { port_id, value }) => {
    const port = testpmdPort(app, port_id);
    if (port !== undefined) metadataOf(port).tx = value;
  }),
  command("show port <port_id:u16> tx_metadata", "", (app, { port_id }) => {
    const port = app.ports.get(port_id);
    if (port === undefined) app.err(`invalid port id ${port_id}\n`);
    else app.out(`Port ${port_id} tx_metadata: ${metadataOf(port).tx}\n`);
  }),
];

/** RTE_LOG_MAX. */
const LOG_DEBUG = 8;

/** Levels of logs that are not written here: only a wrong one is told. */
export const setLog = command("set log <type:string> <level:u32>", "set log global|<type> <level>", (app, args) => {
  if (args.type !== "global" && args.level > LOG_DEBUG) app.err("Unable to set log level\n");
});
