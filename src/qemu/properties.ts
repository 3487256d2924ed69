// properties - QEMU's `type,key=value,flag` lists.

export type Properties = ReadonlyMap<string, string>;

/** What QEMU says before it ends, or a monitor answers. */
export class QemuError extends Error {
  /** QMP's class of it. */
  readonly kind: "GenericError" | "DeviceNotFound" | "CommandNotFound";

  constructor(message: string, kind: QemuError["kind"] = "GenericError") {
    super(message);
    this.kind = kind;
  }
}

/** What stands first without a key is `""`; a flag is "on"; two commas are one in a value. */
export function parseProperties(text: string): Properties {
  const items = text.split(/(?<!,),(?!,)/).map((item) => item.replaceAll(",,", ","));
  return new Map(
    items.map((item, i) => {
      const [, key = item, value] = /^([^=]*)=(.*)$/s.exec(item) ?? [];
      return value === undefined ? (i === 0 ? ["", item] : [key, "on"]) : [key, value];
    }),
  );
}

/** MAC addresses are kept with the first byte lowest. */
export function parseMac(text: string): bigint | undefined {
  const bytes = text.split(/[:-]/);
  if (bytes.length !== 6 || !bytes.every((byte) => /^[0-9a-f]{1,2}$/i.test(byte))) return undefined;
  return bytes.reduceRight((mac, byte) => (mac << 8n) | BigInt(`0x${byte}`), 0n);
}

/** @throws QemuError as QEMU's own parser of booleans */
export function parseSwitch(properties: Properties, name: string, usual: boolean): boolean {
  const text = properties.get(name);
  if (text === undefined) return usual;
  if (["on", "yes", "true", "y"].includes(text)) return true;
  if (["off", "no", "false", "n"].includes(text)) return false;
  throw new QemuError(`Parameter '${name}' expects 'on' or 'off'`);
}
