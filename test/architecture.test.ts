// The rules of docs/design: who may import whom, who may touch what, how long a file may be, and that ids, names and cases match.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import * as drops from "../assembly/abi/drops.ts";
import * as engines from "../assembly/abi/engines.ts";
import * as ports from "../assembly/abi/ports.ts";
import * as stages from "../assembly/abi/stages.ts";

const ROOT = new URL("../", import.meta.url);

interface Source {
  readonly path: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
  /** Paths of imported files of the repository, and names of packages. */
  readonly imports: readonly string[];
}

function read(folder: string): Source[] {
  return readdirSync(new URL(folder, ROOT), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => {
      const path = `${folder}/${name.replaceAll("\\", "/")}`;
      const text = readFileSync(new URL(path, ROOT), "utf8");
      const code = text.replace(/\/\*[\s\S]*?\*\/|(?<![:"'`])\/\/.*/g, "");
      const imports = [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g)].map(([, to = ""]) => {
        if (!to.startsWith(".")) return to;
        const target = normalize(join(dirname(path), to)).replaceAll("\\", "/");
        return /\.(ts|js)$/.test(target) ? target : `${target}.ts`;
      });
      return { path, text, code, imports };
    });
}

const assembly = read("assembly");
const src = read("src");
const all = [...assembly, ...src];

/** Layers, lowest first; folders of one layer do not import each other. */
const ASSEMBLY_LAYERS = [
  ["abi"],
  ["memory"],
  ["net"],
  ["mbuf"],
  ["virtio"],
  ["port"],
  ["ovs"],
  ["testpmd", "vhost-switch", "guest"],
  ["lcore"],
  ["index.ts"],
];
const SRC_LAYERS = [
  ["errors.ts", "printf.ts", "as-types.d.ts"],
  ["wasm"],
  ["capture", "vhost-user", "openflow", "shell"],
  ["ofproto", "ovsdb", "dpdk"],
  ["vswitchd", "guest", "qemu"],
  ["appctl", "ofctl", "libvirt"],
  ["run"],
  ["testpmd", "l3fwd-power"],
  ["lab"],
  ["report"],
  ["node"],
  ["reference"],
  ["cli"],
];

const folderOf = (path: string): string => path.split("/")[1] ?? "";

/** Imports that do not point to a lower layer or into the own folder. */
function upward(sources: readonly Source[], tree: string, layers: readonly (readonly string[])[]): string[] {
  const layerOf = (path: string): number => layers.findIndex((layer) => layer.includes(folderOf(path)));
  return sources.flatMap(({ path, imports }) =>
    imports
      .filter((to) => to.startsWith(`${tree}/`) && folderOf(to) !== folderOf(path) && layerOf(to) >= layerOf(path))
      .map((to) => `${path} -> ${to}`),
  );
}

/** Paths of the sources whose code matches, other than those excepted. */
function uses(sources: readonly Source[], pattern: RegExp, except: (path: string) => boolean): string[] {
  return sources.filter(({ path, code }) => !except(path) && pattern.test(code)).map(({ path }) => path);
}

const within =
  (...prefixes: string[]) =>
  (path: string): boolean =>
    prefixes.some((prefix) => path.startsWith(prefix));

describe("the layers", () => {
  it.each([
    ["assembly", assembly, ASSEMBLY_LAYERS],
    ["src", src, SRC_LAYERS],
  ] as const)("every folder of %s has a layer", (_, sources, layers) => {
    const known = layers.flat() as string[];
    expect([...new Set(sources.map(({ path }) => folderOf(path)))].filter((folder) => !known.includes(folder))).toEqual(
      [],
    );
  });

  it("assembly imports only towards abi", () => expect(upward(assembly, "assembly", ASSEMBLY_LAYERS)).toEqual([]));

  it("src imports only towards errors", () => expect(upward(src, "src", SRC_LAYERS)).toEqual([]));

  it("assembly imports nothing but assembly", () => {
    expect(
      assembly.flatMap(({ path, imports }) =>
        imports.filter((to) => !to.startsWith("assembly/")).map((to) => `${path} -> ${to}`),
      ),
    ).toEqual([]);
  });

  it("src imports of assembly only abi, of build only the engine's types, and no test or bench", () => {
    const allowed = (path: string, to: string): boolean =>
      to.startsWith("src/") ||
      to.startsWith("assembly/abi/") ||
      (to.startsWith("build/") && path.startsWith("src/wasm/"));
    const local = (to: string): boolean => /^(src|assembly|build|test|bench|\.\.)\b/.test(to);
    expect(
      src.flatMap(({ path, imports }) =>
        imports.filter((to) => local(to) && !allowed(path, to)).map((to) => `${path} -> ${to}`),
      ),
    ).toEqual([]);
  });

  it("every imported file is there", () => {
    const present = new Set(all.map(({ path }) => path));
    const missing = all.flatMap(({ path, imports }) =>
      imports.filter((to) => /^(src|assembly)\//.test(to) && !present.has(to)).map((to) => `${path} -> ${to}`),
    );
    expect(missing).toEqual([]);
  });

  it("no imports go round in a circle", () => {
    const edges = new Map(all.map(({ path, imports }) => [path, imports]));
    const state = new Map<string, "open" | "done">();
    const circles: string[] = [];
    const visit = (path: string, way: readonly string[]): void => {
      if (state.get(path) === "done") return;
      if (state.get(path) === "open") {
        circles.push([...way.slice(way.indexOf(path)), path].join(" -> "));
        return;
      }
      state.set(path, "open");
      for (const to of edges.get(path) ?? []) visit(to, [...way, path]);
      state.set(path, "done");
    };
    for (const { path } of all) visit(path, []);
    expect(circles).toEqual([]);
  });
});

describe("who touches what", () => {
  it("abi holds constants and comments only", () => {
    const line = /^(\/\/.*|export const [A-Z][A-Z0-9_]*: u32 = (0x[0-9a-f]+|\d+);( \/\/.*)?|)$/;
    const odd = assembly
      .filter(({ path }) => folderOf(path) === "abi")
      .flatMap(({ path, text }) =>
        text
          .split("\n")
          .filter((l) => !line.test(l))
          .map((l) => `${path}: ${l}`),
      );
    expect(odd).toEqual([]);
  });

  it("only memory/barrier.ts uses atomics", () => {
    expect(uses(assembly, /\batomic\./, (path) => path === "assembly/memory/barrier.ts")).toEqual([]);
  });

  it("assembly has no string, throw, assert, closure, new, default parameter or mutable variable of a module", () => {
    expect(uses(assembly, /\bthrow\b|\bassert\(|=>|\bnew\b|^(export )?(let|var) /m, () => false)).toEqual([]);
    const strings = assembly.flatMap(({ path, code }) =>
      code
        .replace(/\bfrom "[^"]+"|offsetof<\w+>\("\w+"\)/g, "")
        .split("\n")
        .filter((l) => /["'`]/.test(l))
        .map((l) => `${path}: ${l}`),
    );
    expect(strings).toEqual([]);
  });

  it("every class of assembly is unmanaged", () => {
    expect(uses(assembly, /(?<!@unmanaged\n)export class|^class/m, () => false)).toEqual([]);
  });

  it("only src/wasm touches WebAssembly", () => {
    // a type may be handed through; what makes or reads one is in src/wasm
    expect(
      uses(
        src,
        /\bnew WebAssembly\b|WebAssembly\.(compile|instantiate|validate)|@assemblyscript\/loader/,
        within("src/wasm/"),
      ),
    ).toEqual([]);
  });

  it("only src/node and src/reference import Node or koffi", () => {
    const foreign = src.filter(
      ({ path, imports }) =>
        !within("src/node/", "src/reference/")(path) && imports.some((to) => /^(node:|koffi)/.test(to)),
    );
    expect(foreign.map(({ path }) => path)).toEqual([]);
  });

  it("only src/cli reads the command line, prints and exits", () => {
    expect(uses(src, /process\.(argv|exit\b|exitCode|stdout|stderr)|\bconsole\./, within("src/cli/"))).toEqual([]);
  });
});

describe("files", () => {
  it("are at most 350 lines long", () => {
    expect(
      all.map(({ path, text }) => [path, text.split("\n").length - 1] as const).filter(([, n]) => n > 350),
    ).toEqual([]);
  });

  it("are named in kebab-case", () => {
    expect(all.map(({ path }) => path).filter((path) => !/^[a-z0-9-]+(\/[a-z0-9-]+)*(\.d)?\.ts$/.test(path))).toEqual(
      [],
    );
  });

  it("of src have no `any`, no double assertion, no default export, no TODO", () => {
    expect(uses(src, /:\s*any\b|<any\b|\bas any\b|as unknown as|\bexport default\b|@ts-/, () => false)).toEqual([]);
    expect(all.filter(({ text }) => /\bTODO\b|\bFIXME\b/.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe("ids, names and cases", () => {
  const code = (path: string): string => assembly.find((s) => s.path === path)!.code;
  const stageNames = Object.keys(stages);

  it.each(Object.entries(engines))("%s has a case in testpmd/engine and the stage of its id", (name, id) => {
    expect(code("assembly/testpmd/engine.ts")).toContain(`case ${name}:`);
    const stage = Object.entries(stages).find(([key]) => key === `STAGE_FWD_${name.slice("ENGINE_".length)}`);
    expect(stage?.[1]).toBe(stages.STAGE_FWD_IO + id);
  });

  it.each(Object.keys(ports))("%s has a case for rx and for tx in port/port, and two stages", (name) => {
    expect(code("assembly/port/port.ts").match(new RegExp(`case ${name}: (got|taken) = `, "g"))).toHaveLength(2);
    const kind = name.slice("PORT_".length);
    expect([`STAGE_${kind}_RX`, `STAGE_${kind}_TX`].filter((stage) => !stageNames.includes(stage))).toEqual([]);
  });

  it("ids run from 0 without a gap", () => {
    const runs = (ids: number[]): boolean => ids.sort((a, b) => a - b).every((id, i) => id === i);
    const { DROP_COUNT, ...reasons } = drops;
    const costed = Object.entries(stages)
      .filter(([name]) => /_(RX|TX)$|^STAGE_(FWD|OVS|INTERRUPT)_/.test(name))
      .map(([, id]) => id);
    expect([Object.values(engines), Object.values(ports), Object.values(reasons), costed].map(runs)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(DROP_COUNT).toBe(Object.keys(reasons).length);
    expect(stages.STAGE_COUNT).toBe(costed.length);
  });

  // a drop action carries its reason
  const inEngine = Object.keys(drops).filter((name) => name !== "DROP_COUNT" && !/^DROP_DROP_ACTION_/.test(name));
  it.each(inEngine)("%s is counted somewhere", (name) => {
    const bodies = assembly.map((s) => ({ ...s, code: s.code.replace(/^import [^;]*;/gm, "") }));
    expect(uses(bodies, new RegExp(`\\b${name}\\b`), within("assembly/abi/"))).not.toEqual([]);
  });
});
