#!/usr/bin/python3
"""Records what the real Open vSwitch 3.1 (Debian's openvswitch-switch-dpdk, dummy datapath) translates, for test/ofproto:

  random.json.gz   seeded random rule sets, each with packets: what ofproto/trace says of the megaflow and of the datapath's actions
  cases.json       situations of OVS's own test suite, cases.py has them: each step's output
  stories.json     what happens as time goes by, stories.py has it: each step's answer
  mcast.json       the same of multicast snooping, mcast.py has it

Everything runs in a folder of its own and ends by pid. usage: record-ofproto.py [random|cases|stories|mcast]...
"""
import gzip, importlib.util, json, os, random, re, socket, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, os.path.join(HERE, path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Ovs = load("record_ovs", "../record-ovs.py").Ovs


class Switch(Ovs):
    """br0 on a dummy datapath, with one connection for all of ovs-appctl's requests."""

    def __init__(self):
        super().__init__({})
        self.vsctl("set", "bridge", "br0", "protocols=OpenFlow10,OpenFlow11,OpenFlow13,OpenFlow15")
        self.ctl = socket.socket(socket.AF_UNIX)
        self.ctl.connect(self.base + "/vswitchd.ctl")
        self.buffer = ""

    def call(self, method, *params):
        self.ctl.sendall(json.dumps({"id": 0, "method": method, "params": list(params)}).encode())
        while True:
            try:
                answer, end = json.JSONDecoder().raw_decode(self.buffer)
                self.buffer = self.buffer[end:]
                return answer["result"] if answer.get("error") is None else "error: " + answer["error"]
            except ValueError:
                self.buffer += self.ctl.recv(1 << 20).decode()

    def asked(self, *argv):
        """What ovs-ofctl prints, or says is wrong."""
        done = subprocess.run(["ovs-ofctl", *argv], env=self.env, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def add_flows(self, flows):
        with open(self.base + "/flows", "w") as file:
            file.write("".join(flow + "\n" for flow in flows))
        return self.asked("-O", "OpenFlow15", "add-flows", "br0", self.base + "/flows")


class Rules:
    """Random rules and packets of a small world, so that packets meet rules."""

    MACS = ["50:54:00:00:00:%02x" % i for i in (1, 2, 3)] + ["01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff"]
    IPS = ["10.0.0.1", "10.0.0.2", "10.0.1.1", "10.1.0.1", "192.168.0.1", "11.0.0.1"]
    IP6S = ["2001:db8::1", "2001:db8::2", "2001:db8:1::1", "fe80::1"]
    PORTS = [0, 1, 53, 79, 80, 81, 443, 8080, 65535]
    TYPES = ["ip", "tcp", "udp", "icmp", "sctp", "arp", "ipv6", "tcp6", "udp6", "icmp6", "mpls", "any"]

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.tables = self.random.choice([1, 2, 3, 5])
        self.groups = self.random.random() < 0.3

    def pick(self, *choices):
        return self.random.choice(choices)

    def chance(self, p):
        return self.random.random() < p

    def masked(self, value, bits):
        """A number, maybe with a mask."""
        if self.chance(0.6):
            return str(value)
        mask = self.pick((1 << bits) - 1, ~0xF & ((1 << bits) - 1), self.random.randrange(1, 1 << bits))
        return "%#x/%#x" % (value & mask, mask)

    def address(self):
        ip = self.pick(*self.IPS)
        return ip if self.chance(0.4) else "%s/%d" % (ip, self.pick(8, 9, 15, 16, 24, 30, 31)) if self.chance(0.8) else "%s/255.0.255.0" % ip

    def address6(self):
        return self.pick(*self.IP6S) + self.pick("", "/32", "/48", "/64", "/127")

    def match(self):
        kind = self.pick(*self.TYPES)
        parts = [] if kind == "any" else [kind]
        more = [("in_port=%d" % self.random.randrange(1, 6), 0.4), ("dl_src=" + self.pick(*self.MACS[:3]), 0.15), ("dl_dst=" + self.pick(*self.MACS), 0.15)]
        if self.chance(0.3):
            more.append((self.pick("dl_vlan=%d" % self.pick(0, 10, 11), "dl_vlan_pcp=%d" % self.pick(0, 5), "vlan_tci=0", "vlan_tci=0x1000/0x1000", "dl_vlan=0xffff"), 0.6))
        more.append(("metadata=" + self.masked(self.pick(0, 1, 2), 64), 0.08))
        more.append(("reg%d=%s" % (self.pick(0, 1), self.masked(self.pick(0, 1, 5), 32)), 0.15))
        if kind in ("ip", "tcp", "udp", "icmp", "sctp"):
            more += [("nw_src=" + self.address(), 0.4), ("nw_dst=" + self.address(), 0.4), ("nw_tos=%d" % self.pick(0, 32, 184), 0.1)]
        if kind in ("ip", "tcp", "udp", "icmp", "sctp", "ipv6", "tcp6", "udp6", "icmp6"):
            more += [("nw_ttl=%d" % self.pick(1, 64), 0.1), ("nw_ecn=%d" % self.pick(0, 1), 0.05), ("nw_frag=" + self.pick("no", "yes", "first", "later", "not_later"), 0.1)]
        if kind in ("ip", "ipv6"):
            more.append(("nw_proto=%d" % self.pick(6, 17, 47), 0.2))
        if kind in ("tcp", "udp", "sctp", "tcp6", "udp6"):
            more += [("tp_src=" + self.masked(self.pick(*self.PORTS), 16), 0.35), ("tp_dst=" + self.masked(self.pick(*self.PORTS), 16), 0.45)]
        if kind in ("tcp", "tcp6"):
            more.append(("tcp_flags=" + self.pick("+syn", "+syn-ack", "0x10", "-rst"), 0.2))
        if kind in ("icmp", "icmp6"):
            more += [("icmp_type=%d" % self.pick(0, 8, 128, 135, 136), 0.5), ("icmp_code=%d" % self.pick(0, 1), 0.3)]
        if kind in ("ipv6", "tcp6", "udp6", "icmp6"):
            more += [("ipv6_src=" + self.address6(), 0.3), ("ipv6_dst=" + self.address6(), 0.3), ("ipv6_label=%#x" % self.pick(0, 1), 0.05)]
        if kind == "arp":
            more += [("arp_op=%d" % self.pick(1, 2), 0.4), ("arp_spa=" + self.address(), 0.3), ("arp_tpa=" + self.address(), 0.3), ("arp_sha=" + self.pick(*self.MACS[:3]), 0.1)]
        if kind == "mpls":
            more += [("mpls_label=%d" % self.pick(16, 17), 0.4), ("mpls_tc=%d" % self.pick(0, 3), 0.2), ("mpls_bos=%d" % self.pick(0, 1), 0.3)]
        rare = self.pick(0.3, 0.7, 1)
        return parts + [text for text, p in more if self.chance(p * rare)], kind

    def action(self, kind, table):
        r = self.random.random
        ip4 = kind in ("ip", "tcp", "udp", "icmp", "sctp")
        ip6 = kind in ("ipv6", "tcp6", "udp6", "icmp6")
        some = [
            "output:%d" % self.random.randrange(1, 7), "output:%d" % self.random.randrange(1, 7), "in_port",
            "load:%d->NXM_NX_REG%d[]" % (self.pick(0, 1, 5), self.pick(0, 1)), "set_field:%d->reg1" % self.pick(0, 1, 5),
            "load:%d->NXM_NX_REG0[4..7]" % self.pick(0, 3), "move:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15]",
            "mod_dl_src:" + self.pick(*self.MACS[:3]), "set_field:%s->eth_dst" % self.pick(*self.MACS),
            "mod_vlan_vid:%d" % self.pick(10, 11), "mod_vlan_pcp:%d" % self.pick(0, 5), "strip_vlan", "push_vlan:0x8100", "set_queue:%d" % self.pick(1, 2),
            "pop_queue", "push:NXM_NX_REG0[]", "pop:NXM_NX_REG1[]", "note:01.02", "move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]", "enqueue:%d:1" % self.pick(2, 3),
            "output:NXM_NX_REG0[0..15]", "multipath(%s,%d,%s,%d,0,NXM_NX_REG0[0..7])" % (self.pick("eth_src", "symmetric_l4", "symmetric_l3l4", "symmetric_l3l4+udp", "nw_src", "nw_dst", "symmetric_l3"), self.pick(0, 50), self.pick("modulo_n", "hash_threshold", "hrw", "iter_hash"), self.pick(1, 2, 7)),
            "bundle(%s,%d,%s,ofport,slaves:2,3,9)" % (self.pick("eth_src", "symmetric_l4", "nw_src"), self.pick(0, 7), self.pick("hrw", "active_backup")),
            "flood", "all", "normal", "dec_ttl", "clone(output:3,set_field:%s->eth_src,output:4)" % self.pick(*self.MACS[:3]), "fin_timeout(idle_timeout=5)" if kind == "tcp" else "output:2",
        ]
        if ip4:
            some += ["mod_nw_src:" + self.pick(*self.IPS), "set_field:%s->ip_dst" % self.pick(*self.IPS), "mod_nw_tos:%d" % self.pick(0, 32), "mod_nw_ttl:%d" % self.pick(1, 9), "set_field:0.0.0.9/0.0.0.255->nw_src", "dec_ttl", "move:NXM_OF_IP_SRC[]->NXM_NX_REG1[]"]
        if ip6:
            some += ["set_field:%s->ipv6_dst" % self.pick(*self.IP6S), "set_field:::7/::f->ipv6_src", "dec_ttl"]
        if kind in ("tcp", "udp", "sctp"):
            some += ["mod_tp_src:%d" % self.pick(*self.PORTS), "set_field:%d->%s_dst" % (self.pick(*self.PORTS), kind), "move:NXM_OF_%s_SRC[]->NXM_NX_REG0[0..15]" % kind.upper() if kind != "sctp" else "output:2"]
        if kind == "mpls":
            some += ["set_mpls_label:%d" % self.pick(16, 18), "dec_mpls_ttl", "pop_mpls:0x8847", "pop_mpls:0x0800", "set_mpls_tc:%d" % self.pick(0, 3)]
        elif self.chance(0.3):
            some += ["push_mpls:0x8847"]
        if self.groups:
            some += ["group:%d" % self.pick(1, 2, 3)]
        if self.tables > 1:
            some += ["resubmit(,%d)" % self.random.randrange(self.tables), "resubmit(%d,%d)" % (self.pick(1, 2, 7), self.random.randrange(self.tables)), "resubmit(,%d)" % min(table + 1, self.tables - 1)] * 2
        return self.pick(*some)

    def actions(self, kind, table):
        if self.chance(0.08):
            return "drop"
        parts = [self.action(kind, table) for _ in range(self.pick(1, 1, 2, 3, 4))]
        if self.chance(0.1):
            parts.append("write_actions(" + self.pick("output:4", "set_field:%s->eth_src,output:5" % self.MACS[0], "push_vlan:0x8100,output:2") + ")")
        if self.chance(0.05):
            parts.append("write_metadata:%d" % self.pick(1, 2))
        if table + 1 < self.tables and self.chance(0.25):
            parts.append("goto_table:%d" % self.random.randrange(table + 1, self.tables))
        return ",".join(parts)

    def rule(self):
        table = 0 if self.chance(0.4) else self.random.randrange(self.tables)
        parts, kind = self.match()
        return ",".join(["table=%d" % table, "priority=%d" % self.pick(1, 10, 10, 20, 100, self.random.randrange(65536))] + parts) + ",actions=" + self.actions(kind, table)

    def packet(self):
        kind = self.pick("tcp", "tcp", "udp", "udp", "icmp", "sctp", "arp", "tcp6", "udp6", "icmp6", "ip", "ipv6", "mpls", "other")
        parts = ["in_port=%d" % self.random.randrange(1, 6), "dl_src=" + self.pick(*self.MACS[:3]), "dl_dst=" + self.pick(*self.MACS)]
        parts = [kind if kind != "other" else "dl_type=0x88b5"] + parts
        if self.chance(0.3):
            parts += ["dl_vlan=%d" % self.pick(10, 11, 12), "dl_vlan_pcp=%d" % self.pick(0, 5)]
        if kind in ("ip", "tcp", "udp", "icmp", "sctp"):
            parts += ["nw_src=" + self.pick(*self.IPS), "nw_dst=" + self.pick(*self.IPS)]
        if kind in ("ipv6", "tcp6", "udp6", "icmp6"):
            parts += ["ipv6_src=" + self.pick(*self.IP6S), "ipv6_dst=" + self.pick(*self.IP6S)]
        if kind in ("ip", "ipv6"):
            parts.append("nw_proto=%d" % self.pick(0, 47, 50))
        if kind not in ("arp", "mpls", "other"):
            parts += ["nw_ttl=%d" % self.pick(1, 2, 64), "nw_tos=%d" % self.pick(0, 32, 184)]
            if self.chance(0.3):
                parts.append("nw_frag=" + self.pick("first", "later"))
        later = parts[-1] == "nw_frag=later"
        if kind in ("tcp", "udp", "sctp", "tcp6", "udp6") and not later:
            parts += ["%s_src=%d" % (kind.rstrip("6"), self.pick(*self.PORTS)), "%s_dst=%d" % (kind.rstrip("6"), self.pick(*self.PORTS))]
        if kind in ("tcp", "tcp6") and not later:
            parts.append("tcp_flags=%s" % self.pick("syn", "syn|ack", "ack", "rst"))
        if kind == "icmp" and not later:
            parts += ["icmp_type=%d" % self.pick(0, 8), "icmp_code=%d" % self.pick(0, 1)]
        if kind == "icmp6" and not later:
            parts += ["icmpv6_type=%d" % self.pick(128, 129, 1), "icmpv6_code=%d" % self.pick(0, 1)]
        if kind == "arp":
            parts += ["arp_op=%d" % self.pick(1, 2), "arp_spa=" + self.pick(*self.IPS), "arp_tpa=" + self.pick(*self.IPS), "arp_sha=" + self.MACS[0], "arp_tha=" + self.pick(*self.MACS[:3])]
        if kind == "mpls":
            parts += ["mpls_label=%d" % self.pick(16, 17), "mpls_tc=%d" % self.pick(0, 3), "mpls_ttl=%d" % self.pick(1, 64), "mpls_bos=%d" % self.pick(0, 1, 1)]
        return ",".join(parts)

    GROUPS = [
        "group_id=1,type=all,bucket=output:2,bucket=set_field:50:54:00:00:00:02->eth_src,output:3",
        "group_id=2,type=indirect,bucket=mod_dl_dst:50:54:00:00:00:03,output:4",
        "group_id=3,type=ff,bucket=watch_port:9,output:5,bucket=watch_port:2,output:2",
    ]


def random_sets(switch, n_sets=int(os.environ.get("SETS", 200)), n_packets=50):
    for i in range(1, 7):
        switch.vsctl("add-port", "br0", "p%d" % i, "--", "set", "Interface", "p%d" % i, "type=dummy", "ofport_request=%d" % i)
    switch.vsctl("set", "port", "p5", "tag=10", "--", "set", "port", "p6", "trunks=10,11")
    sets = []
    for seed in range(n_sets):
        rules = Rules(seed)
        flows = []
        for text in (rules.rule() for _ in range(rules.pick(3, 10, 30, 60))):
            # what the real one refuses is no rule
            if subprocess.run(["ovs-ofctl", "-O", "OpenFlow15", "parse-flow", text], capture_output=True).returncode == 0:
                flows.append(text)
        # flows first: deleting groups that one rule names together ends the real one
        switch.asked("-O", "OpenFlow15", "del-flows", "br0")
        switch.asked("-O", "OpenFlow15", "del-groups", "br0")
        if rules.groups:
            for group in rules.GROUPS:
                switch.asked("-O", "OpenFlow15", "add-group", "br0", group)
        kept = []
        for flow in flows:
            if switch.asked("-O", "OpenFlow15", "add-flow", "br0", flow) == "":
                kept.append(flow)
        time.sleep(0.02)
        packets = []
        for _ in range(n_packets):
            packet = rules.packet()
            text = switch.call("ofproto/trace", "br0", packet)
            megaflow = re.search(r"^Megaflow: (.*)$", text, re.M)
            actions = re.search(r"^Datapath actions: (.*)$", text, re.M)
            if megaflow is None:
                raise RuntimeError("%s: %s" % (packet, text))
            packets.append([packet, megaflow.group(1), actions.group(1)])
        sets.append({"seed": seed, "groups": rules.GROUPS if rules.groups else [], "flows": kept, "packets": packets})
    text = json.dumps({"sets": sets}, indent=0)
    with open(os.path.join(HERE, "random.json.gz"), "wb") as file:
        file.write(gzip.compress(text.encode(), 9, mtime=0))
    print("random: %d sets, %d rules" % (len(sets), sum(len(s["flows"]) for s in sets)))


if __name__ == "__main__":
    for what in sys.argv[1:] or ["random", "cases", "stories", "mcast"]:
        if what == "random":
            switch = Switch()
            try:
                random_sets(switch)
            finally:
                switch.end()
        elif what == "mcast":
            load("mcast", "mcast.py").record(Switch, load("stories", "stories.py"), load("cases", "cases.py"), HERE)
        elif what == "cases":
            load("cases", "cases.py").record(Switch, HERE)
        else:
            load("stories", "stories.py").record(Switch, load("cases", "cases.py"), Rules, HERE)
