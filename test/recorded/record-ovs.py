#!/usr/bin/python3
"""Records what the real Open vSwitch 3.1 (Debian's openvswitch-switch-dpdk) extracts, hashes and counts, for test/ovs:

  ovs/parse-pcap.txt.gz  ovs-ofctl parse-pcap of the captures of pcaps/in and of ovs/odd.pcap (made by ovs-frames.py), a line a packet
  ovs/exact.txt.gz       dump-flows -m with megaflows disabled, behind a dp_hash group: the whole key of each whole frame of odd.pcap, and its hash
  ovs/runs.json          replays of captures: pmd-stats-show's counters and dump-flows -m

The dummy datapath is the userspace datapath with ports that are fed from here, a packet a batch; "pcap" runs have net_pcap ports and bursts of
32. Everything runs in a folder of its own and ends by pid. usage: record-ovs.py [parse|exact|runs]...
"""
import gzip, importlib.util, json, os, re, shutil, socket, struct, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "ovs")
IN = os.path.join(HERE, "..", "..", "pcaps", "in")
VSWITCHD = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk"
spec = importlib.util.spec_from_file_location("ovs_frames", os.path.join(HERE, "ovs-frames.py"))
odd = importlib.util.module_from_spec(spec)
spec.loader.exec_module(odd)


def read_pcap(name):
    data = open(os.path.join(IN, name + ".pcap"), "rb").read()
    at, packets = 24, []
    while at + 16 <= len(data):
        length = struct.unpack("<I", data[at + 8 : at + 12])[0]
        packets.append(data[at + 16 : at + 16 + length])
        at += 16 + length
    return packets


def read_packets(name):
    """Of a capture, or made here: "many" are 12000 UDP flows, "alike" three TCP segments that differ in their flags alone, so share a
    hash, "alike6" two IPv6 packets that differ in their hop limits alone."""
    if name == "many":
        return [odd.ETH + odd.ipv4(17, struct.pack(">HHHH", 1000 + i % 50000, 2000, 26, 0) + bytes(18))[:14] + struct.pack(">I", 0x0A000001 + i) + bytes([10, 200, 1, 1])
                + struct.pack(">HHHH", 1000 + i % 50000, 2000, 26, 0) + bytes(18) for i in range(12000)]
    if name == "alike6":
        return [odd.ETH + odd.ipv6(17, odd.UDP, hlim=hops) for hops in (64, 63)]
    if name == "alike":
        return [odd.ETH + odd.ipv4(6, odd.TCP[:13] + bytes([flags]) + odd.TCP[14:])[:18] + bytes([192, 168, 0, 2]) + odd.TCP[:13] + bytes([flags]) + odd.TCP[14:] for flags in (2, 16, 24)]
    return read_pcap(name)


