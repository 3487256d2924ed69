// migration - one live migration out of a QEMU process: setup, the primaries' unplugging, the transfer, the guest's change of place, or its being given up.
// The order of steps and events is 7.2's, as a run of it with a Linux guest showed. Memory is sent once, all of it, at max-bandwidth: an idle
// guest dirties none, and zero pages count as others.
// Not modelled: convergence, postcopy, compression, downtime-limit; the stream itself.
import type { Board, Destination } from "./board.ts";
import type { VfioDevice } from "./devices.ts";
import type { EventLog } from "./events.ts";
import { QemuError } from "./properties.ts";

export type MigrationStatus =
  | "none"
  | "setup"
  | "wait-unplug"
  | "active"
  | "cancelling"
  | "cancelled"
  | "completed"
  | "failed";

/** How often a migration looks whether the guest has let go of its primaries (migration.c's qemu_wait_for_migration_unplug: 250 ms). */
const UNPLUG_POLL_PS = 250_000_000_000n;
/** Source's last steps, between the guest's stop and its going on elsewhere: the run's 2 ms. */
const DOWNTIME_PS = 2_000_000_000n;
const PS_PER_S = 1_000_000_000_000n;

export interface MigrationParts {
  readonly board: Board;
  readonly events: EventLog;
  readonly memoryBytes: bigint;
  /** Bytes a second. */
  readonly bandwidth: bigint;
  /** MIGRATION and MIGRATION_PASS are told: the capability `events`. */
  readonly tells: boolean;
  /** undefined: a stream that nobody takes over, as exec: or fd: */
  readonly destination: Destination | undefined;
  /** Primaries that the guest has. */
  readonly primaries: readonly VfioDevice[];
  /** Asks the guest to let go of one. */
  unplug(primary: VfioDevice): void;
  isPlugged(primary: VfioDevice): boolean;
  /** CPUs stand still for good. */
  stop(): void;
  /** It was given up: the guest stays, its primaries come back. */
  stays(): void;
}

export class Migration {
  status: MigrationStatus = "none";
  private readonly parts: MigrationParts;
  private readonly beganPs: bigint;
  private setupPs = 0n;
  private endPs = 0n;
  private takeBack: () => void = () => {};
  private error: string | undefined;

  constructor(parts: MigrationParts) {
    this.parts = parts;
    this.beganPs = parts.board.nowPs();
  }

  private set(status: MigrationStatus): void {
    const { events, board, tells } = this.parts;
    this.status = status;
    if (tells) events.emit({ event: "MIGRATION", data: { status }, ps: board.nowPs() });
  }

  private pass(pass: number): void {
    const { events, board, tells } = this.parts;
    if (tells) events.emit({ event: "MIGRATION_PASS", data: { pass }, ps: board.nowPs() });
  }

  private later(ps: bigint, step: () => void): void {
    const { board } = this.parts;
    this.takeBack = board.at(board.nowPs() + ps, step);
  }

  begin(): void {
    const { primaries, events, board, destination } = this.parts;
    this.set("setup");
    destination?.begin();
    for (const primary of primaries) {
      events.emit({ event: "UNPLUG_PRIMARY", data: { "device-id": primary.id }, ps: board.nowPs() });
      this.parts.unplug(primary);
    }
    this.pass(1);
    if (primaries.length === 0) this.transfer();
    else {
      this.set("wait-unplug");
      this.later(UNPLUG_POLL_PS, () => this.look());
    }
  }

  /** Nobody is there to take the guest. */
  fail(reason: string): void {
    this.set("setup");
    this.error = reason;
    this.set("failed");
  }

  private look(): void {
    if (this.parts.primaries.some((primary) => this.parts.isPlugged(primary)))
      this.later(UNPLUG_POLL_PS, () => this.look());
    else this.transfer();
  }

  private transfer(): void {
    const { memoryBytes, bandwidth, board } = this.parts;
    this.setupPs = board.nowPs() - this.beganPs;
    this.set("active");
    this.later((memoryBytes * PS_PER_S) / bandwidth, () => {
      this.parts.stop();
      this.pass(2);
      this.later(DOWNTIME_PS, () => this.complete());
    });
  }

  private complete(): void {
    this.endPs = this.parts.board.nowPs();
    this.set("completed");
    this.parts.destination?.takeOver();
  }

  /** migrate_cancel. */
  cancel(): void {
    if (!this.isUnderWay) return;
    this.takeBack();
    this.set("cancelling");
    this.parts.destination?.fail();
    this.endPs = this.parts.board.nowPs();
    this.set("cancelled");
    this.parts.stays();
  }

  get isUnderWay(): boolean {
    return this.status === "setup" || this.status === "wait-unplug" || this.status === "active";
  }

  get isOver(): boolean {
    return this.status === "completed" || this.status === "cancelled" || this.status === "failed";
  }

  /** query-migrate. */
  info(): Readonly<Record<string, unknown>> {
    const ms = (ps: bigint): number => Number(ps / 1_000_000_000n);
    const { status, beganPs, setupPs, endPs } = this;
    if (this.error !== undefined) return { status, "error-desc": this.error };
    if (status === "none" || status === "setup" || status === "cancelled" || status === "failed") return { status };
    const { memoryBytes, bandwidth, board } = this.parts;
    const total = (status === "completed" ? endPs : board.nowPs()) - beganPs;
    const sent = status === "completed" ? memoryBytes : ((total - setupPs) * bandwidth) / PS_PER_S;
    const transferred = status === "wait-unplug" ? 0 : Number(sent < memoryBytes ? sent : memoryBytes);
    return {
      status,
      "setup-time": ms(status === "wait-unplug" ? total : setupPs),
      "total-time": ms(total),
      ...(status === "completed" ? { downtime: ms(DOWNTIME_PS) } : {}),
      ram: { total: Number(memoryBytes), transferred, remaining: Number(memoryBytes) - transferred },
    };
  }
}

/** @throws QemuError for a word that is no size */
export function parseBandwidth(value: unknown): bigint {
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return BigInt(value);
  throw new QemuError("Invalid parameter type for 'max-bandwidth', expected: integer");
}
