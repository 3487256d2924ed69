// quoted-name - names of ports and tables in text: bare where they are a letter and alphanumeric, JSON strings
// otherwise.

/** The name as it is printed. */
export function quoteName(name: string): string {
  return /^[A-Za-z][A-Za-z0-9]*$/.test(name) ? name : JSON.stringify(name);
}

/** The name in a JSON string; undefined: it is not one. */
export function unquoteName(text: string): string | undefined {
  if (text.length < 2 || !text.endsWith('"')) return undefined;
  try {
    const name: unknown = JSON.parse(text);
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}
