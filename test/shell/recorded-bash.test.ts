// Our shell against what bash printed: test/recorded/shell/record-bash.py.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { nodeShellHost } from "../../src/node/shell-host.ts";
import { Grammar } from "../../src/shell/grammar.ts";
import { textInput } from "../../src/shell/host.ts";
import { Shell } from "../../src/shell/shell.ts";

const kept = JSON.parse(
  readFileSync(new URL("../recorded/shell/bash.json", import.meta.url), "utf8"),
) as readonly (readonly [script: string, stdout: string, code: number])[];

describe("a script prints what it prints in bash", () => {
  let grammar: Grammar;
  beforeAll(async () => {
    grammar = await Grammar.load(nodeShellHost.grammar());
  });

  it.each(kept)("%s", async (script, stdout, code) => {
    const cwd = mkdtempSync(join(tmpdir(), "ringbed-shell-"));
    try {
      const options = { host: nodeShellHost, commands: new Map(), sleep: async () => {}, cwd, grammar };
      const shell = new Shell({ ...options, env: { PATH: "/usr/bin:/bin", HOME: "/home/user", LC_ALL: "C" } });
      let out = "";
      const collect = (text: string): void => {
        out += text;
      };
      const streams = { input: textInput(""), out: collect, err: () => {} };
      const ran = await shell.runText(script, streams);
      expect({ out, code: ran }).toEqual({ out: stdout, code });
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});
