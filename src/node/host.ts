// host - the run's Host over Node: files, digests, time, signals.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Host } from "../run/host.ts";
import { openInput } from "./input.ts";
import { openOutput } from "./output.ts";
import { packageFile } from "./package-file.ts";

/** A host whose warnings go to `warn` and which is asked to stop by `stop()`. */
export interface NodeHost extends Host {
  stop(): void;
}

export function nodeHost(warn: (line: string) => void): NodeHost {
  let stopped = false;
  return {
    engineBytes: () => new Uint8Array(readFileSync(packageFile("build/engine.wasm"))),
    openInput,
    openOutput,
    readFile: (path, what) => {
      const input = openInput(path, what);
      const chunks: Uint8Array[] = [];
      for (;;) {
        const chunk = new Uint8Array(input.size ?? 1 << 16);
        const n = input.read(chunk);
        if (n === 0) break;
        chunks.push(chunk.subarray(0, n));
      }
      input.close();
      return chunks.length === 1 ? chunks[0]! : new Uint8Array(Buffer.concat(chunks));
    },
    defaultProfile: () => fileURLToPath(packageFile("profiles/testpmd-22.11.json")),
    sha256: () => {
      const hash = createHash("sha256");
      return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest("hex") };
    },
    nowMs: () => performance.now(),
    dateNs: () => BigInt(Date.now()) * 1_000_000n,
    rest: () => new Promise((resolve) => setImmediate(resolve)),
    interrupted: () => stopped,
    warn,
    stop: () => {
      stopped = true;
    },
  };
}
