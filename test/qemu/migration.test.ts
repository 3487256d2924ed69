// A failover pair's life in a QEMU process, by its events: those that QEMU 7.2.22 told of a Linux 6.1 guest (q35, virtio-net-pci failover=on, vmxnet3 as the
// primary behind a root port, TCG), in their order. Left out of the recording: NIC_RX_FILTER_CHANGED, which follows a guest's multicast filters, and the
// passes beyond the second, which follow its dirty memory.
import { describe, expect, it } from "vitest";
import type { Board, Destination } from "../../src/qemu/board.ts";
import { parseCommandLine } from "../../src/qemu/command-line.ts";
import { eventText } from "../../src/qemu/events.ts";
import { Qemu } from "../../src/qemu/qemu.ts";
import { runQmp } from "../../src/qemu/qmp.ts";

const PS_PER_MS = 1_000_000_000n;

/** A machine without packets: a clock, and what was done to the guest. */
class FakeBoard implements Board {
  readonly done: string[] = [];
  readonly clock: Clock;
  target: Destination | undefined;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  nowPs(): bigint {
    return this.clock.now;
  }

  at(ps: bigint, fire: () => void): () => void {
    return this.clock.at(ps, fire);
  }

  run(isRunning: boolean): void {
    this.done.push(isRunning ? "run" : "stand still");
  }

  plug({ id }: { readonly id: string }): void {
    this.done.push(`plug ${id}`);
  }

  release({ id }: { readonly id: string }): void {
    this.done.push(`release ${id}`);
  }

  eject({ id }: { readonly id: string }): void {
    this.done.push(`eject ${id}`);
  }

  announce(_: object, times: readonly bigint[]): void {
    this.done.push(`announce ${times.map((time) => (time - this.clock.now) / PS_PER_MS).join(" ")}`);
  }

  setLink(): void {}

  rxFilter(): never {
    throw new Error("no device");
  }

  destination(): Destination | undefined {
    return this.target;
  }

  warn(text: string): void {
    this.done.push(text);
  }
}

class Clock {
  now = 0n;
  private timers: { readonly ps: bigint; readonly fire: () => void }[] = [];

  at(ps: bigint, fire: () => void): () => void {
    const timer = { ps, fire };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  advance(ms: number): void {
    const until = this.now + BigInt(ms) * PS_PER_MS;
    for (;;) {
      const [first] = this.timers.filter(({ ps }) => ps <= until).sort((a, b) => Number(a.ps - b.ps));
      if (first === undefined) break;
      this.timers = this.timers.filter((other) => other !== first);
      this.now = first.ps;
      first.fire();
    }
    this.now = until;
  }
}

const WORDS =
  "-machine q35 -S -m 192 -netdev user,id=n0 -device virtio-net-pci,netdev=n0,failover=on,id=ua0 -device pcie-root-port,id=rp1 -device vfio-pci,host=03:07.1,id=prim0,bus=rp1,failover_pair_id=ua0";

function machine(
  clock: Clock,
  more = "",
): { readonly qemu: Qemu; readonly board: FakeBoard; readonly events: string[] } {
  const board = new FakeBoard(clock);
  const qemu = new Qemu(parseCommandLine(`${WORDS}${more}`.split(" ")), board, 0);
  const events: string[] = [];
  qemu.events.listen((event) => {
    const { event: name, data = {} }: { event: string; data?: object } = JSON.parse(eventText(event, 0n));
    events.push([name, ...Object.values(data)].join(" "));
  });
  qemu.tellsMigration = true;
  qemu.start();
  return { qemu, board, events };
}

describe("a source whose migration is given up, then done", () => {
  it("tells what QEMU told", () => {
    const clock = new Clock();
    const { qemu, board, events } = machine(clock);
    qemu.cont();
    qemu.migrate("exec:cat>/dev/null");
    clock.advance(300);
    qemu.migrateCancel();
    clock.advance(300);
    qemu.deviceDel("prim0");
    clock.advance(100);
    const add = { driver: "vfio-pci", host: "03:07.1", id: "prim0", bus: "rp1", failover_pair_id: "ua0" };
    const answer = runQmp(qemu, JSON.stringify({ execute: "device_add", arguments: add }));
    expect(answer).toBe(`{"error": {"class": "GenericError", "desc": "Duplicate ID 'prim0' for device"}}`);
    qemu.migrate("exec:cat>/dev/null");
    clock.advance(2000);
    expect(events).toEqual([
      "RESUME",
      "FAILOVER_NEGOTIATED ua0",
      "MIGRATION setup",
      "UNPLUG_PRIMARY prim0",
      "MIGRATION_PASS 1",
      "MIGRATION wait-unplug",
      "MIGRATION active",
      "MIGRATION cancelling",
      "MIGRATION cancelled",
      "DEVICE_DELETED prim0 /machine/peripheral/prim0",
      "MIGRATION setup",
      "MIGRATION_PASS 1",
      "MIGRATION active",
      "STOP",
      "MIGRATION_PASS 2",
      "MIGRATION completed",
    ]);
    expect(board.done).toEqual([
      ...["run", "plug prim0", "release prim0", "eject prim0", "plug prim0"],
      ...["release prim0", "eject prim0", "stand still"],
    ]);
    expect(qemu.state).toBe("postmigrate");
  });

  it("plugs a primary anew that was on its way out when the migration was given up", () => {
    const clock = new Clock();
    const { qemu, board } = machine(clock);
    qemu.cont();
    qemu.migrate("exec:cat>/dev/null");
    clock.advance(50);
    qemu.migrateCancel();
    clock.advance(200);
    expect(board.done).toEqual(["run", "plug prim0", "release prim0", "eject prim0", "plug prim0"]);
  });
});

describe("a destination", () => {
  it("tells what QEMU told, announces the guest, and plugs its primary", () => {
    const clock = new Clock();
    const there = machine(clock, " -incoming tcp:0:4444");
    const here = machine(clock);
    here.board.target = {
      begin: () => there.qemu.incomingStatus("active"),
      takeOver: () => there.qemu.incoming(() => there.board.done.push("arrive")),
      fail: () => there.qemu.incomingStatus("failed"),
    };
    here.qemu.cont();
    expect(there.qemu.state).toBe("inmigrate");
    there.qemu.cont();
    here.qemu.migrate("tcp:127.0.0.1:4444");
    clock.advance(3000);
    expect(there.events).toEqual(["MIGRATION active", "FAILOVER_NEGOTIATED ua0", "RESUME", "MIGRATION completed"]);
    expect(there.board.done).toEqual(["arrive", "plug prim0", "run", "announce 0 50 200 450 800"]);
    expect([here.qemu.state, there.qemu.state]).toEqual(["postmigrate", "running"]);
  });
});
