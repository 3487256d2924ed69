// What the documents say of the code is so: the tour's links point at the lines that they name, README's commands print what it shows.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { DROP_TEXT } from "../src/report/drop-text.ts";
import { DROP_NAMES } from "../src/wasm/counters.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** With UPDATE_DOCS set, a link's line follows its symbol: first its definition, else its first mention. */
function relink(): void {
  const text = read("docs/tour.md").replace(/\[(\w+)\]\(([^)#]+)#L\d+\)/g, (_, symbol: string, path: string) => {
    const lines = read(join("docs", path)).split("\n");
    const definition = new RegExp(
      `(function|class|const|interface) ${symbol}\\b|^\\s+(async |private |readonly )*${symbol}\\(`,
    );
    const at = lines.findIndex((line) => definition.test(line));
    const line = (at >= 0 ? at : lines.findIndex((l) => l.includes(symbol))) + 1;
    return `[${symbol}](${path}#L${line})`;
  });
  writeFileSync(join(root, "docs/tour.md"), text);
}

if (process.env.UPDATE_DOCS) relink();

describe("docs/tour.md", () => {
  const links = [...read("docs/tour.md").matchAll(/\[(\w+)\]\(([^)#]+)#L(\d+)\)/g)];

  test("links to code", () => expect(links.length).toBeGreaterThan(30));

  test.each(links.map(([, symbol = "", path = "", line = ""]) => ({ symbol, path, line })))(
    "$symbol is at $path line $line",
    ({ symbol, path, line }) => {
      const text = read(join("docs", path)).split("\n")[Number(line) - 1] ?? "";
      expect(text).toContain(symbol);
    },
  );
});

describe("links between documents", () => {
  const inFolder = (folder: string): string[] => readdirSync(join(root, folder)).filter((name) => name.endsWith(".md"));
  const documents = ["", "docs/", "pcaps/", "pcaps/pvp/"].flatMap((folder) =>
    inFolder(folder).map((name) => folder + name),
  );

  test.each(documents)("%s links only to what is there", (name) => {
    const targets = [...read(name).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((m) => m[1] ?? "");
    expect(targets.filter((target) => !existsSync(join(root, dirname(name), target)))).toEqual([]);
  });
});

describe("README.md", () => {
  const blocks = [
    ...read("README.md").matchAll(/```\n(\$ (?:npx ringbed (?:replay|lab)|printf .* \| npx ringbed) [\s\S]*?)```/g),
  ];
  const examples = blocks.flatMap(([, block = ""]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = "", ...output] = part.split("\n");
        return { command, output: output.join("\n").trim() };
      }),
  );

  test("has examples", () => expect(examples.length).toBeGreaterThan(4));

  test.each(examples.filter((e) => !e.command.includes("-w ")))(
    "`$command` prints what it shows",
    ({ command, output }) => {
      const line = command.replace("npx ringbed", `"${process.execPath}" dist/src/cli/main.js`);
      const { stdout } = spawnSync("sh", ["-c", line], { cwd: root, encoding: "utf8" });
      const ran = { stdout: stdout.replaceAll("\r", "") };
      // "..." stands for lines left out
      const shown = output.split(/^\.\.\.$/m).map((part) => part.trim());
      let from = 0;
      for (const part of shown) {
        const at = ran.stdout.indexOf(part, from);
        expect(at, `in:\n${ran.stdout}\nthe part:\n${part}`).toBeGreaterThanOrEqual(0);
        from = at + part.length;
      }
    },
  );

  test("lists every drop counter with its meaning", () => {
    for (const name of DROP_NAMES) expect(read("README.md")).toContain(`| \`${name}\` | ${DROP_TEXT[name]} |`);
    expect(Object.keys(DROP_TEXT)).toEqual(DROP_NAMES);
  });
});
