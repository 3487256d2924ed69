#!/usr/bin/env node
// main - the `ringbed` command on a terminal: gives it the process's streams, and sets the exit code in one place.
import { openOutput } from "../node/output.ts";
import { ringbed } from "./program.ts";

// A reader of standard error that went away is no reason to fail: nothing else could be told.
process.stderr.on("error", () => {});

process.exitCode = await ringbed(process.argv.slice(2), {
  // Written at once, so that a reader that went away or a full disk is an error with words and not an event.
  out: (text) => {
    const output = openOutput("-");
    output.write(new TextEncoder().encode(text));
    output.commit();
  },
  err: (text) => void process.stderr.write(text),
});
