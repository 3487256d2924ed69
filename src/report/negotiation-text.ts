// negotiation-text - what a driver and a device agree on, as people read it: feature by feature, header, burst functions; or many drivers, a line each.
import type { Negotiation } from "../dpdk/devices/virtio-negotiation.ts";
import { FEATURE_NAMES, hasBit } from "../vhost-user/features.ts";

const HIGHEST_BIT = 63;

function nameOf(bit: number): string {
  return FEATURE_NAMES.get(bit) ?? "?";
}

/** features: the device's. */
export function negotiationText(features: bigint, result: Negotiation): string {
  const { offered, wanted, negotiated, told, headerBytes, rx, tx, notes, refusal } = result;
  let text = "bit  feature                device  offered  driver  negotiated  told\n";
  for (let bit = 0; bit <= HIGHEST_BIT; bit++) {
    const marks = [features, offered, wanted, negotiated, told].map((mask) => (hasBit(mask, bit) ? "x" : "-"));
    if (!marks.includes("x")) continue;
    const [device, seen, driver, both, heard] = marks;
    const cells = [
      String(bit).padStart(3),
      nameOf(bit).padEnd(21),
      device!.padEnd(6),
      seen!.padEnd(7),
      driver!.padEnd(6),
    ];
    text += `${[...cells, both!.padEnd(10), heard].join("  ")}\n`;
  }
  text += `header: ${headerBytes} bytes\nRx: ${rx.name} (${rx.words})\nTx: ${tx.name} (${tx.words})\n`;
  for (const note of notes) text += `note: ${note}\n`;
  if (refusal !== undefined) text += `refused: ${refusal}\n`;
  return text;
}

/** One line a driver's arguments. */
export function negotiationsText(rows: readonly { readonly args: string; readonly result: Negotiation }[]): string {
  const width = Math.max(...rows.map(({ args }) => args.length));
  let text = `${"arguments".padEnd(width)}  negotiated   header  Rx                                 Tx\n`;
  for (const { args, result } of rows) {
    const { negotiated, headerBytes, rx, tx, refusal } = result;
    const found = `0x${negotiated.toString(16)}`.padEnd(11);
    const paths =
      refusal === undefined ? `${String(headerBytes).padEnd(6)}  ${rx.name.padEnd(33)}  ${tx.name}` : "refused";
    text += `${args.padEnd(width)}  ${found}  ${paths}\n`;
  }
  return text;
}
