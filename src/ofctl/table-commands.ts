// table-commands - ovs-ofctl's commands about tables: dump-tables, dump-table-features, dump-table-desc, mod-table (lib/ofp-table.c of OVS 3.1).
import { UsageError } from "../errors.ts";
import type { Table, TableMiss } from "../ofproto/table.ts";
import { formatVersion, type OfVersion } from "../openflow/protocol.ts";
import { parseTable, TABLE_ANY } from "../openflow/tables.ts";
import { namesFor, type OfctlCall, type OfctlCommand } from "./command.ts";
import type { Connection } from "./connection.ts";
import { fullFeatures, LAST_TABLE, statsFeatures, tablesText } from "./table-features.ts";

const FEATURES_SINCE = 4;
const DESC_SINCE = 5;
/** What 1.1 and 1.2 are told of a setting: the switch's own number for it, which they read as another one. */
const MISS_TOLD: Record<TableMiss, string> = {
  default: "controller",
  controller: "continue",
  continue: "drop",
  drop: "controller",
};
/** Versions that have each setting. */
const MISS_VERSIONS: readonly OfVersion[] = [2, 3];
const EVICTION_VERSIONS: readonly OfVersion[] = [5, 6];

function tables({ bridge }: Connection): readonly Table[] {
  return bridge.ofproto.bridge.tables.tables.slice(0, LAST_TABLE + 1);
}

/** The tables as statistics tell of them; a setting that cannot be read is remarked upon. */
function readStats({ connection, log }: OfctlCall): string {
  const { version } = connection;
  return tablesText(
    tables(connection).map(({ id, classifier, matched, missed, miss }) => {
      if (miss === "drop" && MISS_VERSIONS.includes(version)) log("WARN", "ofp_table", "bad table miss config 3");
      const lookups = matched.packets + missed.packets;
      return {
        id,
        counts: `active=${classifier.size}, lookup=${lookups}, matched=${matched.packets}`,
        features: statsFeatures(version, id, MISS_TOLD[miss]),
      };
    }),
  );
}

const dumpTables: OfctlCommand = {
  min: 1,
  max: 1,
  run(call) {
    const { connection } = call;
    connection.out(`${connection.heading("OFPST_TABLE reply")}\n${readStats(call)}`);
  },
};

/** @throws UsageError */
function need({ version }: Connection, command: string, since: OfVersion): void {
  if (version >= since) return;
  throw new UsageError(`${command} needs OpenFlow 1.${since - 1} or later ('-O ${formatVersion(since)}')`);
}

const dumpTableFeatures: OfctlCommand = {
  min: 1,
  max: 1,
  run({ connection }) {
    need(connection, "dump-table-features", FEATURES_SINCE);
    const { version } = connection;
    connection.out(
      `${tablesText(tables(connection).map(({ id }) => ({ id, features: fullFeatures(version, id) })))}\n`,
    );
  },
};

function description({ id, evicts, vacancy, vacancyPercent }: Table): string {
  const range = vacancy === undefined ? "off" : `on vacancy_down=${vacancy.down}% vacancy_up=${vacancy.up}%`;
  const now = vacancy === undefined ? "" : ` vacancy=${vacancyPercent}%`;
  return (
    `  table ${id}:\n   eviction=${evicts ? "on" : "off"} eviction_flags=OTHER|IMPORTANCE|LIFETIME\n` +
    `   vacancy=${range}${now}\n`
  );
}

const dumpTableDesc: OfctlCommand = {
  min: 1,
  max: 1,
  run({ connection }) {
    need(connection, "dump-table-desc", DESC_SINCE);
    const all = tables(connection).map(description).join("\n");
    connection.out(`${connection.heading("OFPST_TABLE_DESC reply")}\n${all}`);
  },
};

interface Setting {
  readonly versions: readonly OfVersion[];
  apply(table: Table): void;
}

/** @throws UsageError */
function parseSetting(text: string): Setting {
  if (text === "controller" || text === "continue" || text === "drop")
    return {
      versions: MISS_VERSIONS,
      apply: (table) => {
        table.miss = text;
      },
    };
  const eviction = (apply: (table: Table) => void): Setting => ({ versions: EVICTION_VERSIONS, apply });
  if (text === "evict" || text === "noevict") return eviction((table) => table.setEviction(text === "evict"));
  if (text === "novacancy")
    return eviction((table) => {
      table.vacancy = undefined;
    });
  if (!text.startsWith("vacancy:")) throw new UsageError(`invalid table_mod setting ${text}`);
  const [down = Number.NaN, up = Number.NaN] = text.slice("vacancy:".length).split(/[,-]/).map(Number);
  if (Number.isNaN(down)) throw new UsageError("Vacancy down value missing");
  if (Number.isNaN(up)) throw new UsageError("Vacancy up value missing");
  if (down < 0 || down > 100) throw new UsageError(`Invalid vacancy down value "${down}"`);
  if (up < 0 || up > 100) throw new UsageError(`Invalid vacancy up value "${up}"`);
  if (down > up)
    throw new UsageError("Invalid vacancy range, vacancy up should be greater than vacancy down (OFPBPC_BAD_VALUE)");
  return eviction((table) => {
    table.vacancy = { down, up };
  });
}

const modTable: OfctlCommand = {
  min: 3,
  max: 3,
  run(call) {
    const { connection, args, log } = call;
    const [word = "", setting = ""] = args;
    // tables' names are asked for
    if (MISS_VERSIONS.includes(connection.version)) readStats(call);
    const id = word.toLowerCase() === "all" ? TABLE_ANY : parseTable(word, namesFor(call).tables, log);
    if (id === undefined) throw new UsageError(`unknown table "${word}"`);
    const { versions, apply } = parseSetting(setting);
    if (!versions.includes(connection.version)) {
      const names = versions.map(formatVersion).join(", ");
      throw new UsageError(`table_mod '${setting}' requires one of the OpenFlow versions ${names}`);
    }
    const { ofproto } = connection.bridge;
    const all = ofproto.bridge.tables.tables;
    const table = all[id];
    if (table?.readOnly === true) {
      const body = ` table_id=${id}, eviction=${setting === "evict" ? "on" : "off"}, vacancy=${setting.startsWith("vacancy") ? "on" : "off"}`;
      connection.refused("OFPTMFC_EPERM", "OFPT_TABLE_MOD", body, MOD_XID);
      return 1;
    }
    for (const one of table === undefined ? all.filter(({ readOnly }) => !readOnly) : [table]) apply(one);
    ofproto.configured();
    return 0;
  },
};

/** Of a table_mod: requests for names and tables come before it. */
const MOD_XID = 5;

export const TABLE_COMMANDS: readonly (readonly [string, OfctlCommand])[] = [
  ["dump-tables", dumpTables],
  ["dump-table-features", dumpTableFeatures],
  ["dump-table-desc", dumpTableDesc],
  ["mod-table", modTable],
];
