// Without koffi nothing live can be opened, and one line says why.
import { describe, expect, it, vi } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { openVhostUserHost } from "../../src/node/vhost-user-host.ts";

vi.mock("koffi", () => {
  throw new Error("Cannot find package 'koffi'");
});

describe("live vhost-user without koffi", () => {
  it.runIf(process.platform === "linux")("is refused in one line that says what to install", async () => {
    const opening = openVhostUserHost(new Uint8Array(new SharedArrayBuffer(65536)), { linear: 4096, size: 4096 });
    await expect(opening).rejects.toEqual(
      new UsageError("live vhost-user: found no koffi, expected it installed (npm install koffi)"),
    );
  });
});
