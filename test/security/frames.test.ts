// Published attacks by frames: on OVS's extraction and translation, on checksums that a guest asks for. No byte behind a frame may be read: it is
// another packet's. Entries of docs/security.md.
import { describe, expect, it } from "vitest";
import { ENGINE_CSUM } from "../../assembly/abi/engines.ts";
import { FLOW_BYTES } from "../../assembly/abi/flow.ts";
import { FLOW_KEY_BYTES, METADATA_BYTES } from "../../assembly/abi/ovs.ts";
import { type FlowField, flowFields } from "../../src/wasm/ovs-flow.ts";
import { checkedMachine, READ } from "../support/checked-engine.ts";
import { lane } from "../support/lane.ts";
import { TestSwitch } from "../support/ofproto-switch.ts";
import { oddFrames } from "../support/ovs-recorded.ts";
import { withSeed } from "../support/random.ts";
import { DriverRig } from "../support/rings.ts";
import { type Layout, Siege } from "../support/siege.ts";

const LAYOUTS: readonly Layout[] = ["split", "packed"];
const MAC = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
const LONGEST = 70_000;

/** Extraction with a frame's bytes in reach and not one more. */
class CheckedExtractor {
  private readonly checked = checkedMachine();
  private readonly end: number;
  private readonly key: number;
  private readonly metadata: number;
  private readonly flow: number;
  private readonly scratch: number;

  constructor() {
    const { arena } = this.checked.machine;
    this.key = arena.allocate(FLOW_KEY_BYTES, "a key");
    this.metadata = arena.allocate(METADATA_BYTES, "metadata");
    this.flow = arena.allocate(FLOW_BYTES, "a flow");
    this.scratch = arena.allocate(128, "scratch");
    this.end = arena.allocate(LONGEST, "frames") + LONGEST;
    this.checked.checker.allow(0, 64, READ); // a key without IPv6 addresses hashes the zeros there
  }

  extract(frame: Uint8Array): Record<FlowField, bigint> {
    const { machine, checker } = this.checked;
    const { engine, arena } = machine;
    const at = this.end - frame.length;
    checker.allow(this.end - LONGEST, LONGEST, 0);
    checker.allow(at, frame.length, READ);
    arena.bytes.set(frame, at);
    engine.metadataSet(this.metadata, 1, 0, 0, 0, 0);
    engine.extract(this.key, at, frame.length, this.metadata, 2);
    engine.hash5Tuple(this.key);
    engine.rssHash(this.scratch, at, frame.length, this.scratch + 64);
    arena.bytes.fill(0, this.flow, this.flow + FLOW_BYTES);
    engine.keyExpand(this.key, this.flow);
    return flowFields(arena.bytes.subarray(this.flow, this.flow + FLOW_BYTES));
  }

  /** Cuts a frame after each of its bytes. */
  everywhere(frame: Uint8Array): void {
    for (let n = 14; n <= frame.length; n++) this.extract(frame.subarray(0, n));
  }
}

function ethernet(type: number, ...payload: number[]): Uint8Array {
  return Uint8Array.from([...MAC, type >> 8, type & 0xff, ...payload]);
}

function ipv4(proto: number, total: number, ihl: number, payload: readonly number[]): number[] {
  return [0x40 | ihl, 0, total >> 8, total & 0xff, 0, 0, 0, 0, 64, proto, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, ...payload];
}

const ipv6 = (next: number, length: number, payload: readonly number[]): number[] => [
  ...[0x60, 0, 0, 0, length >> 8, length & 0xff, next, 64],
  ...new Array<number>(32).fill(1),
  ...payload,
];

