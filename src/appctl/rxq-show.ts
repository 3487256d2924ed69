// rxq-show - dpif-netdev/pmd-rxq-show (lib/dpif-netdev.c): each thread's queues and the share of its time that they took; 2.7's has no shares.

import { INTERVALS } from "../vswitchd/pmd-load.ts";
import type { PmdThread } from "../vswitchd/pmd-threads.ts";
import type { Rxq } from "../vswitchd/rxq.ts";

/** Seconds of an interval. */
const INTERVAL_SECONDS = 5;

function byName(a: Rxq, b: Rxq): number {
  return a.port === b.port ? a.queue - b.queue : a.port < b.port ? -1 : 1;
}

/** Seconds that -secs stands for: whole intervals, at most a minute. */
export function shownSeconds(seconds: number | undefined): number {
  const longest = INTERVALS * INTERVAL_SECONDS;
  if (seconds === undefined || seconds <= 0 || seconds > longest) return longest;
  return Math.ceil(seconds / INTERVAL_SECONDS) * INTERVAL_SECONDS;
}

export function rxqShow(threads: readonly PmdThread[], seconds: number): string {
  const count = seconds / INTERVAL_SECONDS;
  return threads.map((thread) => threadText(thread, count)).join("");
}

function threadText({ cpu, isolated, rxqs, load }: PmdThread, count: number): string {
  let text = `pmd thread numa_id ${cpu.numa} core_id ${cpu.core}:\n  isolated : ${isolated}\n`;
  const whole = load.intervalPs * BigInt(count);
  let polled = 0n;
  for (const rxq of [...rxqs].sort(byName)) {
    const taken = rxq.history.sum(count);
    polled += taken;
    const state = rxq.netdev.isQueueEnabled(rxq.queue) ? "(enabled) " : "(disabled)";
    const usage = whole > 0n ? `${percent(taken, whole)} %` : "NOT AVAIL";
    text += `  port: ${rxq.port.padEnd(16)}  queue-id: ${String(rxq.queue).padStart(2)} ${state}  pmd usage: ${usage}\n`;
  }
  if (rxqs.length === 0) return text;
  const busy = load.busy.sum(count);
  const spent = busy > whole ? whole : busy;
  const rest = spent > polled ? spent - polled : 0n;
  return `${text}  overhead: ${whole > 0n ? `${percent(rest, whole)} %` : "NOT AVAIL"}\n`;
}

function percent(part: bigint, whole: bigint): string {
  return String((part * 100n) / whole).padStart(2);
}

/** 2.7's. */
export function rxqShow27(threads: readonly PmdThread[]): string {
  let text = "";
  for (const { cpu, isolated, rxqs } of threads) {
    text += `pmd thread numa_id ${cpu.numa} core_id ${cpu.core}:\n\tisolated : ${isolated}\n`;
    const ports = new Map<string, number[]>();
    for (const { port, queue } of [...rxqs].sort(byName)) ports.set(port, [...(ports.get(port) ?? []), queue]);
    for (const [port, queues] of ports) text += `\tport: ${port}\tqueue-id: ${queues.join(" ")}\n`;
  }
  return text;
}
