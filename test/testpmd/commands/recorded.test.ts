// Every command line prints what the real program printed, on the stream where it printed it.
import { describe, expect, it } from "vitest";
import { CommandLine } from "../../../src/testpmd/console/command-line.ts";
import { recordedSession, recordedSessions } from "../../support/recorded-commands.ts";
import { FakeApp, fakeNull, fakePcap } from "../../support/testpmd-app.ts";

/** Lines whose words are the program's (session.ts), which the fake one does not print. */
const OF_THE_PROGRAM = /^(start|stop|port (start|stop|close|reset) )/;

const COMMAND_FILES = {
  commands: "set burst 16\nbogus\nhelp\nset default\nset verbose 3\n\tset fwd m\t\nset burst 17",
  quits: "set burst 18\nquit\nset burst 19\n",
};

describe.each(recordedSessions)("the session %s", async (name) => {
  const app = new FakeApp([fakePcap(0), fakeNull(1)]);
  for (const [path, text] of Object.entries(COMMAND_FILES)) app.files.set(path, text);
  const console = new CommandLine(app);
  const answers: { line: string; real: object; ours: object }[] = [];
  for (const { line, out, err } of recordedSession(name)) {
    await console.run(line);
    const ours = app.printed();
    if (!OF_THE_PROGRAM.test(line)) answers.push({ line, real: { out, err }, ours });
  }

  it.each(answers)("$line", ({ real, ours }) => expect(ours).toEqual(real));
});
