/**
 * All packets of a small capture as views on its bytes, for comparing and for tests: replay uses the indexer itself.
 */
import { ENTRY_WORDS } from "./chunk.ts";
import { CaptureIndexer } from "./indexer.ts";
import type { Direction } from "./summary.ts";

const ENTRIES = 4096;

/**
 * The packets of a capture in file order, each a view on `bytes` (nothing is copied).
 * @param name what messages call the capture
 * @param wanted which packets to take, by the interface's number in its section, direction and name; all of them by default
 * @throws CaptureError for a capture that is cut or corrupt anywhere
 */
export function readPackets(
  bytes: Uint8Array,
  name: string,
  wanted: (interfaceId: number, direction: Direction, interfaceName: string | undefined) => boolean = () => true,
): Uint8Array[] {
  const portOf = (id: number, direction: Direction, ifName: string | undefined) =>
    wanted(id, direction, ifName) ? 0 : -1;
  const indexer = new CaptureIndexer({ name, tolerant: false, rawTime: true, referenceNs: 0n, portOf });
  const index = new Uint32Array(ENTRIES * ENTRY_WORDS);
  const packets: Uint8Array[] = [];
  let start = 0;
  let full = true;
  while (full) {
    const step = indexer.index(bytes, start, bytes.length, true, index, 0);
    for (let word = 0; word < step.packets * ENTRY_WORDS; word += ENTRY_WORDS) {
      const data = index[word]!;
      packets.push(bytes.subarray(data, data + index[word + 1]!));
    }
    start += step.consumed;
    full = step.full;
  }
  return packets;
}