class Ovs:
    """A switch of its own: br0 with the ports p1 to p3."""

    def __init__(self, config, dpdk=False):
        self.base = tempfile.mkdtemp(prefix="ovs-")
        self.env = dict(os.environ, OVS_RUNDIR=self.base, OVS_LOGDIR=self.base, OVS_DBDIR=self.base, OVS_SYSCONFDIR=self.base)
        self.pids = []
        db = self.base + "/conf.db"
        self.run("ovsdb-tool", "create", db, "/usr/share/openvswitch/vswitch.ovsschema")
        self.daemon("ovsdb-server", db, "--remote=punix:%s/db.sock" % self.base, "--unixctl=%s/db.ctl" % self.base)
        self.vsctl("--no-wait", "init")
        more = ["--enable-dummy", "--disable-system", "--disable-system-route"]
        if dpdk:
            more = []
            config = dict(config, **{"dpdk-init": "true", "dpdk-lcore-mask": "0x1", "pmd-cpu-mask": "0x2"})
            config["dpdk-extra"] = "--no-pci --no-huge --legacy-mem -m 1024 --file-prefix=" + os.path.basename(self.base)
        for key, value in config.items():
            self.vsctl("--no-wait", "set", "Open_vSwitch", ".", 'other_config:%s="%s"' % (key, value))
        self.daemon(VSWITCHD, "unix:%s/db.sock" % self.base, "--unixctl=%s/vswitchd.ctl" % self.base, *more)
        kind = "netdev" if dpdk else "dummy"
        self.vsctl("add-br", "br0", "--", "set", "bridge", "br0", "datapath-type=" + kind, "fail-mode=secure", "protocols=OpenFlow10,OpenFlow13,OpenFlow15")

    def run(self, *argv):
        return subprocess.run(argv, env=self.env, check=True, capture_output=True, text=True, timeout=60).stdout

    def daemon(self, program, *argv):
        pidfile = "%s/%s.pid" % (self.base, os.path.basename(program))
        self.run(program, *argv, "--no-chdir", "--pidfile=" + pidfile, "--log-file=%s.log" % pidfile, "-vconsole:off", "--detach")
        self.pids.append(int(open(pidfile).read()))

    def vsctl(self, *argv):
        return self.run("ovs-vsctl", "--timeout=30", "--db=unix:%s/db.sock" % self.base, *argv)

    def appctl(self, *argv):
        return self.run("ovs-appctl", "-t", self.base + "/vswitchd.ctl", *argv)

    def ofctl(self, *argv):
        return self.run("ovs-ofctl", "-O", "OpenFlow15", *argv)

    def rules(self, rules):
        for rule in rules:
            self.ofctl("add-flow", "br0", rule)

    def dummy_ports(self, kind="dummy"):
        for i in (1, 2, 3):
            self.vsctl("add-port", "br0", "p%d" % i, "--", "set", "Interface", "p%d" % i, "type=" + kind, "ofport_request=%d" % i)

    def stats(self):
        text = self.appctl("dpif-netdev/pmd-stats-show")
        sums = {}
        for name, value in re.findall(r"^  ([a-z .]+): ([\d.]+)$", text, re.M):
            if name.startswith("avg. subtable"):
                sums[name] = max(sums.get(name, 0), float(value))
            elif not name.startswith("avg"):
                sums[name] = sums.get(name, 0) + int(value)
        return sums

    def receive(self, packets):
        """One packet a batch; the queue of a dummy port holds 100."""
        wanted = self.stats()["packets received"]
        ctl = socket.socket(socket.AF_UNIX)
        ctl.connect(self.base + "/vswitchd.ctl")
        for i in range(0, len(packets), 40):
            part = [packet.hex() for packet in packets[i : i + 40]]
            ctl.sendall(json.dumps({"id": i, "method": "netdev-dummy/receive", "params": ["p1"] + part}).encode())
            answer = json.loads(ctl.recv(65536))
            if answer.get("error"):
                raise RuntimeError(answer["error"])
            wanted += len(part)
            while self.stats()["packets received"] < wanted:
                time.sleep(0.002)

    def flows(self):
        # sorted by what does not change from run to run
        lines = [line for line in self.appctl("dpctl/dump-flows", "-m").split("\n") if line.startswith("ufid:")]
        return sorted(re.sub(r"^ufid:\S+, (skb_priority.*ct_label\(0/0\),)?", "", re.sub(r", used:[^,]+", "", line)) for line in lines)

    def end(self):
        try:
            self.appctl("exit")
        except subprocess.SubprocessError:
            pass
        time.sleep(0.5)
        for pid in reversed(self.pids):
            try:
                os.kill(pid, 15)
            except ProcessLookupError:
                pass
        time.sleep(0.3)
        shutil.rmtree(self.base, ignore_errors=True)


def parse():
    captures = [os.path.join(IN, name) for name in sorted(os.listdir(IN)) if name.endswith(".pcap") and name != "big.pcap"]
    with tempfile.TemporaryDirectory() as folder:
        made = os.path.join(folder, "odd.pcap")
        with open(made, "wb") as file:
            file.write(gzip.open(os.path.join(OUT, "odd.pcap.gz")).read())
        text = ""
        for path in captures + [made]:
            text += "# %s\n" % os.path.basename(path)
            text += subprocess.run(["ovs-ofctl", "parse-pcap", path], check=True, capture_output=True, text=True).stdout
    with open(os.path.join(OUT, "parse-pcap.txt.gz"), "wb") as file:
        file.write(gzip.compress(text.encode(), 9, mtime=0))


def exact():
    ovs = Ovs({"vlan-limit": "2"})
    try:
        ovs.dummy_ports()
        ovs.ofctl("add-group", "br0", "group_id=1,type=select,selection_method=dp_hash,selection_method_param=0,bucket=weight=1,output:2,bucket=weight=1,output:3")
        ovs.rules(["in_port=1,actions=group:1"])
        ovs.appctl("upcall/disable-megaflows")
        ovs.receive([odd.ETH + body for body in odd.BASES])
        text = "\n".join(re.sub(r", packets:.*", "", line) for line in ovs.flows()) + "\n"
    finally:
        ovs.end()
    with open(os.path.join(OUT, "exact.txt.gz"), "wb") as file:
        file.write(gzip.compress(text.encode(), 9, mtime=0))


