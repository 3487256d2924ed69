// A device whose guest's memory is being copied elsewhere, and the announcement after it: when ring code is told of a log, and what is left of it.
import { describe, expect, it } from "vitest";
import { maskOf } from "../../src/vhost-user/features.ts";
import { openPair, USER } from "./script.ts";

const AGREED = maskOf(15, 30, 32);
const LOG_ALL = maskOf(26);
const addr = { index: 0, flags: 1, desc: USER, avail: USER + 256n, used: USER + 512n, log: 0x1000n };

describe("dirty log", () => {
  it("an area, addresses with the log flag and LOG_ALL, as QEMU sends them; then without; rings run on", async () => {
    const { script, users, host } = openPair();
    await script.start();
    const { fds, mappings } = host.holdings;
    const reply = await script.send("SET_LOG_BASE", { size: 6144n, offset: 0n }, [script.host.makeFile(6144)]);
    expect(reply).toMatchObject({ request: 6, flags: 5, payload: new Uint8Array(0) });
    expect(await script.ask("SET_FEATURES", AGREED | LOG_ALL)).toBe(0n);
    expect(await script.ask("SET_VRING_ADDR", addr)).toBe(0n);
    expect(await script.ask("SET_FEATURES", AGREED)).toBe(0n);
    expect(await script.ask("SET_VRING_ADDR", { ...addr, flags: 0 })).toBe(0n);
    expect(users[0]!.notes).toEqual([
      "start 0,1",
      "log of 6144 bytes 0,1",
      "log of 6144 bytes 0 and its pages,1",
      "no log 0 and its pages,1",
    ]);
    expect(host.holdings).toMatchObject({ fds, mappings: mappings + 1 });
  });

  it("features that differ by more are refused while it runs", async () => {
    const { script, users } = openPair();
    await script.start();
    expect(await script.ask("SET_FEATURES", AGREED | LOG_ALL)).toBe(0n);
    expect(await script.ask("SET_FEATURES", maskOf(30, 32))).toBe(1n);
    expect(users[0]!.notes).toEqual(["start 0,1"]);
  });

  it("another area is told before the first is given back; a ring that starts meanwhile has it from the beginning", async () => {
    const { script, users, host } = openPair();
    await script.start();
    const { mappings } = host.holdings;
    await script.send("SET_FEATURES", AGREED | LOG_ALL);
    await script.send("SET_LOG_BASE", { size: 4096n, offset: 0n }, [script.host.makeFile(4096)]);
    await script.send("SET_LOG_BASE", { size: 8192n, offset: 0n }, [script.host.makeFile(8192)]);
    expect(users[0]!.notes).toEqual(["start 0,1", "log of 4096 bytes 0,1", "log of 8192 bytes 0,1"]);
    expect(host.holdings.mappings).toBe(mappings + 1);
    await script.enable(0, 0);
    await script.enable(0);
    expect(users[0]!.device!.log).toMatchObject({ bytes: 8192 });
  });

  it("an area that cannot be is refused, and the one before stays", async () => {
    const { script, users, warnings } = openPair();
    await script.start();
    await script.send("SET_FEATURES", AGREED | LOG_ALL);
    await script.send("SET_LOG_BASE", { size: 4096n, offset: 0n }, [script.host.makeFile(4096)]);
    const bad = { size: 1n << 63n, offset: 1n << 63n };
    await script.send("SET_LOG_BASE", bad, [script.host.makeFile(4096)]);
    expect([...warnings, ...users[0]!.notes]).toEqual(["start 0,1", "log of 4096 bytes 0,1", "stop 0,1"]);
    expect(script.ended).toBe(true);
  });

  it("nothing of it is left when the front-end is gone", async () => {
    const { script, host, before } = openPair();
    await script.start();
    await script.send("SET_LOG_BASE", { size: 4096n, offset: 0n }, [script.host.makeFile(4096)]);
    await script.send("SET_FEATURES", AGREED | LOG_ALL);
    script.kill();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(host.holdings).toEqual(before);
  });
});

describe("SEND_RARP", () => {
  it("tells ring code the address", async () => {
    const { script, users } = openPair();
    await script.start();
    await script.send("SET_PROTOCOL_FEATURES", maskOf(2, 3));
    expect(await script.ask("SEND_RARP", 0x0605_0403_0201n)).toBe(0n);
    expect(users[0]!.notes).toEqual(["start 0,1", "announce 60504030201"]);
  });
});
