// The line editor shows, byte for byte, what real testpmd showed for the same keys (test/recorded/record-rdline.py).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Completion } from "../../src/testpmd/console/complete.ts";
import { Rdline } from "../../src/testpmd/console/rdline.ts";

interface Session {
  readonly how: "terminal" | "pipe";
  readonly keys: string;
  readonly shown: string;
}

function recordedSessions(): Session[] {
  const file = new URL("../recorded/testpmd-options/rdline.txt", import.meta.url);
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return Array.from({ length: lines.length / 2 }, (_, i): Session => {
    const [head = "", shown = ""] = lines.slice(2 * i, 2 * i + 2);
    const how = head.startsWith("terminal ") ? "terminal" : "pipe";
    return { how, keys: JSON.parse(head.slice(how.length + 1)) as string, shown: JSON.parse(shown) as string };
  });
}

/** What real testpmd offers at the places where the sessions ask. */
const RESTS: Readonly<Record<string, string>> = { qui: "t ", qu: "it ", quit: " ", stop: " ", "start tx": "_first " };
const RETURN = ["[RETURN]"];
const TX_FIRST = "[UINT32]: start tx_first <num>: packet forwarding, after sending <num> bursts of packets";
const LISTS: Readonly<Record<string, readonly string[]>> = {
  qui: ["quit [Fixed STRING]: quit: Exit application"],
  "quit ": RETURN,
  "quit  ": RETURN,
  "stop ": RETURN,
  "show port summary all ": RETURN,
  "start tx_first ": [...RETURN, TX_FIRST],
};

/** What it says to the lines of the sessions. */
function answer(line: string): string {
  if (line.trim() === "") return "";
  return /^quit\b/.test(line) ? "Bad arguments\n" : "Command not found\n";
}

function complete(line: string, state: number): Completion {
  const text = RESTS[line];
  if (state === 0 && text !== undefined) return { kind: "append", text, state };
  const choice = LISTS[line]?.[Math.max(state, 0)];
  if (choice === undefined) return { kind: "none", state };
  return { kind: "choice", text: choice, state: Math.max(state, 0) + 1 };
}

/** What is shown for the keys, and whether they ended the input. */
function show(keys: string): { shown: string; ended: boolean } {
  let shown = "";
  const rdline = new Rdline("testpmd> ", {
    write: (text) => {
      shown += text;
    },
    complete,
  });
  for (const byte of Buffer.from(keys, "latin1")) {
    const event = rdline.take(byte);
    if (event?.kind === "end") return { shown, ended: true };
    if (event?.kind !== "line") continue;
    if (event.line.trim() === "quit") return { shown, ended: true };
    shown += answer(event.line);
    rdline.next();
  }
  return { shown, ended: false };
}

describe("rdline shows what real testpmd shows", () => {
  const sessions = recordedSessions();

  it("has sessions of both kinds", () => {
    expect(sessions.filter(({ how }) => how === "terminal").length).toBeGreaterThan(70);
    expect(sessions.filter(({ how }) => how === "pipe").length).toBeGreaterThan(75);
  });

  it.each(
    sessions.map((session) => [`${session.how}: ${JSON.stringify(session.keys).slice(0, 80)}`, session] as const),
  )("%s", (_, { how, keys, shown }) => {
    expect(show(how === "terminal" ? `${keys}\x03\x04` : keys).shown).toBe(shown);
  });
});

describe("rdline's ends", () => {
  it("Ctrl-D on an empty line ends the input", () => expect(show("\x04").ended).toBe(true));
  it("Ctrl-D on a line deletes, and ends nothing", () => expect(show("foo\x04").ended).toBe(false));
});
