// qmp - a monitor in control mode: one JSON object a line each way (QMP specification). Commands that the lab has are those about NICs, run state and
// migration; any other is answered as an unknown one.
import { runHmp } from "./hmp.ts";
import { jsonText } from "./json-text.ts";
import { parseBandwidth } from "./migration.ts";
import { type Properties, QemuError } from "./properties.ts";
import type { AnnounceParameters, Qemu } from "./qemu.ts";

type Arguments = Readonly<Record<string, unknown>>;
type Handler = (qemu: Qemu, args: Arguments) => unknown;

export const GREETING: string = jsonText({
  QMP: { version: { qemu: { micro: 0, minor: 2, major: 7 }, package: "Ringbed" }, capabilities: [] },
});

function text(args: Arguments, name: string): string {
  const value = args[name];
  if (value === undefined) throw new QemuError(`Parameter '${name}' is missing`);
  if (typeof value !== "string") throw new QemuError(`Invalid parameter type for '${name}', expected: string`);
  return value;
}

function runs(qemu: Qemu): unknown {
  return { status: qemu.state, singlestep: false, running: qemu.state === "running" };
}

/** device_add's members as the command line has them. */
function deviceProperties(args: Arguments): Properties {
  const value = (given: unknown): string => (given === true ? "on" : given === false ? "off" : String(given));
  text(args, "driver");
  return new Map(Object.entries(args).map(([key, given]) => [key === "driver" ? "" : key, value(given)]));
}

function setCapabilities(qemu: Qemu, args: Arguments): void {
  const list: readonly unknown[] = Array.isArray(args.capabilities) ? args.capabilities : [];
  for (const item of list) {
    if (typeof item !== "object" || item === null || !("capability" in item) || !("state" in item)) continue;
    if (item.capability === "events") qemu.tellsMigration = item.state === true;
  }
}

function announceParameters(args: Arguments): Partial<AnnounceParameters> {
  const names = ["initial", "max", "rounds", "step"] as const;
  return Object.fromEntries(names.flatMap((name) => (typeof args[name] === "number" ? [[name, args[name]]] : [])));
}

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["qmp_capabilities", () => ({})],
  ["query-status", (qemu) => runs(qemu)],
  ["query-name", (qemu) => (qemu.config.name === undefined ? {} : { name: qemu.config.name })],
  ["query-migrate", (qemu) => qemu.migration?.info() ?? {}],
  ["cont", (qemu) => qemu.cont()],
  ["stop", (qemu) => qemu.stop()],
  ["device_add", (qemu, args) => qemu.deviceAdd(deviceProperties(args))],
  ["device_del", (qemu, args) => qemu.deviceDel(text(args, "id"))],
  ["query-rx-filter", (qemu, args) => qemu.rxFilters(args.name === undefined ? undefined : text(args, "name"))],
  ["set_link", (qemu, args) => qemu.setLink(text(args, "name"), args.up === true)],
  ["announce-self", (qemu, args) => qemu.announce(announceParameters(args))],
  ["migrate-set-capabilities", (qemu, args) => setCapabilities(qemu, args)],
  [
    "migrate-set-parameters",
    (qemu, args) => {
      if (args["max-bandwidth"] !== undefined) qemu.bandwidth = parseBandwidth(args["max-bandwidth"]);
    },
  ],
  ["migrate", (qemu, args) => qemu.migrate(text(args, "uri"))],
  ["migrate_cancel", (qemu) => qemu.migrateCancel()],
  ["human-monitor-command", (qemu, args) => runHmp(qemu, text(args, "command-line"))],
]);

function parse(line: string): { readonly command: string; readonly args: Arguments; readonly id: unknown } {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch {
    throw new QemuError(`JSON parse error, invalid keyword '${/\w+/.exec(line)?.[0] ?? ""}'`);
  }
  if (typeof request !== "object" || request === null || Array.isArray(request))
    throw new QemuError("QMP input must be a JSON object");
  const { execute, arguments: args, id }: { execute?: unknown; arguments?: unknown; id?: unknown } = request;
  if (typeof execute !== "string") throw new QemuError("QMP input lacks member 'execute'");
  return { command: execute, args: typeof args === "object" && args !== null ? { ...args } : {}, id };
}

/** One request. @returns the answer's line */
export function runQmp(qemu: Qemu, line: string): string {
  let id: unknown;
  try {
    const request = parse(line);
    id = request.id;
    const handler = HANDLERS.get(request.command);
    if (handler === undefined)
      throw new QemuError(`The command ${request.command} has not been found`, "CommandNotFound");
    return jsonText({ return: handler(qemu, request.args) ?? {}, ...(id === undefined ? {} : { id }) });
  } catch (error) {
    if (!(error instanceof QemuError)) throw error;
    return jsonText({ error: { class: error.kind, desc: error.message }, ...(id === undefined ? {} : { id }) });
  }
}
