// The published package: what is in the tarball, and that it runs and type-checks where it is installed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "ringbed-pack-"));
const installed = join(folder, "node_modules/ringbed");
let files: string[] = [];

interface Manifest {
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly bin: { readonly ringbed: string };
}
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;

/** Runs a program to its end. */
function run(program: string, words: readonly string[], cwd: string) {
  const { status, stdout, stderr, error } = spawnSync(program, words, { cwd, encoding: "utf8", timeout: 60_000 });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** Installs the tarball as a user would; where npm's cache does not hold its dependencies, they are linked from this checkout. */
function install(tarball: string): void {
  const words = ["install", tarball, "--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  if (run("npm", words, folder).status === 0) return;
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  const unpacked = run("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed], folder);
  if (unpacked.status !== 0) throw new Error(`test: tar: ${unpacked.stderr}`);
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link, "dir");
  }
}

beforeAll(() => {
  for (const made of ["dist/src/cli/main.js", "build/engine.wasm"]) {
    if (!existsSync(join(ROOT, made))) throw new Error(`test: found no ${made}, expected it (npm run build)`);
  }
  writeFileSync(
    join(folder, "package.json"),
    '{ "name": "user", "version": "1.0.0", "type": "module", "private": true }\n',
  );
  const packed = run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], ROOT);
  const [tarball] = JSON.parse(packed.stdout) as { filename: string; files: { path: string }[] }[];
  if (tarball === undefined) throw new Error(`test: npm pack: ${packed.stderr}`);
  files = tarball.files.map(({ path }) => path);
  install(join(folder, tarball.filename));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the tarball", () => {
  it("carries the program, the engine, the profiles, the captures of npm start and the licence", () => {
    const wanted = [
      manifest.bin.ringbed,
      "dist/src/node/index.js",
      "dist/src/node/index.d.ts",
      "build/engine.wasm",
      "profiles/testpmd-22.11.json",
      "pcaps/pdump_rx.pcap",
      "pcaps/pdump_tx1.pcap",
      "package.json",
      "LICENSE",
    ];
    expect(files).toEqual(expect.arrayContaining(wanted));
  });

  it("carries no tests, no sources, no benchmark, nothing else", () => {
    const kinds =
      /^(dist\/(src|assembly\/abi)\/.*\.(js|d\.ts)|build\/engine\.wasm|profiles\/[\w.-]+\.json|pcaps\/pdump_(rx|tx1)\.pcap|scripts\/record-testpmd\.sh)$/;
    const others = files.filter((file) => !kinds.test(file));
    expect(others.filter((file) => !["package.json", "LICENSE", "README.md"].includes(file))).toEqual([]);
  });

  it("carries every file that its programs import", () => {
    const missing = files
      .filter((file) => file.endsWith(".js"))
      .flatMap((file) => {
        const code = readFileSync(join(installed, file), "utf8");
        return [...code.matchAll(/(?:\bfrom|^import) "(\.\.?\/[^"]+)"/gm)].map(([, to = ""]) =>
          join(dirname(file), to),
        );
      })
      .filter((file) => !files.includes(file));
    expect(missing).toEqual([]);
  });
});

describe("the installed package", () => {
  const pcap = (name: string) => join("node_modules/ringbed/pcaps", name);

  it("replays the bundled capture as a command and finds what real testpmd sent", () => {
    const words = ["replay", pcap("pdump_rx.pcap"), "--switch", "wire", "--mac", "vm0.eth1=02:70:63:61:70:01"];
    const { status, stdout, stderr } = run(
      process.execPath,
      [join(installed, manifest.bin.ringbed), ...words, "--expect", `phy1=${pcap("pdump_tx1.pcap")}`],
      folder,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("124 packets, all as expected");
  });

  it("has its version and help, and measures itself without the benchmark's peers", () => {
    const main = join(installed, manifest.bin.ringbed);
    expect(run(process.execPath, [main, "--version"], folder).stdout).toBe(`${manifest.version}\n`);
    const bench = run(process.execPath, [main, "bench", "--seconds", "0.02", "--runs", "1"], folder);
    expect(bench).toMatchObject({ status: 0, stdout: expect.stringContaining("64 bytes") });
  });

  it("starts with a line that makes it executable where npm links it", () => {
    expect(readFileSync(join(installed, manifest.bin.ringbed), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  const program = `import { CheckError, replay, RingbedError, RunError, UsageError } from "ringbed";
import type { Ledger, LcoreReport, PortReport, ReplayOptions, RunReport, StreamReport, TraceRecord } from "ringbed";
const options: ReplayOptions = { captures: ["${pcap("pdump_rx.pcap")}"], topology: "pvvp:2", retry: true, trace: [1, 1] };
const report: RunReport = await replay(options);
const ledger: Ledger = report.ledger;
const port: PortReport | undefined = report.ports.phy1;
const hops: readonly TraceRecord[] = report.trace ?? [];
const lcores: readonly LcoreReport[] = report.lcores;
const streams: readonly StreamReport[] = report.streams;
const refused: unknown = await replay({ captures: [] }).catch((error: unknown) => error);
const errors: boolean = refused instanceof UsageError && refused instanceof RingbedError && !(refused instanceof RunError) && !(refused instanceof CheckError);
export const result: readonly (number | boolean | undefined)[] = [ledger.sent, port?.tx_packets, hops.length, lcores.length, streams.length, errors];
`;

  it("is imported, replays, and its types are checked by tsc without skipping those of libraries", () => {
    writeFileSync(join(folder, "use.ts"), program);
    const options = {
      target: "es2023",
      lib: ["es2023"],
      types: [],
      module: "nodenext",
      strict: true,
      skipLibCheck: false,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["use.ts"] }));
    const checked = run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], folder);
    expect(checked.stdout).toBe("");
    const print = 'import { result } from "./use.js"; console.log(JSON.stringify(result));';
    const ran = run(process.execPath, ["--input-type=module", "-e", print], folder);
    expect(ran).toMatchObject({ status: 0, stdout: "[124,124,11,3,10,true]\n", stderr: "" });
  });

  it("refuses a wrong option by its types", () => {
    writeFileSync(join(folder, "use.ts"), program.replace("retry: true", 'retry: "yes"'));
    const checked = run(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], folder);
    expect(checked.stdout).toContain("error TS2322");
  });

  it("gives engine.wasm to whoever loads it", () => {
    const print =
      'import { statSync } from "node:fs"; console.log(statSync(new URL(import.meta.resolve("ringbed/engine.wasm"))).size > 10000)';
    expect(run(process.execPath, ["--input-type=module", "-e", print], folder).stdout).toBe("true\n");
  });
});
