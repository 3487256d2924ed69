// Paths that cannot be, peers that say nothing or nonsense, and a second front-end: a clear line each, the real program's where it has one, and no
// hanging.
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stage, send, whyNotLiveTestpmd } from "../support/live-testpmd.ts";

const why = whyNotLiveTestpmd();
if (why !== undefined) console.log(`skipped: refusals of live ringbed testpmd: ${why}`);

/** What a listening peer does with those who connect. */
const PEERS: Readonly<Record<string, (socket: Socket) => void>> = {
  silent: () => {},
  closer: (socket) => socket.destroy(),
  talker: (socket) => socket.write("this is no message of vhost-user, or is it?"),
};

describe.skipIf(why !== undefined)("live ports that cannot be", () => {
  let stage: Stage;
  let servers: Server[] = [];
  // one folder for all, because they run side by side: each has a path of its own, or changes nothing
  beforeAll(async () => {
    stage = new Stage();
    writeFileSync(join(stage.folder, "file"), "");
    mkdirSync(join(stage.folder, "folder"));
    servers = await Promise.all(
      Object.entries(PEERS).map(([name, act]) => {
        const server = createServer((socket) => {
          socket.on("error", () => {});
          act(socket);
        });
        return new Promise<Server>((resolve) => server.listen(join(stage.folder, name), () => resolve(server)));
      }),
    );
  });
  afterAll(() => {
    for (const server of servers) server.close();
    stage.close();
  });

  const LONG = "x".repeat(108);
  const CONFIGURE = ["Port0 dev_configure = -1", "Fail to configure port 0", "Start ports failed"];
  const PROBE = ["(PATH) Failed to setup backend", "(PATH) backend set up fails", "virtio_user_dev_init fails"];

  /** The device, and lines that ours prints on its way to the prompt. */
  it.concurrent.each([
    ["net_vhost0,iface=silent", ["failed to bind: Address already in use; remove it and try again", ...CONFIGURE]],
    ["net_vhost0,iface=file", ["failed to bind: Address already in use; remove it and try again", ...CONFIGURE]],
    ["net_vhost0,iface=none/s", ["failed to bind: No such file or directory; remove it and try again", ...CONFIGURE]],
    [`net_vhost0,iface=${LONG}`, ["failed to bind: File name too long", ...CONFIGURE]],
    ["net_vhost0,iface=none,client=1", ["failed to connect: No such file or directory", "reconnecting..."]],
    ["net_vhost0,iface=file,client=1", ["failed to connect: Connection refused", "reconnecting..."]],
    ["net_vhost0,iface=silent,client=1", []],
    ["net_vhost0,iface=closer,client=1", []],
    ["net_vhost0,iface=talker,client=1", ["ringbed: net_vhost0: request"]],
    [
      "net_virtio_user0,path=none",
      ["connect error, No such file or directory", ...PROBE, "No probed ethernet devices"],
    ],
    ["net_virtio_user0,path=file", ["unable to determine backend type for path PATH", "No probed ethernet devices"]],
    [
      "net_virtio_user0,path=silent,server=1",
      ["failed to bind to PATH: Address already in use; remove it and try again", ...PROBE],
    ],
    ["net_virtio_user0,path=none/s,server=1", ["failed to bind to PATH: No such file or directory", ...PROBE]],
    ["net_virtio_user0,path=closer", ["ringbed: net_virtio_user0: ", "Fail to configure port 0"]],
    ["net_virtio_user0,path=talker", ["ringbed: net_virtio_user0: request", "Fail to configure port 0"]],
    [
      "net_virtio_user0,path=silent",
      ["GET_FEATURES: found no reply in 5000 ms, expected one", "Fail to configure port 0"],
    ],
  ])("%s: ours says so and goes on", async (device, expected) => {
    const [, path = ""] = /=([^,]*)/.exec(device) ?? [];
    const absolute = join(stage.folder, path);
    const console = await stage.start("ours", 0, [device.replace(`=${path}`, `=${absolute}`)]);
    for (const line of expected) {
      await console.printed(new RegExp(line.replaceAll("PATH", absolute).replace(/[.()]/g, "\\$&")));
    }
    const shown = await console.ask("show port info 0");
    expect(shown).toMatch(/Link status: down|The valid ports array is \[ \]/);
    await console.leave();
  });

  it.concurrent("without permission: ours says so and goes on", async () => {
    // root may everything: a folder in /proc is nobody's
    const console = await stage.start("ours", 0, ["net_vhost0,iface=/proc/self/s"]);
    await console.printed(/failed to bind: \w[\w ]+; remove it and try again/);
    await console.leave();
  });

  it.concurrent("a path that became free is taken at the next port start", async () => {
    const path = stage.path();
    const first = await stage.start("ours", 0, [`net_vhost0,iface=${path}`]);
    const second = await stage.start("ours", 0, [`net_vhost0,iface=${path}`]);
    await second.printed(/Address already in use/);
    await first.leave();
    expect(await second.ask("port start 0")).toMatch(/Configuring Port 0 [\s\S]*Port 0: 56:48[\s\S]*Done\n/);
    await second.leave();
  });

  it.concurrent("a second front-end is sent away, and the first one goes on", async () => {
    const path = stage.path();
    const host = await stage.start("ours", 0, [`net_vhost0,iface=${path}`]);
    const first = await stage.start("real", 1, [`net_virtio_user0,path=${path}`]);
    await host.linkIs("up");
    const second = await stage.start("real", 1, [`net_virtio_user0,path=${path}`]);
    await host.printed(/ringbed: net_vhost0: found a second front-end, expected one at a time/);
    expect(await second.ask("show port info 0")).toContain("The valid ports array is [ ]");
    expect(await host.link()).toBe("up");
    await send(host, first, 20);
    await second.leave();
    await send(first, host, 20);
    await first.leave();
    await host.leave();
  });
});
