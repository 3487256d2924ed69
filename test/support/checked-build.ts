// checked-build - makes build/checked.wasm before the tests, where a source of the engine is newer: the engine with every load and store
// reported before it happens (asconfig.json, target "checked"). It is not shipped.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const BUILT = `${ROOT}build/checked.wasm`;

function newestSource(): number {
  const names = readdirSync(`${ROOT}assembly`, { recursive: true, encoding: "utf8" }).map((name) => `assembly/${name}`);
  return Math.max(...[...names, "asconfig.json"].map((name) => statSync(ROOT + name).mtimeMs));
}

/** vitest's global set-up. */
export default function setup(): void {
  if (existsSync(BUILT) && statSync(BUILT).mtimeMs > newestSource()) return;
  const asc = `${ROOT}node_modules/assemblyscript/bin/asc.js`;
  execFileSync(process.execPath, [asc, "--target", "checked"], { cwd: ROOT, stdio: "inherit" });
}
