/**
 * Which format a capture is written in: its name decides. Reading goes by content, see indexer.ts.
 */
import { ClassicWriter } from "./classic-writer.ts";
import { PcapngWriter } from "./pcapng-writer.ts";
import type { CaptureWriter, Sink } from "./writer.ts";

/** The format a capture's name asks for: classic pcap when it ends in `.pcap`, else pcapng. */
export function formatOf(name: string): "pcap" | "pcapng" {
  return name.toLowerCase().endsWith(".pcap") ? "pcap" : "pcapng";
}

/**
 * A writer in the format its name asks for; the file header goes out with the first chunk.
 * @param name the capture's path, or `-`
 * @param ports the names of the ports, which become pcapng interfaces in this order; classic pcap keeps neither port nor direction
 */
export function writerFor(name: string, ports: readonly string[], sink: Sink): CaptureWriter {
  return formatOf(name) === "pcap" ? new ClassicWriter(name, sink) : new PcapngWriter(ports, sink);
}
