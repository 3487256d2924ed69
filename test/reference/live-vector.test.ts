// The vector burst functions of net_virtio_user, ours and the real driver's: what each says of the path that it takes, at which place of its output, and
// packets both ways, to the packet, where ours is either side.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestpmdProcess } from "../../src/reference/testpmd-process.ts";
import { MAIN, type PairOptions, type Side, Stage, send, whyNotLiveTestpmd } from "../support/live-testpmd.ts";

const why = whyNotLiveTestpmd();
if (why !== undefined) console.log(`skipped: vector paths against the real testpmd: ${why}`);

const WIDE = "--force-max-simd-bitwidth=512";
const NARROW = "--force-max-simd-bitwidth=64";
const INIT = "--log-level=pmd.net.virtio.init:info";
const ALL = "--log-level=pmd.net.virtio.*:info";
/** What stands around the driver's lines. */
const LANDMARKS =
  /^(\w+\(\): .*|Warning: NUMA.*|testpmd: create.*|Interactive-mode.*|Configuring Port.*|Port 0: .*|Checking link.*|Error during.*)$/;
/** Said when the device is asked for its features, which is the driver's probe there, and the port's start here. */
const EARLIER = /virtio_user_dev_set_features/;
let started = 0;

/** The driver's lines of a guest that comes up, with the landmarks between them. */
async function lines(
  stage: Stage,
  player: "ours" | "real",
  args: string,
  eal: readonly string[],
  app: readonly string[],
) {
  const path = stage.path();
  await stage.start("real", 0, [`net_vhost0,iface=${path}`]);
  const program = player === "ours" ? [process.execPath, MAIN, "testpmd"] : ["stdbuf", "-oL", "dpdk-testpmd"];
  const testpmd = await TestpmdProcess.start({
    program: ["bash", "-c", 'exec "$@" 2>&1', "-", ...program], // one pipe: lines in the order in which they were written
    prefix: `vec${process.pid}n${started++}`,
    lcores: "0@1,1@1",
    vdevs: [`net_virtio_user0,path=${path},${args}`],
    memoryMB: 128,
    eal,
    app: ["--total-num-mbufs=4096", ...app],
  });
  try {
    await testpmd.waitFor(/testpmd> /);
    const text = testpmd.text.replaceAll(path, "SOCK").replaceAll(/Port 0: [0-9A-F:]{17}/g, "Port 0: MAC");
    return text.split("\n").filter((line) => LANDMARKS.test(line) && !EARLIER.test(line));
  } finally {
    await testpmd.quit();
  }
}

const LOGS: readonly [args: string, eal: readonly string[], app?: readonly string[]][] = [
  ["mrg_rxbuf=0,in_order=0,vectorized=1", [INIT]],
  ["packed_vq=1,mrg_rxbuf=0,vectorized=1", [INIT]],
  ["packed_vq=1,mrg_rxbuf=0,vectorized=1", [INIT, WIDE]],
  ["mrg_rxbuf=0,in_order=0,vectorized=1,mac=02:00:00:00:00:05", [ALL]],
  ["mrg_rxbuf=1,in_order=0,vectorized=1", [ALL]],
  ["mrg_rxbuf=0,in_order=0,vectorized=1", [ALL, NARROW]],
  ["mrg_rxbuf=0,in_order=0,vectorized=1", [ALL], ["--enable-hw-vlan-strip"]],
  ["packed_vq=1,mrg_rxbuf=0,in_order=0,vectorized=1", [ALL, WIDE]],
  ["packed_vq=1,mrg_rxbuf=1,vectorized=1", [ALL, WIDE]],
  ["vectorized=1", [ALL]],
];

const SPLIT = ",mrg_rxbuf=0,in_order=0,vectorized=1";
const PACKED = ",packed_vq=1,mrg_rxbuf=0,vectorized=1";
const PAIRS: readonly [ours: Side, options: PairOptions][] = (["host", "guest"] as const).flatMap(
  (ours): [Side, PairOptions][] => [
    [ours, { guest: SPLIT }],
    [ours, { guest: PACKED, guestEal: [WIDE] }],
    [ours, { guest: `${PACKED},queue_size=112`, guestEal: [WIDE] }],
    [ours, { guest: `${SPLIT},queue_size=64` }],
  ],
);

describe.skipIf(why !== undefined)("vector paths, ringbed testpmd and the real one", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.close());

  it.each(LOGS)(
    "%s with %j %j: the same lines at the same places",
    { timeout: 60_000 },
    async (args, eal, app = []) => {
      const real = await lines(stage, "real", args, eal, app);
      expect(real.filter((line) => line.startsWith("set_rxtx_funcs(): virtio: using "))).toHaveLength(2);
      expect(await lines(stage, "ours", args, eal, app)).toEqual(real);
    },
  );

  it.each(PAIRS)("ours is the %s, %j: packets both ways", { timeout: 60_000 }, async (ours, options) => {
    const pair = await stage.pair(ours, options);
    for (const lengths of ["64", "1500"]) {
      for (const side of [pair.guest, pair.host]) await side.ask(`set txpkts ${lengths}`);
      await send(pair.host, pair.guest, 50);
      await send(pair.guest, pair.host, 50);
    }
    // three segments, which the driver sends by a chain or an indirect table
    await pair.guest.ask("set txpkts 64,600,700");
    await send(pair.guest, pair.host, 50);
    await pair.leave();
  });
});
