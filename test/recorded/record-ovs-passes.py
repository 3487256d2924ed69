#!/usr/bin/python3
"""Records whole ways of packets through the real Open vSwitch 3.1: ovs/passes.json.gz, for each run its megaflows with their actions, the
counters of pmd-stats-show, the coverage counters of drops, and what left each port. Recirculation, groups, meters, batches, simple match.

"dummy" runs give one packet a batch, "pcap" runs have net_pcap ports and bursts of 32. In "timed" runs the clock stands and is warped.
usage: record-ovs-passes.py"""
import gzip, importlib.util, json, os, re, struct, subprocess, time

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name):
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), os.path.join(HERE, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ovs_py, actions_py = load("record-ovs"), load("record-ovs-actions")
EMC, NOTHING = {"emc-insert-inv-prob": 1}, {"emc-insert-inv-prob": 0}
DROPS = ["datapath_drop_" + name for name in ("meter", "upcall_error", "recirc_error", "invalid_port", "rx_invalid_packet", "sample_error", "userspace_action_error")]
OUT2 = ["in_port=1,actions=output:2"]
DEEP = lambda n: ["table=%d,actions=debug_recirc,resubmit(,%d)" % (i, i + 1) for i in range(n)] + ["table=%d,actions=output:2" % n]
GROUP = "group_id=1,type=select,bucket=weight=1,output:2,bucket=weight=1,push_vlan:0x8100,set_field:4106->vlan_vid,output:3"
L4 = "group_id=1,type=select,selection_method=dp_hash,selection_method_param=7,bucket=weight=1,output:2,bucket=weight=3,output:3"
MPLS = ["table=0,mpls,actions=pop_mpls:0x0800,goto_table:1", "table=0,priority=0,actions=drop", "table=1,ip,nw_ttl=64,actions=dec_ttl,output:2", "table=1,priority=0,actions=output:3"]
#     kind, capture, times, configuration, rules, groups
RUNS = [
    ("dummy", "mix", 3, EMC, OUT2, []), ("dummy", "tags", 3, NOTHING, OUT2, []), ("dummy", "frag", 3, EMC, OUT2, []), ("dummy", "arpicmp", 3, EMC, OUT2, []),
    ("dummy", "mix", 2, EMC, ["in_port=1,actions=output:2,output:3"], []), ("dummy", "flows60", 2, EMC, ["in_port=1,ip,actions=group:1"], [GROUP]), ("dummy", "mix", 2, NOTHING, ["in_port=1,actions=group:1"], [GROUP]),
    ("dummy", "l4", 2, EMC, ["in_port=1,actions=group:1"], [L4]), ("dummy", "tags", 2, EMC, ["in_port=1,actions=group:1"], [L4]), ("dummy", "mix", 2, EMC, DEEP(1), []), ("dummy", "l4", 2, EMC, DEEP(6), []), ("dummy", "l4", 2, EMC, DEEP(7), []),
    ("dummy", "labels", 3, EMC, MPLS, []), ("dummy", "mix", 1, EMC, [], []), ("dummy", "l4", 3, EMC, ["in_port=1,tcp,actions=set_field:9->tcp_dst,output:2", "in_port=1,udp,actions=mod_dl_src:02:00:00:00:00:09,output:3,mod_nw_dst:9.9.9.9,output:2", "priority=0,actions=drop"], []),
    ("pcap", "mix", 1, EMC, OUT2, []), ("pcap", "flows60", 1, EMC, OUT2, []), ("pcap", "tags", 1, EMC, OUT2, []), ("pcap", "runts", 1, NOTHING, OUT2, []), ("pcap", "mix", 1, NOTHING, ["in_port=1,actions=output:2,output:3"], []),
    ("pcap", "flows60", 1, NOTHING, ["in_port=1,ip,actions=group:1"], [GROUP]), ("pcap", "flows60", 1, EMC, ["in_port=1,ip,actions=group:1"], [L4]), ("pcap", "labels", 1, EMC, MPLS, []), ("pcap", "mix", 1, NOTHING, ["in_port=1,actions=group:1"], [GROUP]),
    ("pcap", "mix", 1, EMC, ["in_port=1,tcp,actions=output:2", "in_port=1,udp,actions=output:3,output:2", "priority=0,actions=output:3"], []),
]
# Meters: each step warps the clock by ms, then gives so many frames of 60 and of 1000 bytes.
TIMED = [
    ("meter=1,pktps,burst,band=type=drop,rate=1,burst_size=1", [(0, 5, 0), (400, 1, 0), (600, 2, 0), (999, 1, 0), (1, 2, 0), (5000, 4, 0)]),
    ("meter=1,pktps,band=type=drop,rate=3", [(0, 9, 0), (333, 2, 0), (1, 2, 0), (10000, 9, 0)]),
    ("meter=1,kbps,burst,band=type=drop,rate=1,burst_size=2", [(0, 7, 0), (870, 5, 0), (10, 5, 0), (5000, 3, 1)]),
    ("meter=1,kbps,burst,bands=type=drop,rate=20,burst_size=9,type=drop,rate=8,burst_size=10", [(0, 12, 2), (100, 5, 1), (1000, 20, 2), (3000, 40, 1)]),
]


def as_runs(text):
    """Frames that read_packets does not know."""
    frames = actions_py.cases
    if text == "labels":
        inner = [frames.checked4(17, frames.odd.UDP, 6, ttl=ttl)[2:] for ttl in (64, 64, 9)]
        return [frames.ETH + frames.mpls((label, 0, 64), payload=payload) for label, payload in zip((5, 6, 5), inner)] * 4
    return ovs_py.read_packets(text)


def coverage(ovs):
    found = {}
    for name in DROPS:
        try:
            count = int(ovs.appctl("coverage/read-counter", name))
        except Exception:
            count = 0
        if count:
            found[name] = count
    return found


def stats(ovs):
    text = ovs.appctl("dpif-netdev/pmd-stats-show")
    sums = {}
    for name, value in re.findall(r"^  ([a-z .]+): ([\d.]+)$", text, re.M):
        sums[name] = max(sums.get(name, 0), float(value)) if name.startswith("avg") else sums.get(name, 0) + int(value)
    return sums


def flows(ovs):
    return sorted(re.sub(r"^ufid:\S+, |, dp-extra.*| used:[^,]+,", "", line) for line in ovs.appctl("dpctl/dump-flows", "-m").split("\n") if line.startswith("ufid:"))


def capture(path):
    data, at, packets = open(path, "rb").read(), 24, []
    while at + 16 <= len(data):
        length = struct.unpack("<I", data[at + 8 : at + 12])[0]
        packets.append(data[at + 16 : at + 16 + length].hex())
        at += 16 + length
    return packets


def pcap_ports(ovs, path, before=None):
    """As in record-ovs.py: the input is polled only once the switch knows it. before: what is to be done until then"""
    open(ovs.base + "/empty.pcap", "wb").write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for i in (2, 3):
        ovs.vsctl("add-port", "br0", "p%d" % i, "--", "set", "Interface", "p%d" % i, "type=dpdk", "ofport_request=%d" % i, "other_config:pmd-rxq-affinity=0:1",
                  "options:dpdk-devargs=net_pcap%d,rx_pcap=%s/empty.pcap,tx_pcap=%s/p%d.pcap" % (i, ovs.base, ovs.base, i))
    ovs.vsctl("add-port", "br0", "p1", "--", "set", "Interface", "p1", "type=dpdk", "ofport_request=1", "options:dpdk-devargs=net_pcap0,rx_pcap=%s,tx_pcap=%s/back.pcap" % (path, ovs.base))
    if before:
        before()
    time.sleep(0.5)
    ovs.vsctl("set", "Interface", "p1", "other_config:pmd-rxq-affinity=0:1")
    time.sleep(1.5)


def run(kind, name, times, config, rules, groups):
    ovs = ovs_py.Ovs(dict(config, **{"max-idle": "3600000"}), dpdk=kind == "pcap")
    record = {"kind": kind, "capture": name, "times": times, "config": config, "rules": rules + groups}
    packets = [packet for packet in as_runs(name) if kind == "pcap" or 14 <= len(packet) <= 1514]
    try:
        for group in groups:
            ovs.ofctl("add-group", "br0", group)
        ovs.rules(rules)
        if kind == "pcap":
            open(ovs.base + "/in.pcap", "wb").write(ovs_py.odd.pcap(packets))
            pcap_ports(ovs, ovs.base + "/in.pcap")
        else:
            for i in (1, 2, 3):
                ovs.vsctl("add-port", "br0", "p%d" % i, "--", "set", "Interface", "p%d" % i, "type=dummy", "ofport_request=%d" % i, "options:tx_pcap=%s/p%d.pcap" % (ovs.base, i))
            ovs.receive(packets * times)
        record["stats"], record["flows"], record["drops"] = stats(ovs), flows(ovs), coverage(ovs)
        if kind == "pcap":
            ovs.appctl("exit")  # net_pcap writes the rest when it is closed
            time.sleep(1)
        record["sent"] = [capture("%s/p%d.pcap" % (ovs.base, i)) for i in (2, 3)]
        record["packets"] = [packet.hex() for packet in packets]
    finally:
        ovs.end()
    print(kind, name, rules[:1], record["stats"], record["drops"], [len(port) for port in record["sent"]], flush=True)
    return record


def timed(meter, steps):
    ovs = ovs_py.Ovs({"max-idle": "3600000"})
    try:
        for i in (1, 2):
            ovs.vsctl("add-port", "br0", "p%d" % i, "--", "set", "Interface", "p%d" % i, "type=dummy", "ofport_request=%d" % i, "options:tx_pcap=%s/p%d.pcap" % (ovs.base, i))
        ovs.appctl("time/stop")
        control = actions_py.Control(ovs)
        ovs.ofctl("add-meter", "br0", meter)
        ovs.rules(["in_port=1,actions=meter:1,output:2"])
        small, large = (actions_py.cases.ETH + b"\x12\x34" + bytes(n - 14) for n in (60, 1000))
        actions_py.give(control, small)  # the first brings the megaflow, whose meter is full when it was made
        port, sent = actions_py.Written(ovs.base + "/p2.pcap"), []
        port.take()
        for ms, smalls, larges in steps:
            if ms:
                control("time/warp", str(ms), str(ms))
            for frame in [small] * smalls + [large] * larges:
                actions_py.give(control, frame)
            sent.append(len(port.take()))
        numbers = re.findall(r"packet_in_count:(\d+) byte_in_count:(\d+)|packet_count:(\d+) byte_count:(\d+)", ovs.ofctl("meter-stats", "br0"))
        record = {"meter": meter, "steps": steps, "sent": sent, "counts": [[int(n) for n in found if n] for found in numbers]}
    finally:
        ovs.end()
    print(meter, sent, record["counts"], flush=True)
    return record


def compact(recorded):
    """Each capture once, and of what was sent unchanged only which packet it is."""
    captures = {}
    for record in recorded["runs"]:
        key = record["kind"] + " " + record["capture"]
        packets = record.pop("packets")
        captures[key] = packets
        numbers = {packet: i for i, packet in enumerate(packets)}
        record["sent"] = [[numbers.get(packet, packet) for packet in port] for port in record["sent"]]
    return dict(recorded, captures=captures)


def patiently(record, *case):
    """A bridge of the DPDK datapath is a device of the machine's: another switch may have its name for a while."""
    for last in (False, False, False, True):
        try:
            return record(*case)
        except subprocess.CalledProcessError as error:
            print("again:", error.stderr, flush=True)
            if last:
                raise
            time.sleep(5)


if __name__ == "__main__":
    recorded = {"meters": [patiently(timed, *case) for case in TIMED], "runs": [patiently(run, *case) for case in RUNS]}
    with open(os.path.join(HERE, "ovs", "passes.json.gz"), "wb") as file:
        file.write(gzip.compress((json.dumps(compact(recorded), separators=(",", ":")) + "\n").encode(), 9, mtime=0))
