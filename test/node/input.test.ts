import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { openInput } from "../../src/node/input.ts";
import { fixture } from "../support/captures.ts";

const folder = mkdtempSync(join(tmpdir(), "ringbed-input-"));
afterAll(() => rmSync(folder, { recursive: true }));
const MIX = fileURLToPath(new URL("../../pcaps/in/mix.pcap", import.meta.url));

function readToEnd(read: (into: Uint8Array) => number, chunk: number): Buffer {
  const memory = new Uint8Array(new SharedArrayBuffer(chunk + 64)).subarray(64);
  const parts: Uint8Array[] = [];
  for (let count = read(memory); count > 0; count = read(memory)) parts.push(memory.slice(0, count));
  return Buffer.concat(parts);
}

function refuse(path: string, words: string): void {
  expect(() => openInput(path)).toThrow(UsageError);
  expect(() => openInput(path)).toThrow(words);
}

describe("a capture opened for reading", () => {
  it("is read into shared memory to its end, chunk by chunk", () => {
    for (const chunk of [1000, 4096, 1 << 20]) {
      const input = openInput(MIX);
      expect(readToEnd(input.read, chunk)).toEqual(Buffer.from(fixture("in/mix.pcap")));
      expect(input.read(new Uint8Array(10))).toBe(0);
      input.close();
    }
  });

  it("knows its size and when it was written", () => {
    const path = join(folder, "known.pcap");
    const before = BigInt(Date.now() - 60_000) * 1_000_000n;
    writeFileSync(path, "12345");
    const input = openInput(path);
    expect(input).toMatchObject({ name: path, size: 5 });
    expect(input.mtimeNs! > before).toBe(true);
    input.close();
  });

  it("starts again after rewind", () => {
    const input = openInput(MIX);
    const first = readToEnd(input.read, 5000);
    input.rewind();
    expect(readToEnd(input.read, 7000)).toEqual(first);
    input.close();
  });

  it("is refused in plain words when there is none, or it is a folder", () => {
    mkdirSync(join(folder, "d"));
    writeFileSync(join(folder, "plain"), "");
    refuse(join(folder, "none.pcap"), `capture: found no file, expected a readable capture (${folder}/none.pcap)`);
    refuse(join(folder, "d"), "capture: found a folder, expected a readable capture");
    refuse(join(folder, "plain", "x.pcap"), "capture: found a file where its folder should be");
  });

  it.skipIf(process.getuid?.() === 0)("is refused without permission to read it (skipped for root, who may)", () => {
    const path = join(folder, "secret.pcap");
    writeFileSync(path, "", { mode: 0 });
    refuse(path, "capture: found a file without permission to read it");
  });

  it("may be a pipe by name, which is read as it comes and never again", () => {
    const pipe = join(folder, "pipe.pcap");
    execFileSync("mkfifo", [pipe]);
    const writer = spawn("sh", ["-c", `cat "${MIX}" > "${pipe}"`]);
    const input = openInput(pipe);
    expect(input).toMatchObject({ size: undefined, mtimeNs: undefined });
    expect(readToEnd(input.read, 3000)).toEqual(Buffer.from(fixture("in/mix.pcap")));
    expect(() => input.rewind()).toThrow(`--loop: found a pipe (${pipe}), expected a file that can be read again`);
    input.close();
    writer.kill();
  });
});
