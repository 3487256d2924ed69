// table-text - rows and columns as ovs-vsctl and ovsdb-client print them (lib/table.c of OVS 3.1): a list of records, a table, comma-separated
// values or JSON.

export type TableFormat = "list" | "table" | "csv" | "json";

export interface TextTable {
  readonly caption?: string;
  readonly headings: readonly string[];
  /** What each cell shows, and the JSON that it is. */
  readonly rows: readonly (readonly { readonly text: string; readonly json: unknown }[])[];
}

/** Width of a record's column names. */
const NAME_WIDTH = 20;

/** headings: print them */
export function formatTable(table: TextTable, format: TableFormat, headings = true): string {
  switch (format) {
    case "list":
      return listText(table, headings);
    case "table":
      return gridText(table, headings);
    case "csv":
      return csvText(table, headings);
    case "json": {
      const { caption, headings: names, rows } = table;
      const data = rows.map((row) => row.map(({ json }) => json));
      return `${JSON.stringify({ ...(caption === undefined ? {} : { caption }), data, headings: names })}\n`;
    }
  }
}

function listText({ caption, headings, rows }: TextTable, named: boolean): string {
  const records = rows.map((row) =>
    row.map(({ text }, i) => (named ? `${headings[i]!.padEnd(NAME_WIDTH)}: ${text}\n` : `${text}\n`)).join(""),
  );
  return (caption === undefined ? "" : `${caption}\n`) + records.join("\n");
}

function gridText({ caption, headings, rows }: TextTable, named: boolean): string {
  const widths = headings.map((heading, i) =>
    Math.max(named ? heading.length : 0, ...rows.map((row) => row[i]!.text.length)),
  );
  const line = (cells: readonly string[]): string =>
    `${cells.map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(widths[i]!))).join(" ")}\n`;
  const head = named ? line(headings) + line(widths.map((width) => "-".repeat(width))) : "";
  return (
    (caption === undefined ? "" : `${caption}\n`) + head + rows.map((row) => line(row.map((c) => c.text))).join("")
  );
}

function csvText({ caption, headings, rows }: TextTable, named: boolean): string {
  const cell = (text: string): string => (/[\n",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [...(named ? [headings] : []), ...rows.map((row) => row.map(({ text }) => text))];
  const body = lines.map((cells) => `${cells.map(cell).join(",")}\n`).join("");
  return (caption === undefined ? "" : `${caption}\n`) + body;
}
