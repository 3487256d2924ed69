#!/usr/bin/python3
"""Records what ports of the real OVS 3.1 with DPDK let through: ovs/limits.json, for each run the lengths of the frames given, of those sent, and
the ports' own counters. MTU, ingress policing, egress policer; their rates are so low that no token comes while the frames do.
usage: record-ovs-limits.py"""
import importlib.util, json, os, re, struct, subprocess, time

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("passes", os.path.join(HERE, "record-ovs-passes.py"))
passes = importlib.util.module_from_spec(spec)
spec.loader.exec_module(passes)

SMALL, MIXED = [60] * 100, [60, 1514, 200, 61, 900, 60, 1514, 64, 128, 60, 300, 60] * 6
EDGES = [1500, 1514, 1517, 1518, 1519, 1520, 60, 1600, 1518, 2000]
#       lengths, p1's columns, p2's columns, qos of p2
LIMITS = [
    (EDGES, ["mtu_request=3000"], [], None),
    (EDGES, ["mtu_request=3000"], ["mtu_request=1501"], None),
    (EDGES, ["mtu_request=3000"], ["mtu_request=70"], None),
    (SMALL, ["ingress_policing_rate=1", "ingress_policing_burst=8"], [], None),
    (MIXED, ["ingress_policing_rate=1", "ingress_policing_burst=20"], [], None),
    (MIXED, ["ingress_policing_rate=1"], [], None),
    (SMALL, [], [], (100, 2048)),
    (MIXED, [], [], (100, 2048)),
    (MIXED, [], [], (100, 40)),
    (MIXED, [], [], (7, 4000)),
    (EDGES, ["mtu_request=3000", "ingress_policing_rate=1", "ingress_policing_burst=90"], [], (100, 5000)),
]


def frame(length, i):
    return bytes.fromhex("525400000002525400000001") + b"\x12\x34" + struct.pack(">I", i) + bytes(length - 18)


def run(lengths, first, second, qos):
    ovs = passes.ovs_py.Ovs({}, dpdk=True)
    try:
        ovs.rules(["in_port=1,actions=output:2"])
        open(ovs.base + "/in.pcap", "wb").write(passes.ovs_py.odd.pcap([frame(length, i) for i, length in enumerate(lengths)]))
        passes.pcap_ports(ovs, ovs.base + "/in.pcap", before=lambda: configure(ovs, first, second, qos))
        record = {"lengths": lengths, "first": first, "second": second, "qos": qos, "counters": {}}
        for port in ("p1", "p2"):
            text = ovs.ofctl("dump-ports", "br0", port)
            record["counters"][port] = {name: int(value) for name, value in re.findall(r"\b(ovs_\w+)=(\d+)", text)}
            record["counters"][port].update((way + "_drop", int(drop)) for way, drop in re.findall(r"(rx|tx) pkts=\d+, bytes=\d+, drop=(\d+)", text))
        ovs.appctl("exit")
        time.sleep(1)
        record["sent"] = [struct.unpack(">I", bytes.fromhex(packet)[14:18])[0] for packet in passes.capture(ovs.base + "/p2.pcap")]
    finally:
        ovs.end()
    print(first, second, qos, len(record["sent"]), record["counters"], flush=True)
    return record


def configure(ovs, first, second, qos):
    for port, columns in (("p1", first), ("p2", second)):
        if columns:
            ovs.vsctl("set", "Interface", port, *columns)
    if qos:
        ovs.vsctl("set", "port", "p2", "qos=@q", "--", "--id=@q", "create", "qos", "type=egress-policer", "other-config:cir=%d" % qos[0], "other-config:cbs=%d" % qos[1])


if __name__ == "__main__":
    with open(os.path.join(HERE, "ovs", "limits.json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(passes.patiently(run, *case)) for case in LIMITS) + "\n]\n")
