// refusal - commands for what no device here has: they print what 22.11 prints on net_pcap and net_null, and change nothing.

import { ENODEV, ENOTSUP, strerror } from "../../dpdk/devices/errno.ts";
import type { App } from "../app.ts";
import { type Command, command } from "../console/command.ts";
import type { Value } from "../console/token.ts";
import { allPortsStopped, ethdevPort, stoppedPort, testpmdPort } from "./guards.ts";

/**
 * Who looks at the port first: testpmd, which then says no more; rte_ethdev, whose -ENODEV the command goes on to word as
 * it does -ENOTSUP; testpmd, for a stopped port; testpmd for all stopped and then rte_ethdev; or nobody.
 */
type Guard = "testpmd" | "ethdev" | "stopped" | "all stopped" | "none";

/** {name}: a value of the command, or errno, or its error's words. */
const fill = (text: string, values: Readonly<Record<string, Value>>): string =>
  text.replace(/\{([^}]+)\}/g, (slot, name: string) => `${values[name] ?? slot}`);

function passes(app: App, guard: Guard, id: number): boolean {
  if (guard === "testpmd") return testpmdPort(app, id) !== undefined;
  if (guard === "stopped") return stoppedPort(app, id) !== undefined;
  return guard !== "all stopped" || allPortsStopped(app);
}

/**
 * Declares a command that is refused.
 * text: what it prints on standard error, with {name} for a value; missing: the same where rte_ethdev has no such port
 */
export function refused(pattern: string, help: string, guard: Guard, text: string, missing = text): Command {
  return command(pattern, help, (app, args) => {
    const values: Readonly<Record<string, Value>> = args;
    const id = Number(values.port_id ?? values["port id"] ?? values.port ?? 0);
    if (!passes(app, guard, id)) return;
    const asksEthdev = guard === "ethdev" || guard === "all stopped";
    const lacks = asksEthdev && ethdevPort(app, id) === undefined;
    const errno = lacks ? ENODEV : ENOTSUP;
    app.err(fill(lacks ? missing : text, { ...values, errno, strerror: strerror(errno) }));
  });
}

/** Commands that keep something for a family that is not modelled: nothing is printed, nothing follows. */
export const silent = (pattern: string, help: string): Command => refused(pattern, help, "none", "");

/** Declares a command of a family that Ringbed does not model: one line on standard error says so. */
export function notModelled(pattern: string, help: string, family: string): Command {
  return refused(pattern, help, "none", `ringbed: ${family}: not modelled\n`);
}
