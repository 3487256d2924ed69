// Parses the sections of build/engine.wasm: a module without data, table, start or globals can be instantiated by any number of
// workers over one memory.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { engineBytes } from "./support/engine.ts";

const SECTIONS = [
  "custom",
  "type",
  "import",
  "function",
  "table",
  "memory",
  "global",
  "export",
  "start",
  "element",
  "code",
  "data",
  "data count",
];

interface Section {
  readonly name: string;
  readonly body: Uint8Array;
}

/** Reads an unsigned LEB128. @returns the value and where it ends */
function leb(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++]!;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function sections(bytes: Uint8Array): Section[] {
  expect([...bytes.subarray(0, 8)]).toEqual([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const found: Section[] = [];
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at]!;
    const [size, body] = leb(bytes, at + 1);
    found.push({ name: SECTIONS[id] ?? `section ${id}`, body: bytes.subarray(body, body + size) });
    at = body + size;
  }
  return found;
}

describe("build/engine.wasm", () => {
  const found = sections(engineBytes());
  const body = (name: string): Uint8Array | undefined => found.find((s) => s.name === name)?.body;

  it.each(["data", "data count", "start", "table", "element", "global"])("has no %s section", (name) => {
    expect(found.map((s) => s.name)).not.toContain(name);
  });

  it("imports env.memory, shared with a maximum of 65536 pages, and nothing else", () => {
    const bytes = body("import")!;
    const text = (at: number): [string, number] => {
      const [n, from] = leb(bytes, at);
      return [new TextDecoder().decode(bytes.subarray(from, from + n)), from + n];
    };
    const [count, first] = leb(bytes, 0);
    const [module, second] = text(first);
    const [field, kind] = text(second);
    const [minimum, rest] = leb(bytes, kind + 2);
    const [maximum] = leb(bytes, rest);
    // kind 2: memory; limits flags 3: shared, with a maximum
    expect({ count, module, field, kind: bytes[kind], flags: bytes[kind + 1] }).toEqual({
      count: 1,
      module: "env",
      field: "memory",
      kind: 2,
      flags: 3,
    });
    expect(minimum).toBeLessThanOrEqual(16);
    expect(maximum).toBe(65536);
    expect(body("memory")).toBeUndefined();
  });

  it("exports functions and its memory only", () => {
    const bytes = body("export")!;
    let [count, at] = leb(bytes, 0);
    const kinds: Record<number, string[]> = {};
    for (; count > 0; count--) {
      const [n, from] = leb(bytes, at);
      const kind = bytes[from + n]!;
      kinds[kind] ??= [];
      kinds[kind].push(new TextDecoder().decode(bytes.subarray(from, from + n)));
      at = leb(bytes, from + n + 1)[1];
    }
    expect(Object.keys(kinds)).toEqual(["0", "2"]);
    expect(kinds[2]).toEqual(["memory"]);
  });

  it("is written without atomic.fence, which asc drops or refuses by version", () => {
    const assembly = new URL("../assembly/", import.meta.url);
    const files = readdirSync(assembly, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".ts"));
    expect(files.length).toBeGreaterThan(40);
    const code = (file: string): string =>
      readFileSync(new URL(file, assembly), "utf8").replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
    expect(files.filter((file) => code(file).includes("atomic.fence"))).toEqual([]);
  });
});
