import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { RunError, UsageError } from "../../src/errors.ts";
import { openOutput } from "../../src/node/output.ts";

const folder = mkdtempSync(join(tmpdir(), "ringbed-output-"));
afterAll(() => rmSync(folder, { recursive: true }));
const TEXT = new TextEncoder().encode("0123456789");

/** A new folder, so that everything left in it can be listed. */
function place(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

describe("an output file", () => {
  it("appears whole at commit, and not before", () => {
    const path = join(place("commit"), "out.pcap");
    const output = openOutput(path);
    output.write(TEXT);
    output.write(TEXT.subarray(0, 3));
    expect(existsSync(path)).toBe(false);
    output.commit();
    expect(readFileSync(path, "latin1")).toBe("0123456789012");
    expect(readdirSync(join(folder, "commit"))).toEqual(["out.pcap"]);
    output.abort();
    expect(existsSync(path)).toBe(true);
  });

  it("leaves nothing at abort", () => {
    const where = place("abort");
    const output = openOutput(join(where, "out.pcap"));
    output.write(TEXT);
    output.abort();
    output.abort();
    expect(readdirSync(where)).toEqual([]);
  });

  it("leaves what it would replace whole until commit, and keeps its mode", () => {
    const path = join(place("replace"), "out.pcap");
    writeFileSync(path, "before");
    chmodSync(path, 0o640);
    const aborted = openOutput(path);
    aborted.write(TEXT);
    aborted.abort();
    expect(readFileSync(path, "latin1")).toBe("before");
    const output = openOutput(path);
    output.write(TEXT);
    expect(readFileSync(path, "latin1")).toBe("before");
    output.commit();
    expect(readFileSync(path, "latin1")).toBe("0123456789");
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it("follows a link and leaves it a link", () => {
    const where = place("link");
    mkdirSync(join(where, "far"));
    writeFileSync(join(where, "far", "real.pcap"), "");
    symlinkSync(join("far", "real.pcap"), join(where, "out.pcap"));
    const output = openOutput(join(where, "out.pcap"));
    output.write(TEXT);
    output.commit();
    expect(lstatSync(join(where, "out.pcap")).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(where, "far", "real.pcap"), "latin1")).toBe("0123456789");
  });

  it("two of them in one folder do not meet", () => {
    const where = place("two");
    const outputs = ["a.pcap", "b.pcap"].map((name) => openOutput(join(where, name)));
    for (const [i, output] of outputs.entries()) output.write(TEXT.subarray(i));
    for (const output of outputs) output.commit();
    expect(readFileSync(join(where, "b.pcap"), "latin1")).toBe("123456789");
    expect(readdirSync(where)).toEqual(["a.pcap", "b.pcap"]);
  });

  it("is refused as usage in a folder that is missing, or as a folder", () => {
    const where = place("refused");
    writeFileSync(join(where, "file"), "");
    const refuse = (path: string, words: string) => {
      expect(() => openOutput(path)).toThrow(UsageError);
      expect(() => openOutput(path)).toThrow(words);
    };
    refuse(
      join(where, "none", "out.pcap"),
      `output: found no such folder, expected a file that can be written (${where}/none/out.pcap)`,
    );
    refuse(where, "output: found a folder");
    refuse(join(where, "file", "out.pcap"), "output: found a file where its folder should be");
    expect(readdirSync(where)).toEqual(["file"]);
  });

  it("on a full device ends the run with words", () => {
    const output = openOutput("/dev/full");
    expect(() => output.write(TEXT)).toThrow(RunError);
    expect(() => openOutput("/dev/full").write(TEXT)).toThrow(
      "output: found no space left on the device while writing, expected room for all of it (/dev/full)",
    );
    output.abort();
  });

  it("may be a device, written as it comes", () => {
    const output = openOutput("/dev/null");
    output.write(TEXT);
    output.commit();
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  it("on a pipe whose reader has gone ends the run with words", async () => {
    const pipe = join(place("pipe"), "out");
    execFileSync("mkfifo", [pipe]);
    const reader = spawn("head", ["-c", "4", pipe], { stdio: "ignore" });
    const output = openOutput(pipe);
    output.write(TEXT);
    await new Promise((resolve) => reader.on("exit", resolve));
    expect(() => output.write(TEXT)).toThrow(RunError);
    expect(readdirSync(join(folder, "pipe"))).toEqual(["out"]);
  });
});
