// How a line finds its command: the rules of lib/cmdline 22.11, on small grammars. What the real program says to lines of its own
// grammar is in commands/recorded.test.ts.
import { describe, expect, it } from "vitest";
import { type Command, command } from "../../../src/testpmd/console/command.ts";
import { CommandLine } from "../../../src/testpmd/console/command-line.ts";
import { matchLine } from "../../../src/testpmd/console/match.ts";
import { FakeApp, fakeNull } from "../../support/testpmd-app.ts";

const nothing = (): void => {};
const of = (...patterns: readonly string[]): Command[] => patterns.map((pattern) => command(pattern, "", nothing));

describe("a line", () => {
  const grammar = of("set a <n:u8>", "set <which:b|c> on", "say <words:text>");

  it.each([
    ["set a 7", { n: 7 }],
    ["  set\ta   7  # with a comment", { n: 7 }],
    ["set c on", { which: "c" }],
    ["say one, two  three # not this", { words: "one, two  three " }],
  ])("'%s' is a command with its values", (line, values) => {
    expect(matchLine(grammar, line)).toMatchObject({ kind: "command", values });
  });

  it.each(["", "   ", "\t", "# set a 7", "  #"])("'%s' is nothing", (line) => {
    expect(matchLine(grammar, line).kind).toBe("nothing");
  });

  it.each(["set", "set a", "set a 256", "set a 7 8", "set d on", "say", "say # words"])(
    "'%s' has bad arguments: its first word is known",
    (line) => expect(matchLine(grammar, line).kind).toBe("bad arguments"),
  );

  it.each(["seta 7", "Set a 7", "a", "s"])("'%s' is not found", (line) => {
    expect(matchLine(grammar, line).kind).toBe("not found");
  });

  it("that two commands take whole is ambiguous, whatever a third one makes of it", () => {
    const two = of("go <n:u8>", "go <word:string>", "go <n:u8> twice");
    expect(matchLine(two, "go 1").kind).toBe("ambiguous");
    expect(matchLine(two, "go far").kind).toBe("command");
    expect(matchLine(two, "go 1 twice").kind).toBe("command");
  });

  it("names words as they stand, even those that name a kind of value", () => {
    expect(matchLine(of("set mac addr <mac:mac>"), "set mac addr 02:00:00:00:00:01")).toMatchObject({
      kind: "command",
      values: { mac: 0x01_0000_0000_02n },
    });
  });
});

describe("the console", () => {
  it("says what is wrong with a line on standard output", async () => {
    const app = new FakeApp([fakeNull(0), fakeNull(1)]);
    const console = new CommandLine(app, of("go <n:u8>", "go <word:string>"));
    for (const line of ["go 1", "go 1 2", "stay"]) await console.run(line);
    expect(app.printed()).toEqual({ out: "Ambiguous command\nBad arguments\nCommand not found\n", err: "" });
  });

  it("reads a file that loads itself until no more can be open", async () => {
    const app = new FakeApp([fakeNull(0), fakeNull(1)]);
    app.files.set("again", "load again\n");
    await new CommandLine(app).run("load again");
    const { out, err } = app.printed();
    expect(err).toBe("Failed to create file based cmdline context: again\n");
    expect(out).toBe("Read CLI commands from again\n".repeat(1000));
  });

  it("goes on until quit", async () => {
    const console = new CommandLine(new FakeApp([fakeNull(0), fakeNull(1)]));
    expect([await console.run("set burst 8"), await console.run("quit x"), await console.run("quit")]).toEqual([
      "continue",
      "continue",
      "quit",
    ]);
  });
});

describe("names of DPDK 2.x", () => {
  it.each([
    ["set fwd mac_retry", "mac", true, "set fwd mac retry"],
    ["set fwd mac_fwd", "mac", false, "set fwd mac"],
  ])("%s is taken, and told what it is today", async (line, mode, retry, today) => {
    const app = new FakeApp([fakeNull(0), fakeNull(1)]);
    await new CommandLine(app).run(line);
    const { out, err } = app.printed();
    expect(app.settings).toMatchObject({ forwardMode: mode, retryEnabled: retry });
    expect(out).toBe(`Set mac packet forwarding mode${retry ? " with retry" : ""}\n`);
    expect(err).toMatch(new RegExp(`^ringbed: ${line}: .* today: ${today}\n$`));
  });
});
