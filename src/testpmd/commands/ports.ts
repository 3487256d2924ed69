// ports - ports come, go, start and stop: `port start|stop|close|reset|attach|detach`, `device detach`.
// What they do and print is the program's (app.ts).
import type { App } from "../app.ts";
import { command } from "../console/command.ts";
import { ethdevPort } from "./guards.ts";
import { silent } from "./refusal.ts";

const OPERATIONS = {
  start: async (app: App, id?: number) => void (await app.startPort(id)),
  stop: (app: App, id?: number) => app.stopPort(id),
  close: (app: App, id?: number) => app.closePort(id),
  reset: (app: App, id?: number) => app.resetPort(id),
} as const;

export const portCommands = [
  command("port <name:start|stop|close|reset> all", ": Start/Stop/Close/Reset all ports", (app, { name }) =>
    OPERATIONS[name](app),
  ),
  command(
    "port <name:start|stop|close|reset> <port_id:u8>",
    ": Start/Stop/Close/Reset port_id",
    (app, { name, port_id }) => OPERATIONS[name](app, port_id),
  ),
  command("port attach <identifier:text>", ": (identifier: pci address or virtual dev name)", (app, { identifier }) =>
    app.attachPort(identifier),
  ),
  command("port detach <port_id:u16>", "", async (app, { port_id }) => {
    if (ethdevPort(app, port_id) !== undefined) await app.detachPort(port_id);
  }),
  command(
    "device detach <identifier:string>",
    ":(identifier: pci address or virtual dev name)",
    (app, { identifier }) => app.detachDevice(identifier),
  ),
  // how a new port is noticed, which is all the same here
  silent("set port setup on <mode:iterator|event>", ""),
];
