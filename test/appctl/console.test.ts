// ovs-appctl as the real ovs-vswitchd answers: recorded sessions (test/recorded/appctl), line by line, both streams and the exit code.
import { describe, expect, it } from "vitest";
import { carryOutConsole } from "../support/console.ts";

describe("ovs-appctl, as the real one", () => {
  it.each(["daemon", "dpctl", "more", "trace"])("%s", async (name) => {
    for (const { line, real, ours } of await carryOutConsole(`appctl/${name}`)) expect(ours, line).toEqual(real);
  });
});
