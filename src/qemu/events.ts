// events - what a QEMU process tells its monitors of, with the time of its machine.
import { jsonText } from "./json-text.ts";

export interface QemuEvent {
  readonly event: string;
  readonly data?: Readonly<Record<string, unknown>>;
  /** Virtual ps. */
  readonly ps: bigint;
}

export class EventLog {
  readonly past: QemuEvent[] = [];
  private listeners: readonly ((event: QemuEvent) => void)[] = [];

  emit(event: QemuEvent): void {
    this.past.push(event);
    for (const listener of this.listeners) listener(event);
  }

  /** @returns what ends it */
  listen(listener: (event: QemuEvent) => void): () => void {
    this.listeners = [...this.listeners, listener];
    return () => {
      this.listeners = this.listeners.filter((other) => other !== listener);
    };
  }
}

/** As a monitor in control mode writes it. epochPs: of the machine's time 0 */
export function eventText({ event, data, ps }: QemuEvent, epochPs: bigint): string {
  const us = (epochPs + ps) / 1_000_000n;
  const timestamp = { seconds: Number(us / 1_000_000n), microseconds: Number(us % 1_000_000n) };
  return jsonText({ timestamp, event, ...(data === undefined ? {} : { data }) });
}