# Rules that no simple match table can serve (each port has a megaflow that matches more than its type), with masks of several kinds.
RULES = [
    "priority=60,in_port=1,tcp,tp_dst=80,actions=output:2",
    "priority=50,in_port=1,udp,tp_src=1024/0xfffc,actions=output:3",
    "priority=40,in_port=1,ip,nw_src=192.168.0.0/16,nw_ttl=64,actions=output:2",
    "priority=30,in_port=1,arp,arp_op=1,actions=output:3",
    "priority=30,in_port=1,ipv6,ipv6_dst=2001:db8:2::2,actions=output:2",
    "priority=20,in_port=1,dl_dst=00:10:94:00:00:02,actions=output:2",
    "priority=1,in_port=1,actions=drop",
]
WIDE = ["priority=10,in_port=1,ip,nw_dst=192.168.0.0/16,actions=output:2", "priority=1,in_port=1,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,actions=drop"]
MANY = ["priority=10,in_port=1,ip,nw_dst=10.200.0.0/16,actions=output:2"]
SIX = ["priority=10,in_port=1,ipv6,ipv6_dst=2001:db8:2::/64,actions=output:2"]
EMC, NOTHING, SMC = {"emc-insert-inv-prob": 1}, {"emc-insert-inv-prob": 0}, {"emc-insert-inv-prob": 0, "smc-enable": "true"}
BOTH = {"emc-insert-inv-prob": 1, "smc-enable": "true"}
#      kind, capture, times, configuration, rules
RUNS = [
    ("dummy", "mix", 5, EMC, RULES), ("dummy", "mix", 5, NOTHING, RULES), ("dummy", "mix", 5, SMC, RULES), ("dummy", "mix", 3, BOTH, RULES),
    ("dummy", "flows60", 4, EMC, RULES), ("dummy", "flows60", 4, EMC, WIDE), ("dummy", "headers", 3, EMC, RULES), ("dummy", "headers", 3, SMC, RULES),
    ("dummy", "tunnels", 3, EMC, RULES), ("dummy", "tags", 4, EMC, RULES), ("dummy", "l4", 4, EMC, RULES), ("dummy", "frag", 4, EMC, RULES),
    ("dummy", "arpicmp", 4, EMC, RULES), ("dummy", "runts", 3, EMC, RULES), ("dummy", "mcast", 3, BOTH, WIDE), ("sorted", "mix", 3, NOTHING, RULES),
    ("dummy", "mix", 5, SMC, WIDE), ("dummy", "flows60", 4, SMC, WIDE), ("dummy", "flows60", 4, BOTH, WIDE), ("dummy", "many", 3, EMC, MANY),
    ("dummy", "alike", 10, EMC, WIDE), ("dummy", "alike6", 10, EMC, SIX), ("pcap", "flows60", 1, SMC, WIDE), ("pcap", "many", 1, EMC, MANY), ("pcap", "many", 1, SMC, MANY),
    ("pcap", "mix", 1, EMC, RULES), ("pcap", "flows60", 1, EMC, WIDE), ("pcap", "headers", 1, NOTHING, RULES), ("pcap", "tunnels", 1, SMC, RULES), ("pcap", "runts", 1, EMC, RULES),
]


def run(kind, capture, times, config, rules):
    ovs = Ovs(config, dpdk=kind == "pcap")
    try:
        ovs.rules(rules)
        record = {"kind": kind, "capture": capture, "times": times, "config": config}
        if kind == "pcap":
            # The input is polled only once the switch knows it: the output's core is isolated until the input is pinned, too.
            open(ovs.base + "/empty.pcap", "wb").write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for i, devargs in ((2, "net_pcap1,rx_pcap=%s/empty.pcap,tx_pcap=%s/out.pcap"), (3, "net_pcap2,rx_pcap=%s/empty.pcap,tx_pcap=%s/out3.pcap")):
                ovs.vsctl("add-port", "br0", "p%d" % i, "--", "set", "Interface", "p%d" % i, "type=dpdk", "ofport_request=%d" % i,
                          "other_config:pmd-rxq-affinity=0:1", "options:dpdk-devargs=" + devargs % (ovs.base, ovs.base))
            path = os.path.abspath(os.path.join(IN, capture + ".pcap"))
            if not os.path.exists(path):
                path = ovs.base + "/in.pcap"
                open(path, "wb").write(odd.pcap(read_packets(capture)))
            ovs.vsctl("add-port", "br0", "p1", "--", "set", "Interface", "p1", "type=dpdk", "ofport_request=1",
                      "options:dpdk-devargs=net_pcap0,rx_pcap=%s,tx_pcap=%s/back.pcap" % (path, ovs.base))
            time.sleep(0.5)
            ovs.vsctl("set", "Interface", "p1", "other_config:pmd-rxq-affinity=0:1")
            time.sleep(1.5)
        else:
            ovs.dummy_ports("dummy-pmd" if kind == "sorted" else "dummy")
            packets = [packet for packet in read_packets(capture) if len(packet) >= 14]  # netdev-dummy/receive takes no less
            ovs.receive(packets * times)
            if kind == "sorted":
                record["first"] = ovs.stats()
                time.sleep(2.2)
                ovs.receive(packets * times)
        record["stats"] = ovs.stats()
        record["flows"] = ovs.flows()
    finally:
        ovs.end()
    print(kind, capture, config, record["stats"], len(record["flows"]), flush=True)
    return record


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["parse", "exact", "runs"]
    if "parse" in wanted:
        parse()
    if "exact" in wanted:
        exact()
    if "runs" in wanted:
        records = [run(*case) for case in RUNS]
        with open(os.path.join(OUT, "runs.json"), "w") as file:
            file.write("[\n" + ",\n".join(json.dumps(record, indent=1) for record in records) + "\n]\n")
