// Our ovs-vsctl and ovsdb-client against what the real ones of 3.1 answered: test/recorded/ovsdb/record-vsctl.py.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ovsdbClient } from "../../src/ovsdb/client.ts";
import { Database } from "../../src/ovsdb/database.ts";
import { parseSchema } from "../../src/ovsdb/schema.ts";
import { vsctl } from "../../src/ovsdb/vsctl.ts";
import { VSWITCH_TABLES } from "../../src/ovsdb/vswitch-schema.ts";

const DATE = "2026-01-01T00:00:00Z";

type Kept = [words: string[], stdout: string, stderr: string, code: number];

const sessions = JSON.parse(
  readFileSync(new URL("../recorded/ovsdb/vsctl.json", import.meta.url), "utf8"),
) as readonly (readonly Kept[])[];

/** Numbers uuids by their first appearance in a session, and sorts what stands in the order of uuids: rows, trees, sets. */
function normalise(): (text: string, sorted: boolean) => string {
  const names = new Map<string, string>();
  return (text, sorted) => {
    const ordered = sorted ? text.trimEnd().split("\n\n").sort().join("\n\n") : text;
    const dated = ordered.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, DATE);
    const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
    return dated.replace(uuid, (found) => {
      if (!names.has(found)) names.set(found, "<uuid>");
      return names.get(found)!;
    });
  };
}

/** A tree's lines, without their order: ports stand by uuid. */
function shape(words: readonly string[], text: string, sort: (text: string, sorted: boolean) => string): string {
  if (words.includes("show") || words.includes("list-tables")) return sort(text, false).split("\n").sort().join("\n");
  return sort(text, /^(?:list|find)$/.test(words.find((word) => !word.startsWith("-") && word !== "ovs-vsctl") ?? ""));
}

describe("ovs-vsctl and ovsdb-client answer as the real ones", () => {
  sessions.forEach((session, number) => {
    it(`session ${number + 1}, ${session.length} command lines`, () => {
      const db = new Database(parseSchema(VSWITCH_TABLES));
      const [ours, theirs] = [normalise(), normalise()];
      for (const [words, stdout, stderr, code] of session) {
        const [program, ...rest] = words;
        const ran = program === "ovs-vsctl" ? vsctl.run(rest, db, DATE) : ovsdbClient(rest, db);
        const line = words.join(" ");
        expect
          .soft({ line, code: ran.code, stdout: shape(words, ran.stdout, ours), stderr: ours(ran.stderr, false) })
          .toEqual({ line, code, stdout: shape(words, stdout, theirs), stderr: theirs(stderr, false) });
      }
    });
  });
});