describe("extraction", () => {
  const extractor = new CheckedExtractor();

  it("CVE-2016-2074: an MPLS stack without a bottom, cut anywhere, is three entries at most", () => {
    for (const type of [0x8847, 0x8848]) {
      const labels = Array.from({ length: 400 }, (_, i) => (i % 4 === 2 ? 0x10 : i & 0xff));
      extractor.everywhere(ethernet(type, ...labels));
    }
  });

  it("CVE-2016-10377: IPv4 lengths below the header's, and beyond the frame", () => {
    for (const total of [0, 1, 19, 20, 21, 39, 40, 41, 0xffff]) {
      for (const ihl of [0, 4, 5, 6, 15]) {
        for (const proto of [1, 2, 6, 17, 58, 132]) {
          const frame = ethernet(0x0800, ...ipv4(proto, total, ihl, new Array<number>(20).fill(0xff)));
          extractor.everywhere(frame);
          const { nw_src } = extractor.extract(frame);
          const sane = ihl >= 5 && total >= 4 * ihl && total <= 40;
          expect(nw_src !== 0n, `total ${total}, ihl ${ihl}`).toBe(sane);
        }
      }
    }
  });

  it("CVE-2017-9264: TCP, UDP, ICMPv6 and IPv6 extension headers cut anywhere", () => {
    const extensions = [0, 43, 44, 51, 60, 6].map((next) => [next, 0xff, 0, 1, 0, 0, 0, 0]);
    for (const first of [0, 6, 17, 43, 44, 51, 58, 60, 132]) {
      const body = [...extensions.flat(), ...new Array<number>(64).fill(0x87)];
      for (const length of [0, 7, 8, 20, 40, body.length, body.length + 1, 0xffff]) {
        extractor.everywhere(ethernet(0x86dd, ...ipv6(first, length, body)));
      }
    }
    const nd = [135, 0, 0, 0, 0, 0, 0, 0, ...new Array<number>(16).fill(2)];
    for (const option of [
      [1, 1],
      [2, 1],
      [1, 0],
      [1, 255],
      [2, 32],
    ]) {
      const body = [...nd, ...option, 1, 2, 3, 4, 5, 6, ...option, 1, 2, 3, 4, 5, 6];
      extractor.everywhere(ethernet(0x86dd, ...ipv6(58, body.length, body)));
    }
  });

  it.each([28, 255, 256, 300, 1400, 9000, 60_000])(
    "CVE-2020-35498: %i bytes of padding behind an IP packet leave its fields as they are",
    (padding) => {
      const behind = new Array<number>(padding).fill(0);
      const udp = [0x12, 0x34, 0, 53, 0, 8, 0, 0];
      const four = extractor.extract(ethernet(0x0800, ...ipv4(17, 28, 5, udp), ...behind));
      expect([four.nw_src, four.nw_proto, four.tp_dst]).toEqual([0x0a00_0001n, 17n, 53n]);
      const six = extractor.extract(ethernet(0x86dd, ...ipv6(17, 8, udp), ...behind));
      expect([six.nw_proto, six.tp_dst]).toEqual([17n, 53n]);
    },
  );

  it("CVE-2022-4337 and CVE-2022-4338: LLDP with TLVs of any length is a frame of type 0x88cc and no more", () => {
    for (const tlv of [0xfe00, 0xfe01, 0xfe03, 0xfe07, 0xffff, 0x0000]) {
      const frame = ethernet(0x88cc, tlv >> 8, tlv & 0xff, 0x00, 0x04, 0x0d, 0x0b, 0xff, 0xff);
      extractor.everywhere(frame);
      expect(extractor.extract(frame).dl_type).toBe(0x88ccn);
    }
  });

  it("recorded frames cut anywhere, and with bytes rewritten", () => {
    withSeed(7, (random) => {
      for (const [i, frame] of oddFrames().entries()) {
        if (i % 100 !== 0 || frame.length < 14) continue;
        extractor.everywhere(frame.subarray(0, 200));
        for (let turn = 0; turn < 60; turn++) {
          const other = Uint8Array.from(frame.subarray(0, 300));
          for (let n = random.between(1, 6); n > 0; n--) {
            other[12 + random.below(other.length - 12)] = random.pick([0, 1, 4, 0x45, 0x60, 0xff, random.below(256)]);
          }
          extractor.extract(other);
        }
      }
    });
  });
});

