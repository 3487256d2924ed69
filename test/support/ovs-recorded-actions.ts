// ovs-recorded-actions - what real Open vSwitch 3.1 made of frames (test/recorded/ovs/actions.json, by record-ovs-actions.py).
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { DatapathAction } from "../../src/wasm/ovs-actions.ts";

interface Recorded {
  readonly text: string;
  /** The same for each frame, */
  readonly actions?: readonly DatapathAction[];
  /** or of each its own; null: none. */
  readonly each?: readonly (readonly DatapathAction[] | null)[];
  /** Of each frame, in hex, what left ports 2 and 3; null: the frame was not tried. */
  readonly sent: readonly (readonly (readonly string[])[] | null)[];
}

export interface ActionCase {
  readonly text: string;
  readonly frames: readonly {
    readonly frame: Uint8Array;
    readonly actions: readonly DatapathAction[];
    readonly sent: readonly (readonly string[])[];
  }[];
}

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));

/** JSON has no bigint: fields of sets are hexadecimal strings. */
function revived(key: string, value: unknown): unknown {
  return (key === "value" || key === "mask") && typeof value === "string" ? BigInt(value) : value;
}

export function recordedActions(): ActionCase[] {
  const bytes = readFileSync(new URL("../recorded/ovs/actions.json.gz", import.meta.url));
  const { frames, cases } = JSON.parse(gunzipSync(bytes).toString(), revived) as {
    frames: readonly string[];
    cases: readonly Recorded[];
  };
  return cases.map(({ text, actions, each, sent }) => ({
    text,
    frames: frames.flatMap((frame, i) => {
      const own = actions ?? each?.[i];
      const recorded = sent[i];
      return own && recorded ? [{ frame: hex(frame), actions: own, sent: recorded }] : [];
    }),
  }));
}
