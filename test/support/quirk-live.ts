// quirk-live - a net_vhost in a process of its own, dpdk-testpmd's or ours, that sends everything back: what hand-made rings are held against.
import { setTimeout as sleep } from "node:timers/promises";
import { liveMachine } from "../node/vhost-user-rings.ts";
import type { QuirkDevice } from "./quirk-driver.ts";
import { type DriverFile, LOG_BYTES, WINDOW_BYTES } from "./quirk-memory.ts";

/** Between two looks at a ring, and how many of them have to see the same: so many, and more where nothing has happened yet. */
const LOOK_MS = 3;
const PATIENCE = 12;
const LONGER = 3;
const GONE_MS = 200;
/** An older driver's memory is used again after so many others. */
const WINDOWS = 4;
const LINK = /link state change event/g;

/** Memory and sockets to reach a device at `path` with. text: all that its process has printed. patience: looks. readyMs: where it tells no link */
export async function openLiveDevice(
  path: string,
  text: () => string,
  patience = PATIENCE,
  readyMs?: number,
): Promise<QuirkDevice & { readonly close: () => void }> {
  const { hands, host } = await liveMachine();
  const { arena } = hands.machine;
  const file = (size: number): DriverFile => {
    const at = arena.allocate(size, "a driver's memory", 4096);
    return { at, fd: host.shareWindow(at, size) };
  };
  const windows = Array.from({ length: WINDOWS }, () => file(WINDOW_BYTES));
  const log = file(LOG_BYTES);
  let taken = 0;
  let mark = 0;
  let up = 0;
  const links = (): number => text().match(LINK)?.length ?? 0;
  return {
    host,
    path,
    bytes: arena.bytes,
    log,
    window: () => {
      mark = links();
      return windows[taken++ % WINDOWS]!;
    },
    drain: (event) => Number(host.drain(event)),
    ready: async () => {
      if (readyMs !== undefined) return sleep(readyMs);
      const deadline = performance.now() + 5000;
      while (links() === mark) {
        if (performance.now() > deadline) throw new Error(`${path}: found no link in 5 s:\n${text().slice(-2000)}`);
        await sleep(1);
      }
      up = links();
    },
    gone: async () => {
      const deadline = performance.now() + GONE_MS;
      while (links() === up && performance.now() < deadline) await sleep(1);
      await sleep(20);
    },
    settle: async (state, first) => {
      let last = first;
      for (let same = 0; same < (last === first ? LONGER : 1) * patience; ) {
        await sleep(LOOK_MS);
        const now = state();
        same = now === last ? same + 1 : 0;
        last = now;
      }
    },
    close: () => {
      for (const { fd } of [...windows, log]) host.closeFd(fd);
    },
  };
}
