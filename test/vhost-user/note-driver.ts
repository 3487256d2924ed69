import type { Agreed, DriverEvents, DriverRing, DriverUser } from "../../src/vhost-user/device.ts";
import { maskOf } from "../../src/vhost-user/features.ts";
import { FrontEnd, type FrontEndOptions } from "../../src/vhost-user/front-end.ts";
import { requestWords } from "../../src/vhost-user/message.ts";
import { MemoryHost, type Network, settle } from "./memory-host.ts";
import { PATH } from "./script.ts";

export const WINDOW_BYTES = 1 << 16;
export const WANTED = maskOf(15, 22, 28, 32);

export class NoteDriver implements DriverUser {
  readonly notes: string[] = [];
  agreed: Agreed | undefined;
  events: readonly DriverEvents[] = [];
  base = 0;

  rings(agreed: Agreed): readonly DriverRing[] {
    return Array.from({ length: 2 * agreed.queuePairs }, (_, i) => {
      const desc = 0x10_0000 + i * 4096;
      return { size: 64, desc, avail: desc + 1024, used: desc + 2048, base: this.base };
    });
  }

  start(agreed: Agreed, events: readonly DriverEvents[]): void {
    this.agreed = agreed;
    this.events = events;
    this.notes.push("start");
  }

  stop(): void {
    this.notes.push("stop");
  }
}

export function openFrontEnd(
  network: Network,
  options: Partial<FrontEndOptions> = {},
): {
  frontEnd: FrontEnd;
  host: MemoryHost;
  driver: NoteDriver;
  ends: (string | undefined)[];
  sent: string[];
  before: MemoryHost["holdings"];
} {
  const host = new MemoryHost(network);
  const fd = host.makeFile(WINDOW_BYTES);
  const before = host.holdings;
  const driver = new NoteDriver();
  const ends: (string | undefined)[] = [];
  const sent: string[] = [];
  const window = { fd, linear: 0x10_0000, size: WINDOW_BYTES, guest: 0x1_0010_0000n };
  const frontEnd = FrontEnd.open(
    host,
    { path: PATH, server: false, queuePairs: 1, features: WANTED, window, ...options },
    driver,
    {
      connected: () => {},
      disconnected: (fault) => ends.push(fault?.message),
      trace: (direction, { request }) => {
        if (direction === "sent") sent.push(requestWords(request));
      },
    },
  );
  return { frontEnd, host, driver, ends, sent, before };
}

export async function rest(): Promise<void> {
  for (let i = 0; i < 5; i++) await settle();
}
