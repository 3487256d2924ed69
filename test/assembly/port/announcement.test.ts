// SEND_RARP at the port: the next burst that comes from the guest begins with a frame that it did not send. The bytes are those that the real
// net_vhost made (test/reference/live-quirks asks it again).
import { describe, expect, it } from "vitest";
import { COUNTER_GENERATED, COUNTER_PACKETS } from "../../../assembly/abi/counters.ts";
import { payload } from "../../support/captures.ts";
import { freshMachine, Hands } from "../../support/engine.ts";
import { rarp } from "../../support/frames.ts";

const MAC = 0x0605_0403_0201n;

function guestOn(mbufs: number) {
  const machine = freshMachine();
  const host = new Hands(machine);
  const guest = new Hands(machine);
  const window = machine.addWindow(4 * machine.ringWindowBytes(256) + 16384 + 512 * 2176);
  const hostPool = machine.addPool(mbufs, 0, 2);
  const guestPool = machine.addPool(512, 0, 2, window);
  const up = machine.addVirtqueue(
    false,
    { size: 256, headerBytes: 12, mergeable: true },
    { port: 0, number: 0, pool: hostPool },
    { port: 1, number: 0, pool: guestPool, window, lcore: guest.lcore },
  );
  const { engine } = machine;
  const send = (...frames: readonly Uint8Array[]): number =>
    guest.send(
      engine.portTxBurst,
      up.guest.address,
      frames.map((bytes) => guest.packet(guestPool, bytes)),
    );
  const receive = (n: number): Uint8Array[] => {
    const packets = host.receive(engine.portRxBurst, up.host.address, n);
    const frames = packets.map((m) => host.bytes(m));
    host.free(packets);
    return frames;
  };
  /** Receives one and keeps its mbuf. @returns gives it back */
  const hold = (): (() => void) => {
    const packets = host.receive(engine.portRxBurst, up.host.address, 1);
    return () => host.free(packets);
  };
  const announce = (): void => engine.guestAnnounce(window.memory, MAC);
  return { send, receive, hold, announce, counters: up.host.counters };
}

describe("an announcement", () => {
  it("comes once, before what the guest has sent, and is counted as made here", () => {
    const { send, receive, announce, counters } = guestOn(512);
    announce();
    send(payload(60, 1), payload(60, 2));
    expect(receive(32)).toEqual([rarp([1, 2, 3, 4, 5, 6]), payload(60, 1), payload(60, 2)]);
    expect(receive(32)).toEqual([]);
    expect([COUNTER_PACKETS, COUNTER_GENERATED].map((id) => Number(counters[id]))).toEqual([3, 1]);
  });

  it("needs no packet of the guest's, and takes a place of the burst", () => {
    const { send, receive, announce } = guestOn(512);
    announce();
    expect(receive(32)).toEqual([rarp([1, 2, 3, 4, 5, 6])]);
    send(payload(60, 1), payload(60, 2));
    announce();
    expect(receive(2)).toEqual([rarp([1, 2, 3, 4, 5, 6]), payload(60, 1)]);
    expect(receive(2)).toEqual([payload(60, 2)]);
  });

  it("is lost where the pool has no mbuf, and the guest's packets are not", () => {
    const { send, receive, hold, announce } = guestOn(1);
    send(payload(60, 1), payload(60, 2));
    const giveBack = hold();
    announce();
    expect(receive(32)).toEqual([]);
    giveBack();
    expect(receive(1)).toEqual([payload(60, 2)]);
  });
});
