// mac - an Ethernet address from words of ovs-appctl.

/** undefined: it is none */
export function macOf(text: string): Uint8Array | undefined {
  const bytes = text.split(":").map((byte) => Number.parseInt(byte, 16));
  return bytes.length === 6 && bytes.every((byte) => byte >= 0 && byte <= 255) ? Uint8Array.from(bytes) : undefined;
}
