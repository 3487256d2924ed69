// A console is given each command at its prompt, and is always ended. The consoles here are shell scripts.
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { runConsole, sleepOf } from "../../src/reference/console-process.ts";

const run = (script: string, commands: readonly string[], interactive = true) =>
  runConsole({ argv: ["sh", "-c", script], cwd: tmpdir(), commands, interactive, promptMs: 700 });

describe("a console", () => {
  it("gets a command when the one before has printed its prompt, and the end of the input after the last", async () => {
    const script =
      "printf 'testpmd> '; while read -r line; do sleep 0.05; printf '<%s>\\ntestpmd> ' \"$line\"; done; echo bye >&2";
    expect(await run(script, ["one", "two"])).toEqual({
      stdout: "testpmd> <one>\ntestpmd> <two>\ntestpmd> ",
      stderr: "bye\n",
      exitCode: 0,
    });
  });

  it("that ends by itself gets no more commands", async () => {
    expect(await run("printf 'testpmd> '; read -r line; exit 7", ["one", "two"])).toMatchObject({ exitCode: 7 });
  });

  it("that a signal ends has no exit code", async () => {
    expect(await run("printf 'testpmd> '; kill -9 $$", [])).toMatchObject({ exitCode: undefined });
  });

  it("that shows no prompt is killed, and named", async () => {
    const failed = expect(run("echo $$; exec sleep 60", ["one"])).rejects.toThrow(
      /^sh -c .*: found nothing for 700 ms, expected its prompt after "\d+\\n"$/,
    );
    await failed;
  });

  it("that is not there is named", async () => {
    const none = runConsole({ argv: ["/nosuch"], cwd: tmpdir(), commands: [], interactive: true });
    await expect(none).rejects.toThrow("/nosuch: found spawn /nosuch ENOENT, expected a program that starts");
  });

  it("without a prompt gets its lines one after the other", async () => {
    expect(await run("cat", ["one", "two"], false)).toMatchObject({ stdout: "one\ntwo\n", exitCode: 0 });
  });
});

describe("sleep among commands", () => {
  it.each([
    ["sleep 1", 1],
    ["  sleep   0.25 ", 0.25],
    ["sleep", undefined],
    ["sleep x", undefined],
    ["sleepy 1", undefined],
  ])("%j", (command, seconds) => expect(sleepOf(command)).toBe(seconds));
});
