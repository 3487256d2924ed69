// package-file - finds what the package ships beside its code, from the sources (src/node) as from the build (dist/src/node).
import { existsSync, readFileSync } from "node:fs";
import { RunError } from "../errors.ts";

/** URL of a file of the package, given from its root. @throws RunError when it is missing */
export function packageFile(path: string): URL {
  for (const up of ["../../", "../../../"]) {
    const url = new URL(up + path, import.meta.url);
    if (existsSync(url)) return url;
  }
  throw new RunError(`package: found no ${path}, expected it (npm run build makes it)`);
}

/** The package's version. */
export function packageVersion(): string {
  const json: unknown = JSON.parse(readFileSync(packageFile("package.json"), "utf8"));
  return typeof json === "object" && json !== null && "version" in json ? String(json.version) : "";
}
