// What both sides print while their live ports are stopped, started, closed, detached and attached: ours in either role against what the real
// program prints in the same place, line by line. RINGBED_SWEEP=1 tells one story more.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Console, type Pair, type Side, Stage, send, whyNotLiveTestpmd } from "../support/live-testpmd.ts";

const why = whyNotLiveTestpmd();
if (why !== undefined) console.log(`skipped: live ports of ringbed testpmd: ${why}`);

const whole = process.env.RINGBED_SWEEP !== undefined;
const QUIET_MS = 100;

/** Lines on standard output: those of libraries and drivers go to standard error, in an order of their own. */
function lines(text: string): string[] {
  const ofLibraries =
    /^(VHOST_CONFIG|EAL|testpmd|vhost_user_\w+\(\)|virtio_user_\w+\(\)|Error during enabling|Invalid port|Port was not)/;
  return text
    .split("\n")
    .map((line) => line.replace(/^(testpmd> )+/, "").trimEnd())
    .map((line) => line.replace(/([0-9A-F]{2}:){5}[0-9A-F]{2}/, "MAC").replace(/=\/[^,\s]*/g, "=PATH"))
    .filter((line) => line !== "" && !ofLibraries.test(line));
}

/** What either side printed from one command to the next. */
type Story = { readonly command: string; readonly host: string[]; readonly guest: string[] }[];

async function tell(pair: Pair, steps: readonly (readonly [Side, string])[]): Promise<Story> {
  const story: Story = [];
  for (const [side, command] of steps) {
    const [host, guest] = [pair.host.text.length, pair.guest.text.length];
    if (command === "quit") await pair[side].quit();
    else await pair[side].ask(command);
    await sleep(QUIET_MS);
    story.push({
      command: `${side}: ${command}`,
      host: lines(pair.host.text.slice(host)),
      guest: lines(pair.guest.text.slice(guest)),
    });
  }
  return story;
}

const STEPS: Readonly<Record<string, readonly (readonly [Side, string])[]>> = {
  "the guest's port goes": [
    ["guest", "port stop 0"],
    ["guest", "port start 0"],
    ["guest", "set link-down port 0"],
    ["host", "port stop 0"],
    ["host", "port start 0"],
    ["guest", "port stop 0"],
    ["guest", "port detach 0"],
    ["guest", "port detach 0"],
    ["host", "port stop 0"],
    ["host", "port close 0"],
    ["host", "port attach net_vhost0,iface=/none/s"],
    ["host", "device detach net_vhost0"],
    ["host", "port start all"],
    ["guest", "quit"],
    ["host", "quit"],
  ],
  "the host quits": [["host", "quit"]],
  ...(whole && {
    "the guest quits": [
      ["guest", "quit"],
      ["host", "quit"],
    ],
  }),
};

describe.skipIf(why !== undefined)("live ports", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.close());

  it.each(Object.entries(STEPS))("%s: both roles print what the real one prints", async (_, steps) => {
    const play = async (ours: Side | undefined): Promise<Story> => tell(await stage.pair(ours), steps);
    const [real, asHost, asGuest] = await Promise.all([play(undefined), play("host"), play("guest")]);
    for (const [side, told] of [["host", asHost] as const, ["guest", asGuest] as const]) {
      expect(told.map(({ command, [side]: text }) => ({ command, text }))).toEqual(
        real.map(({ command, [side]: text }) => ({ command, text })),
      );
    }
  });

  it.each(["host", "guest"] as const)(
    "ours is the %s: ports stopped and started on either side carry packets again",
    async (ours) => {
      const pair = await stage.pair(ours);
      const { host, guest } = pair;
      const restart = async (console: Console): Promise<void> => {
        await console.ask("port stop 0");
        await console.ask("port start 0");
        await pair.up();
      };
      for (const console of [host, guest, host]) {
        await restart(console);
        await send(host, guest, 20);
        await send(guest, host, 20);
      }
      await pair.leave();
    },
  );

  it("ours is the host: a port that was closed and attached again takes the next guest", async () => {
    const pair = await stage.pair("host");
    await send(pair.host, pair.guest, 20);
    await pair.guest.quit();
    const path = stage.path();
    for (const line of ["port stop 0", "port detach 0"]) expect(await pair.host.ask(line)).toContain("Done\n");
    expect(await pair.host.ask(`port attach net_vhost0,iface=${path}`)).toContain("Port 0 is attached");
    await pair.host.ask("port start 0");
    const guest = await stage.start("real", 1, [`net_virtio_user0,path=${path}`]);
    await pair.host.linkIs("up");
    await send(pair.host, guest, 20);
    await send(guest, pair.host, 20);
    await guest.leave();
    await pair.host.leave();
  });
});
