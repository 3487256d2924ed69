// control - starting and stopping: `start`, `stop`, `quit`, `load`, `set default`.
import type { App } from "../app.ts";
import { command } from "../console/command.ts";
import { defaultSettings } from "../settings.ts";

export const quit = command("quit", ": Exit application", (_, __, shell) => shell.quit());

export const load = command("load <filename:string>", "", (_, { filename }, shell) => shell.load(filename));

export const startCommands = [
  command("start", ": Start packet forwarding", (app) => app.startForwarding(0)),
  command("start tx_first", ": Start packet forwarding, after sending 1 burst of packets", (app) =>
    app.startForwarding(1),
  ),
  command("start tx_first <num:u32>", ": packet forwarding, after sending <num> bursts of packets", (app, { num }) =>
    app.startForwarding(num),
  ),
];

export const stop = command("stop", ": Stop packet forwarding", (app) => app.stopForwarding());

export const setDefault = command("set default", ": Reset default forwarding configuration", (app, _, shell) => {
  shell.print("Reset to default forwarding configuration...\n");
  resetForwarding(app);
});

/** The first and last byte of a peer's address, which are all that a reset writes. */
const PEER_ENDS = 0xff00_0000_00ffn;

/** set_def_fwd_config: all lcores but one idle, all ports, their default peers. The configuration stays until it is made anew. */
function resetForwarding(app: App): void {
  app.forwardLcores = app.lcores.filter((id) => id !== app.mainLcore);
  app.forwardLcoreCount = 1;
  app.settings.peers = defaultSettings().peers.map((peer, id) => ((app.settings.peers[id] ?? 0n) & ~PEER_ENDS) | peer);
  app.forwardPorts = [...app.ports.keys()];
  app.forwardPortCount = app.ports.size;
}
