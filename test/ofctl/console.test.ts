// ovs-ofctl as the real one answers: recorded sessions (test/recorded/ofctl), line by line, both streams and the exit code.
import { describe, expect, it } from "vitest";
import { carryOutConsole } from "../support/console.ts";

describe("ovs-ofctl, as the real one", () => {
  it.each(["flows", "groups", "input", "ports", "tables"])("%s", async (name) => {
    for (const { line, real, ours } of await carryOutConsole(`ofctl/${name}`)) expect(ours, line).toEqual(real);
  });
});
