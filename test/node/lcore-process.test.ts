// Lcores in a process of their own, behind a net_vhost with real front-ends: a peer that cuts its memory file under us takes its connection with
// it and nothing else, and the process ends when the console does, however that ends.
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OurTestpmd, PROMPT } from "./our-testpmd.ts";
import { Testpmd, whyNotLive } from "./vhost-user-testpmd.ts";

const why = whyNotLive();
/** The file of a real testpmd's memory, as others can open it. */
function memoryFile(pid: number): string {
  const folder = `/proc/${pid}/fd`;
  const sizes = readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => readlinkSync(path).includes("memfd"))
    .map((path) => ({ path, size: statSync(path).size }));
  const [largest] = sizes.sort((a, b) => b.size - a.size);
  if (largest === undefined) throw new Error("found no memfd, expected testpmd's memory in one");
  return largest.path;
}

/** A signal has stopped all threads of a process. */
function isStopped(pid: number): boolean {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).every((tid) => /\) [Tt] /.test(readFileSync(join(tasks, tid, "stat"), "latin1")));
}

describe.skipIf(why !== undefined)(`lcores in a process${why === undefined ? "" : ` (skipped: ${why})`}`, () => {
  let folder = "";
  const ended: (() => void)[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ringbed-lcores-"));
  });
  afterEach(() => {
    for (const end of ended.splice(0)) end();
    rmSync(folder, { recursive: true, force: true });
  });

  function ours(count: number): OurTestpmd {
    const paths = Array.from({ length: count }, (_, i) => `net_vhost${i},iface=${join(folder, `${i}`)}`);
    const host = new OurTestpmd(paths);
    ended.push(() => host.child.kill("SIGKILL"));
    return host;
  }

  async function generator(port: number): Promise<Testpmd> {
    const vdev = `net_virtio_user0,path=${join(folder, `${port}`)}`;
    const testpmd = await Testpmd.start(vdev, PROMPT, ["--forward-mode=txonly"]);
    ended.push(() => testpmd.kill());
    return testpmd;
  }

  it("a peer that cuts its memory takes its own connection with it; the other goes on, and another peer may come", async () => {
    const host = ours(2);
    await host.until(() => host.text.includes(PROMPT), "prompt");
    const [first, second] = [await generator(0), await generator(1)];
    await host.command("start");
    for (const peer of [first, second]) await peer.command("start");
    await host.until(() => host.children.length === 1, "process of the lcores");
    const [before] = host.children;
    await sleep(200);
    first.signal("SIGSTOP"); // else it is killed by the same cut before we are
    await host.until(() => isStopped(first.pid), "stop of the peer's threads");
    truncateSync(memoryFile(first.pid), 4096);
    await host.until(
      () => /ringbed: net_vhost0: memory region \d: found its file cut/.test(host.text),
      "line of the loss",
    );
    const at = await host.received(1);
    await host.until(() => host.children.length === 1 && host.children[0] !== before, "another process");
    await sleep(300);
    expect(await host.received(1)).toBeGreaterThan(at);
    expect(await host.command("show port info 0")).toContain("Link status: down");
    expect(await host.command("show port info 1")).toContain("Link status: up");
    first.signal("SIGKILL");
    const third = await generator(0);
    const old = await host.received(0);
    await third.command("start");
    await sleep(300);
    expect(await host.received(0)).toBeGreaterThan(old);
    for (const peer of [second, third]) await peer.command("stop", "Done.");
    const stopped = await host.command("stop");
    expect(stopped).toContain("Accumulated forward statistics");
    expect(await host.quit()).toBe(0);
  }, 60_000);

  it.each(["SIGKILL", "SIGTERM"] as const)("ends with a console that %s ends", async (signal) => {
    const host = ours(1);
    await host.until(() => host.text.includes(PROMPT), "prompt");
    const [child] = host.children;
    expect(child).toBeGreaterThan(0);
    host.child.kill(signal);
    await host.until(() => !readdirSync("/proc").includes(String(child)), "end of the lcores' process");
  });
});
