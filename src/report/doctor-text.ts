// doctor-text - what the machine has, for people.
import { textTable } from "./table.ts";

/** One thing that Ringbed can use. */
interface Part {
  readonly name: string;
  readonly found: boolean;
  readonly version: string;
  readonly disables: string;
  readonly provide: string;
}

export function doctorText(report: {
  readonly platform: string;
  readonly cpu: string;
  readonly parts: readonly Part[];
}): string {
  const lines = [`${report.platform}, ${report.cpu}`, ""];
  const rows = report.parts.map((p) => [`${p.found ? "yes" : "no "}  ${p.name}`, p.found ? p.version : ""]);
  lines.push(...textTable(["part", "found"], rows));
  for (const p of report.parts.filter((part) => !part.found)) {
    lines.push("", `without ${p.name}: ${p.disables}`);
    if (p.provide !== "") lines.push(`  ${p.provide}`);
  }
  return `${lines.join("\n")}\n`;
}
