// The keys of frames, field by field, as ovs-ofctl parse-pcap of real OVS 3.1 prints them.
import { describe, expect, it } from "vitest";
import { Extractor } from "../../support/ovs-extract.ts";
import { flowText } from "../../support/ovs-flow-text.ts";
import { parsedCaptures } from "../../support/ovs-recorded.ts";

const ETHERNET_BYTES = 14;
/** OFPP_ANY: parse-pcap's input port. */
const ANY = 0xffff;

describe("ovs/extract", () => {
  const extractor = new Extractor();

  it.each(parsedCaptures())("$name: every packet's fields are those of ovs-ofctl parse-pcap", ({ frames, flows }) => {
    const packets = frames();
    expect(packets.length).toBe(flows.length);
    const differing = packets.flatMap((frame, i) => {
      // the datapath drops these before extraction
      if (frame.length < ETHERNET_BYTES) return [];
      const ours = flowText(extractor.extract(frame, { inPort: ANY }).fields);
      return ours === flows[i]
        ? []
        : [{ packet: i, frame: Buffer.from(frame).toString("hex"), ours, theirs: flows[i] }];
    });
    expect({ count: differing.length, first: differing.slice(0, 3) }).toEqual({ count: 0, first: [] });
  });
});