describe("translation", () => {
  const megaflow = (flows: readonly string[], packet: string): string => {
    const ovs = new TestSwitch();
    ovs.bridge("br0");
    for (let i = 1; i <= 3; i++) ovs.port("br0", `p${i}`, i);
    ovs.flows("br0", [...flows]);
    return /^Megaflow: (.*)$/m.exec(ovs.trace("br0", packet))![1]!;
  };

  it.each([
    ["ip", "mod_nw_dst:192.0.2.1"],
    ["ip", "mod_nw_src:192.0.2.1"],
    ["ip", "dec_ttl"],
    ["ipv6", "dec_ttl"],
  ])("CVE-2023-1668: %s of protocol 0, %s: the megaflow is for protocol 0 alone", (version, action) => {
    const packet = `in_port=1,${version},nw_proto=0,nw_ttl=64`;
    expect(megaflow([`${version},actions=${action},output:2`], packet)).toContain("nw_proto=0");
  });

  it("CVE-2023-5366: a rule of a higher priority that did not match stays in the megaflow, beside a match on ports", () => {
    const flows = ["priority=10,tcp,tp_dst=80,tcp_flags=+psh,actions=drop", "priority=0,actions=2"];
    expect(megaflow(flows, "in_port=1,tcp,tp_dst=80,tcp_flags=syn")).toContain("tcp_flags=-psh");
    const nd = [
      "priority=10,icmp6,icmpv6_type=136,icmpv6_code=0,nd_target=fd00::1,actions=drop",
      "priority=0,actions=2",
    ];
    expect(megaflow(nd, "in_port=1,icmp6,icmpv6_type=136,icmpv6_code=0,nd_target=fd00::2")).toContain("nd_target=");
  });
});

describe("CVE-2024-11614: a checksum that is asked for from behind the packet's end on", () => {
  const CSUM = [
    [0xffff, 0xffff],
    [61, 0],
    [0, 0xffff],
  ] as const;
  const UDP = ethernet(0x0800, ...ipv4(17, 46, 5, [0, 1, 0, 2, 0, 26, 0, 0, ...new Array<number>(18).fill(5)]));

  it.each(LAYOUTS.flatMap((layout) => CSUM.map(([start, offset]) => [layout, start, offset] as const)))(
    "%s, from a guest: start %i, offset %i",
    (layout, start, offset) => {
      const siege = new Siege({ layout });
      const { hands, machine } = siege;
      siege.postPacket(
        UDP,
        Uint8Array.of(1, 0, 0, 0, 0, 0, start & 0xff, start >> 8, offset & 0xff, offset >> 8, 0, 0),
      );
      const got = hands.receive(hands.engine.portRxBurst, siege.rx.address, 32);
      expect(got).toHaveLength(1);
      const csum = lane({ engine: ENGINE_CSUM, hands });
      csum.push(got);
      csum.poll();
      const out = csum.pull();
      expect(out.map((m) => hands.bytes(m).length)).toEqual([UDP.length]);
      hands.free(out);
      expect(machine.engine.mempoolAvailable(siege.pool) >>> 0).toBe(64);
      siege.unharmed();
    },
  );

  it.each(CSUM)("from a device: start %i, offset %i", (start, offset) => {
    const rig = new DriverRig();
    rig.refill();
    const [chain] = rig.device.take(1);
    rig.device.write(chain!, 12, UDP, 1, 1);
    const header = rig.device.at(chain!.buffers[0]!);
    new DataView(header.buffer, header.byteOffset).setUint16(6, start, true);
    new DataView(header.buffer, header.byteOffset).setUint16(8, offset, true);
    rig.device.give(chain!.head, 12 + UDP.length);
    const got = rig.rx();
    expect(got.map((m) => rig.hands.bytes(m))).toEqual([UDP]);
    rig.hands.free(got);
    expect(rig.held + rig.available).toBe(64);
  });
});
