// commands-ovs - the programs of Open vSwitch: ovs-vsctl, ovsdb-client, ovs-appctl, ovs-ofctl.
import { runAppctl } from "../appctl/appctl.ts";
import { runOfctl } from "../ofctl/ofctl.ts";
import { ovsdbClient } from "../ovsdb/client.ts";
import { vsctl } from "../ovsdb/vsctl.ts";
import type { Command, ShellCore } from "../shell/command.ts";
import { readAll, type Streams } from "../shell/host.ts";
import type { Lab } from "./lab.ts";

interface Answer {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const LOG_FOLDER = "/usr/local/var/log/openvswitch";
const DATABASE_GONE =
  "unix:/usr/local/var/run/openvswitch/db.sock: database connection failed (No such file or directory)";

type Program = (lab: Lab, args: readonly string[], streams: Streams, shell: ShellCore) => Promise<Answer>;

const PROGRAMS: Readonly<Record<string, Program>> = {
  "ovs-vsctl": runVsctl,
  "ovs-ofctl": (lab, args, streams, shell) =>
    runOfctl(args, lab.vswitchd, {
      readText: (path: string) =>
        path === "-" ? undefined : lab.host.shell.readText(shell.host.resolve(shell.cwd, path)),
      readInput: () => readAll(streams.input),
      date: () => lab.date(),
    }),
  "ovs-appctl": async (lab, args) => {
    if (lab.hasExited("vswitchd") && !targets(args, "ovsdb-server")) return runAppctl(args, undefined);
    if (targets(args, "ovsdb-server")) return databaseServer(lab, args);
    const answer = await runAppctl(args, lab.vswitchd);
    if (args.includes("exit")) lab.end("vswitchd");
    return answer;
  },
  "ovsdb-client": async (lab, args) => {
    lab.vswitchd.publish();
    return ovsdbClient(args, lab.vswitchd.db);
  },
};

export function ovsCommands(lab: Lab): readonly (readonly [string, Command])[] {
  return Object.entries(PROGRAMS).map(([name, program]): [string, Command] => [
    name,
    async (args, streams, shell) => {
      const { stdout, stderr, code } = await lab.time.still(() => program(lab, args, streams, shell));
      streams.out(stdout);
      streams.err(stderr);
      lab.options.onCommand?.({ words: [name, ...args], stdout, stderr, code });
      return code;
    },
  ]);
}

/** `-t NAME`. */
function targets(args: readonly string[], name: string): boolean {
  return args.some(
    (word, i) => word === `--target=${name}` || ((word === "-t" || word === "--target") && args[i + 1] === name),
  );
}

/** ovsdb-server knows no more here than how to end. */
function databaseServer(lab: Lab, args: readonly string[]): Answer {
  if (args.includes("exit")) lab.end("ovsdb-server");
  return { stdout: "", stderr: "", code: 0 };
}

async function runVsctl(lab: Lab, args: readonly string[]): Promise<Answer> {
  const { vswitchd } = lab;
  const { db } = vswitchd;
  if (lab.hasExited("ovsdb-server")) return { stdout: "", stderr: `ovs-vsctl: ${DATABASE_GONE}\n`, code: 1 };
  if (lab.hasExited("vswitchd")) return vsctl.run(args, db, lab.date());
  vswitchd.publish();
  const before = new Set(db.rows("Interface").map(({ uuid }) => uuid));
  const { revision } = db;
  const answer = vsctl.run(args, db, lab.date());
  if (answer.code !== 0 || db.revision === revision) return answer;
  await vswitchd.reconfigure();
  if (answer.noWait) return answer;
  const broken = [...vswitchd.ifaces()].filter(({ uuid, error }) => !before.has(uuid) && error !== undefined);
  let { stderr } = answer;
  for (const { name, error } of broken)
    stderr += `ovs-vsctl: Error detected while setting up '${name}': ${error}.  See ovs-vswitchd log for details.\n`;
  if (broken.length > 0) stderr += `ovs-vsctl: The default log directory is "${LOG_FOLDER}".\n`;
  return { ...answer, stderr };
}
