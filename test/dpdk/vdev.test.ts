// What devices' arguments come to; what their drivers print is compared with the real program in recorded-options.test.ts.
import { describe, expect, it } from "vitest";
import { parseVdev, type Vdev } from "../../src/dpdk/devices/vdev.ts";
import type { Refusal } from "../../src/dpdk/devices/vdev-base.ts";
import { logVirtioUserFault } from "../../src/dpdk/devices/vdev-virtio-user.ts";
import { parseDevArgs } from "../../src/dpdk/eal/devargs.ts";
import { EalLog } from "../../src/dpdk/eal/eal-log.ts";

function parse(text: string): { vdev: Vdev | Refusal; err: string; log: EalLog; printed: () => string } {
  let err = "";
  const log = new EalLog({
    err: (line) => {
      err += line;
    },
  });
  const device = parseDevArgs(text, () => undefined);
  if (device === undefined) throw new Error(`test: found no device in ${text}, expected one`);
  return { vdev: parseVdev(device, { log, pathKind: () => "missing" }), err, log, printed: () => err };
}

describe("a device's arguments", () => {
  it.each<[string, Partial<Vdev> & Record<string, unknown>]>([
    ["net_null0", { driver: "net_null", name: "net_null0", devargs: "", size: 64, copy: false, noRx: false }],
    ["eth_null7,size=1514,copy=1", { driver: "net_null", name: "eth_null7", size: 1514, copy: true }],
    ["net_null0,size=0x40,no-rx=1", { size: 64, noRx: true }],
    ["net_null0,size=1,size=2", { size: 2 }],
    ["net_null0,size=abc", { size: 0 }],
    ["net_null0,size=010", { size: 8 }],
    ["net_null0,x=size=5", { size: 5 }],
    ["net_ring0", { driver: "net_ring", actions: [{ name: "net_ring0", node: 0, action: "CREATE" }] }],
    ["net_ring0,other=1", { actions: [{ name: "net_ring0", node: 0, action: "CREATE" }] }],
    ["net_ring0,nodeaction=R:1:ATTACH", { actions: [{ name: "R", node: 1, action: "ATTACH" }] }],
    [
      "net_ring0,nodeaction=R:0:CREATE,nodeaction=S:0:ATTACH",
      {
        actions: [
          { name: "R", node: 0, action: "CREATE" },
          { name: "S", node: 0, action: "ATTACH" },
        ],
      },
    ],
    [
      "net_pcap0,rx_pcap=a,rx_pcap=b",
      {
        driver: "net_pcap",
        devargs: "rx_pcap=a,rx_pcap=b",
        rx: [
          { type: "rx_pcap", path: "a" },
          { type: "rx_pcap", path: "b" },
        ],
        tx: [
          { type: "tx_drop", path: "dummy_tx" },
          { type: "tx_drop", path: "dummy_tx" },
        ],
        infiniteRx: false,
      },
    ],
    ["net_pcap0,tx_pcap=o", { rx: [{ type: "rx_null", path: "dummy_rx" }], tx: [{ type: "tx_pcap", path: "o" }] }],
    ["net_pcap0,rx_pcap=a,infinite_rx=1", { infiniteRx: true }],
    ["net_pcap0,rx_pcap=a,infinite_rx=-1", { infiniteRx: false }],
    ["net_pcap0,rx_iface=a,infinite_rx=1,tx_pcap=o", { infiniteRx: false, rx: [{ type: "rx_iface", path: "a" }] }],
    ["net_pcap0,rx_iface_in=a,rx_pcap=b", { rx: [{ type: "rx_pcap", path: "b" }] }],
    [
      "net_pcap0,iface=a,phy_mac=1,rx_pcap=b",
      { rx: [{ type: "iface", path: "a" }], tx: [{ type: "iface", path: "a" }], phyMac: true },
    ],
    [
      "net_vhost0,iface=/s",
      { driver: "net_vhost", iface: "/s", queues: 1, client: false, tso: false, linearBuffer: false },
    ],
    ["net_vhost0,iface=/s,queues=4,client=1,tso=1", { queues: 4, client: true, tso: true }],
    [
      "net_vhost0,iface=/s,queues=65537,linear-buffer=2,ext-buffer=1",
      { queues: 1, linearBuffer: false, extBuffer: true },
    ],
    ["net_vhost0,iface=/s,queues=4,queues=4,client=65536", { queues: 1, client: false }],
    ["net_vhost0,iface=/s,iommu-support=1,postcopy-support=1", { iommuSupport: true, postcopySupport: true }],
    [
      "net_virtio_user0,path=/s",
      {
        driver: "net_virtio_user",
        path: "/s",
        mac: undefined,
        queues: 1,
        queueSize: 256,
        cq: false,
        server: false,
        mrgRxbuf: true,
        inOrder: true,
        packedVq: false,
        vectorized: false,
        speedMbps: undefined,
      },
    ],
    ["virtio_user0,path=/s,mac=02:00:00:00:00:ab", { mac: 0xab00_0000_0002n }],
    ["net_virtio_user0,path=/s,mac=2:0:0:0:0:1", { mac: undefined }],
    [
      "net_virtio_user0,path=/s,queues=4,queue_size=1024,server=1",
      { queues: 4, queueSize: 1024, server: true, cq: true },
    ],
    ["net_virtio_user0,path=/s,mrg_rxbuf=0,in_order=0,packed_vq=1,vectorized=1", { mrgRxbuf: false, inOrder: false }],
    ["net_virtio_user0,path=/s,speed=25000,cq=1", { speedMbps: 25000, cq: true }],
    ["net_virtio_user0,path=/s,speed=25", { speedMbps: Number.NaN }],
    ["net_virtio_user0,path=/s,queue_size=65536", { queueSize: 0 }],
  ])("%s", (text, expected) => expect(parse(text)).toMatchObject({ vdev: expected, err: "" }));

  it("infinite_rx given twice counts as none", () => {
    expect(parse("net_pcap0,rx_pcap=a,infinite_rx=1,infinite_rx=1").vdev).toMatchObject({ infiniteRx: false });
  });
});

// The real program's lines for these, with a net_vhost of another process at the path.
describe("what virtio-user finds wrong once its backend is there", () => {
  const init = "virtio_user_pmd_probe(): eth_virtio_dev_init fails\n";
  it.each([
    ["queue_size=256", ""],
    ["queue_size=100", `virtio_init_queue(): split virtqueue size is not power of 2\n${init}`],
    ["queue_size=100,packed_vq=1", ""],
    ["queue_size=0", `virtio_init_queue(): virtqueue does not exist\n${init}`],
    ["queue_size=x", `virtio_init_queue(): virtqueue does not exist\n${init}`],
    ["speed=5", `virtio_dev_devargs_parse(): Failed to parse speed\n${init}`],
    ["speed=10000", ""],
  ])("%s", (args, expected) => {
    const { vdev, log, printed } = parse(`net_virtio_user0,path=/s,${args}`);
    if (typeof vdev === "string" || vdev.driver !== "net_virtio_user") throw new Error("test: found no virtio-user");
    expect(logVirtioUserFault(log, vdev)).toBe(expected !== "");
    expect(printed()).toBe(expected);
  });
});
