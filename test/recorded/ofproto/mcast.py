"""What the real switch does with multicast where it snoops: stories as those of stories.py, with frames of IGMP and MLD made here, and

  frame PORT hex        a whole frame comes in (not recorded)
"""
import json, os, struct

STORIES = []
MAC = "50:54:00:00:00:%02x"


def story(name, *parts):
    steps = []
    for part in parts:
        steps += [part] if isinstance(part[0], str) else part
    STORIES.append({"name": name, "steps": steps})


def ip(text):
    return bytes(int(byte) for byte in text.split("."))


def ip6(text):
    head, _, tail = text.partition("::")
    words = lambda part: [int(word, 16) for word in part.split(":") if word]
    h, t = words(head), words(tail)
    return struct.pack(">8H", *h, *[0] * (8 - len(h) - len(t)), *t)


def csum(data):
    total = sum(struct.unpack(">%dH" % ((len(data) + 1) // 2), data + bytes(len(data) % 2)))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def ethernet(dst, kind, data, vlan=None, src=1, pad=60):
    tag = b"" if vlan is None else struct.pack(">HH", 0x8100, vlan)
    frame = bytes(int(byte, 16) for byte in dst.split(":")) + bytes([0x50, 0x54, 0, 0, 0, src]) + tag + struct.pack(">H", kind) + data
    return frame + bytes(max(0, pad - len(frame)))


def ipv4(proto, data, src, dst, options=b"\x94\x04\x00\x00"):
    head = struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, 0xC0, 20 + len(options) + len(data), 0, 0, 1, proto, 0) + ip(src) + ip(dst) + options
    return head[:10] + struct.pack(">H", csum(head)) + head[12:] + data


def mac4(group):
    a = ip(group)
    return "01:00:5e:%02x:%02x:%02x" % (a[1] & 0x7F, a[2], a[3])


def igmp(kind, group="0.0.0.0", dst=None, src="10.0.0.1", vlan=None, wrong=0, more=b"", code=0, pad=60):
    dst = dst or (group if group != "0.0.0.0" else "224.0.0.1")
    data = struct.pack(">BBH", kind, code, 0) + ip(group) + more
    data = data[:2] + struct.pack(">H", csum(data) ^ wrong) + data[4:]
    return ethernet(mac4(dst), 0x800, ipv4(2, data, src, dst), vlan, pad=pad)


def igmp3(*records, src="10.0.0.1", vlan=None, count=None, cut=0, pad=60):
    """records: type, group, sources, auxiliary words"""
    data = struct.pack(">BBHHH", 0x22, 0, 0, 0, len(records) if count is None else count)
    for kind, group, sources, aux in records:
        data += struct.pack(">BBH", kind, aux, len(sources)) + ip(group) + b"".join(ip(source) for source in sources) + bytes(4 * aux)
    data = data[: len(data) - cut]
    data = data[:2] + struct.pack(">H", csum(data)) + data[4:]
    return ethernet("01:00:5e:00:00:16", 0x800, ipv4(2, data, src, "224.0.0.22"), vlan, pad=pad)


def icmp6(data, src, dst, hop=True, wrong=0):
    pseudo = ip6(src) + ip6(dst) + struct.pack(">II", len(data), 58)
    data = data[:2] + struct.pack(">H", csum(pseudo + data) ^ wrong) + data[4:]
    extension = bytes([58, 0, 5, 2, 0, 0, 1, 0]) if hop else b""
    return struct.pack(">IHBB", 0x60000000, len(extension) + len(data), 0 if hop else 58, 1) + ip6(src) + ip6(dst) + extension + data


def mac6(group):
    return "33:33:%02x:%02x:%02x:%02x" % tuple(ip6(group)[12:])


def mld(kind, group="::", src="fe80::1", dst=None, vlan=None, hop=True, wrong=0):
    dst = dst or (group if group != "::" else "ff02::1")
    return ethernet(mac6(dst), 0x86DD, icmp6(struct.pack(">BBHHH", kind, 0, 0, 0, 0) + ip6(group), src, dst, hop, wrong), vlan)


def mld2(*records, src="fe80::1", vlan=None):
    data = struct.pack(">BBHHH", 143, 0, 0, 0, len(records))
    for kind, group, sources, aux in records:
        data += struct.pack(">BBH", kind, aux, len(sources)) + ip6(group) + b"".join(ip6(source) for source in sources) + bytes(aux)
    return ethernet("33:33:00:00:00:16", 0x86DD, icmp6(data, src, "ff02::16"), vlan)


QUERY, V1, V2, LEAVE = 0x11, 0x12, 0x16, 0x17
MLD_QUERY, MLD_REPORT, MLD_DONE = 130, 131, 132


def frames(port, *all):
    return [["frame", "p%d" % port, frame.hex()] for frame in all]


def traced(port, *all):
    return [["ask", "ofproto/trace", "br0", "in_port=%d" % port, frame.hex()] for frame in all]


def udp(dst, src="10.9.9.9", vlan=None):
    tag = "" if vlan is None else "dl_vlan=%d," % vlan
    if ":" in dst:
        return "udp6,%sdl_src=%s,dl_dst=%s,ipv6_src=2001:db8::9,ipv6_dst=%s,nw_ttl=64,udp_src=1,udp_dst=2" % (tag, MAC % 9, mac6(dst), dst)
    return "udp,%sdl_src=%s,dl_dst=%s,nw_src=%s,nw_dst=%s,nw_ttl=64,udp_src=1,udp_dst=2" % (tag, MAC % 9, mac4(dst), src, dst)


def traces(*flows, port=4):
    return [["trace", "br0", "in_port=%d,%s" % (port, flow)] for flow in flows]


def ports(*numbers, **settings):
    return [["port", "br0", "p%d" % n, n, settings] for n in numbers]


def bridge(*settings):
    return ["vsctl", "set", "bridge", "br0"] + ["other_config:mcast-snooping-" + setting for setting in settings]


def on(*settings):
    return ["vsctl", "set", "bridge", "br0", "mcast_snooping_enable=true"] + ["other_config:mcast-snooping-" + setting for setting in settings]


def port(name, *settings):
    return ["vsctl", "set", "port", name] + ["other_config:mcast-snooping-" + setting for setting in settings]


def warp(*seconds):
    return [["warp", int(1000 * s)] for s in seconds]


NORMAL = [["flow-mod", "br0", "OpenFlow15", "add-flow", "actions=normal"]]
MDB = ["ask", "mdb/show", "br0"]
FLUSH = ["ask", "mdb/flush", "br0"]
WAIT = ["tell", "revalidator/wait"]
DATAPATH = ["datapath"]
G = ["239.1.1.%d" % i for i in range(256)]
G6 = ["ff05::%x" % i for i in range(20)]

story("mdb of a bridge that does not snoop", ports(1, 2), NORMAL, MDB, FLUSH, frames(1, igmp(V2, G[1])), DATAPATH, on(), MDB, FLUSH, ["ask", "mdb/flush"], ["ask", "mdb/show", "br9"], ["ask", "mdb/flush", "br9"],
      frames(1, igmp(V2, G[1])), MDB, ["vsctl", "set", "bridge", "br0", "mcast_snooping_enable=false"], MDB, ["ask", "mdb/flush"], on(), MDB)

for name, kind in (("IGMPv1", V1), ("IGMPv2", V2)):
    story(name + " reports", ports(1, 2, 3, 4), NORMAL, on(), frames(1, igmp(kind, G[1])), frames(2, igmp(kind, G[1], src="10.0.0.2"), igmp(kind, G[2], src="10.0.0.2")), MDB, traces(udp(G[1]), udp(G[2]), udp(G[3])), traces(udp(G[1]), port=1),
          frames(1, igmp(LEAVE, G[1], dst="224.0.0.2")), MDB, traces(udp(G[1])), frames(2, igmp(LEAVE, G[2], dst="224.0.0.2")), MDB, traces(udp(G[2])), frames(3, igmp(LEAVE, G[7])), MDB, WAIT, DATAPATH)

story("unregistered multicast goes to routers only", ports(1, 2, 3, 4), NORMAL, on("disable-flood-unregistered=true"), traces(udp(G[1])), frames(3, igmp(QUERY)), MDB, traces(udp(G[1])), traces(udp(G[1]), port=3), frames(1, igmp(V2, G[1])), MDB, traces(udp(G[1])),
      bridge("disable-flood-unregistered=false"), traces(udp(G[2])), traces(udp("224.0.0.5"), udp("224.0.1.5"), "udp6,dl_src=%s,dl_dst=33:33:00:00:00:01,ipv6_src=fe80::9,ipv6_dst=ff02::1,nw_ttl=1,udp_src=1,udp_dst=2" % (MAC % 9), udp("ff02::2"), udp("ff05::7")),
      traces("arp,dl_src=%s,dl_dst=01:00:5e:01:01:01,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2" % (MAC % 9), "udp,dl_src=%s,dl_dst=ff:ff:ff:ff:ff:ff,nw_src=10.0.0.9,nw_dst=239.1.1.1,nw_ttl=1,udp_src=1,udp_dst=2" % (MAC % 9)))

story("routers", ports(1, 2, 3, 4), NORMAL, on(), frames(3, igmp(QUERY)), frames(4, igmp(QUERY, src="0.0.0.0")), frames(2, igmp(QUERY, src="10.0.0.2", vlan=5)), MDB, frames(1, igmp(V2, G[1]), igmp(V2, G[1], vlan=5)), frames(3, igmp(V2, G[3])), MDB,
      traces(udp(G[1]), udp(G[1], vlan=5), udp(G[3])), warp(100), frames(3, igmp(QUERY)), MDB, warp(82), WAIT, MDB, traces(udp(G[1]), udp(G[1], vlan=5)), warp(99), WAIT, MDB, WAIT, DATAPATH)

story("reports are traced", ports(1, 2, 3), NORMAL, on(), frames(3, igmp(QUERY)), frames(1, igmp(V2, G[1])),
      traced(2, igmp(QUERY, src="10.0.0.2"), igmp(QUERY, src="0.0.0.0"), igmp(V1, G[1]), igmp(V2, G[2]), igmp(V2, G[2]), igmp(LEAVE, G[2]), igmp(LEAVE, G[3]), igmp(0x13, G[1]), igmp(0x30, G[1]), igmp(V2, G[4], wrong=1), igmp3((4, G[5], [], 0), (4, G[6], [], 0)), igmp3((3, G[5], [], 0)), igmp3()), MDB,
      traced(3, igmp(QUERY), igmp(V2, G[1]), igmp(LEAVE, G[1])), traced(1, igmp(V2, G[1]), igmp(V2, G[1], vlan=4)), MDB,
      traced(2, mld(MLD_QUERY, src="fe80::2"), mld(MLD_REPORT, G6[1]), mld(MLD_DONE, G6[1], dst="ff02::2"), mld(MLD_REPORT, G6[1], wrong=1), mld2((4, G6[2], [], 0), (4, G6[3], [], 0)), mld2()), traced(1, mld2((4, G6[2], [], 0), (4, G6[3], [], 0))), MDB,
      *[["ask", "ofproto/trace", "br0", "in_port=2,icmp6,dl_src=%s,dl_dst=33:33:00:00:00:16,ipv6_src=fe80::1,ipv6_dst=ff02::16,icmpv6_type=%d" % (MAC % 2, kind)] for kind in (130, 131, 132, 143, 135, 128)], MDB)

story("bad sums and short packets", ports(1, 2), NORMAL, on(), frames(1, igmp(V2, G[1], wrong=1), igmp(QUERY, wrong=0x100), igmp(V2, G[2], pad=0), igmp(V2, G[3], pad=100), igmp(V2, G[4], more=b"abc")), MDB,
      frames(2, mld(MLD_REPORT, G6[1], wrong=1), mld(MLD_REPORT, G6[2], hop=False), mld(MLD_REPORT, G6[3])), MDB)

story("IGMPv3", ports(1, 2, 3, 4), NORMAL, on(), frames(1, igmp3((4, G[1], [], 0)), igmp3((3, G[2], [], 0)), igmp3((2, G[3], [], 0), (1, G[4], [], 0), (1, G[5], ["10.0.0.7"], 0), (5, G[6], ["10.0.0.7", "10.0.0.8"], 0), (6, G[7], ["10.0.0.7"], 0), (4, G[8], [], 2), (4, G[9], [], 0))), MDB,
      frames(1, igmp3((3, G[1], [], 0), (1, G[3], [], 0), (6, G[5], [], 0))), MDB, frames(2, igmp3((7, G[10], [], 0), (4, G[11], [], 0)), igmp3((0, G[12], [], 0)), igmp3((4, G[13], [], 0), (4, G[14], [], 0), cut=4), igmp3((4, G[15], [], 0), count=9), igmp3(), igmp3((4, G[16], [], 0), count=5, pad=0)), MDB,
      traces(udp(G[9]), udp(G[13])), frames(3, igmp(QUERY, more=b"\x00\x7d\x00\x00")), MDB, WAIT, DATAPATH)

story("MLD", ports(1, 2, 3, 4), NORMAL, on(), frames(1, mld(MLD_REPORT, G6[1])), frames(2, mld(MLD_REPORT, G6[1], src="fe80::2"), mld2((4, G6[2], [], 0), (2, G6[3], [], 0), (3, G6[4], [], 0), (1, G6[5], ["2001:db8::1"], 0))), frames(3, mld(MLD_QUERY, src="fe80::3"), mld(MLD_QUERY, src="::", vlan=7)), MDB,
      traces(udp(G6[1]), udp(G6[2]), udp(G6[9])), frames(1, mld(MLD_DONE, G6[1], dst="ff02::2")), frames(2, mld2((3, G6[2], [], 0), (1, G6[5], [], 0), (9, G6[6], [], 0), (5, G6[7], ["2001:db8::1"], 4))), MDB, traces(udp(G6[1])), WAIT, DATAPATH,
      frames(4, mld(MLD_REPORT, "::ffff:239.1.1.1".replace("239.1.1.1", "ef01:101"), dst="ff02::1")), MDB)

story("groups age", ports(1, 2, 3), NORMAL, on("aging-time=20"), frames(1, igmp(V2, G[1]), igmp(V2, G[2])), warp(10), frames(2, igmp(V2, G[1], src="10.0.0.2")), MDB, warp(10), WAIT, MDB, traces(udp(G[1]), udp(G[2]), port=3), warp(10), WAIT, MDB,
      frames(1, igmp(V2, G[3])), bridge("aging-time=100"), MDB, warp(30), WAIT, MDB, bridge("aging-time=1"), MDB, WAIT, bridge("aging-time=9999"), frames(1, igmp(V2, G[4])), MDB, bridge("aging-time=0"), MDB)

story("a table that is full", ports(1, 2), NORMAL, on("table-size=12"), frames(1, *[igmp(V2, G[i]) for i in range(12)]), frames(2, igmp(V2, G[0], src="10.0.0.2")), MDB, frames(2, igmp(V2, G[20], src="10.0.0.2"), igmp(V2, G[21], src="10.0.0.2")), MDB, bridge("table-size=1"), frames(1, igmp(V2, G[30])), MDB, WAIT, warp(1), MDB)

story("ports that get everything", ports(1, 2, 3, 4), NORMAL, on("disable-flood-unregistered=true"), port("p2", "flood=true"), traces(udp(G[1]), udp(G[1], vlan=9)), frames(1, igmp(V2, G[1])), frames(2, igmp(V2, G[1]), igmp(QUERY)), MDB, traces(udp(G[1])), traces(udp(G[1]), port=2),
      frames(3, igmp(QUERY)), MDB, traces(udp(G[1]), udp(G[2])), port("p2", "flood=false"), traces(udp(G[1]), udp(G[2])), frames(2, igmp(V2, G[1])), MDB)

story("ports that get reports", ports(1, 2, 3, 4), NORMAL, on("disable-flood-unregistered=true"), port("p3", "flood-reports=true"), traced(1, igmp(V2, G[1])), traced(3, igmp(V2, G[1])), frames(3, igmp(V2, G[1])), frames(1, igmp(V2, G[1])), MDB, frames(3, igmp(LEAVE, G[1])), frames(1, igmp(LEAVE, G[1])), MDB, traces(udp(G[1]), udp(G[2])),
      port("p3", "flood-reports=false"), frames(3, igmp(LEAVE, G[1])), MDB)

story("trunk and access ports", [["port", "br0", "p1", 1, {"tag": 1725}]], ports(2), NORMAL, on("disable-flood-unregistered=true"), frames(2, igmp(QUERY, src="172.17.25.1", vlan=1725), igmp(QUERY, src="172.17.28.1", vlan=1728)), MDB, traces(udp(G[1]), port=1), traces(udp(G[1], vlan=1728), port=2), FLUSH, MDB,
      frames(1, igmp(V2, G[1])), MDB, traces(udp(G[1], vlan=1725), port=2), traces(udp(G[1], vlan=1726), port=2))

story("VLANs that change", ports(1, 2, 3), NORMAL, on(), frames(1, igmp(V2, G[1], vlan=1), igmp(V2, G[1], vlan=2)), frames(3, igmp(QUERY, vlan=1), igmp(QUERY, vlan=2)), MDB, ["vsctl", "set", "port", "p3", "tag=2"], MDB, ["vsctl", "del-port", "p1"], MDB)

story("a port that goes", ports(1, 2), NORMAL, on(), frames(1, igmp(V2, G[1], vlan=1), igmp(V2, G[1], vlan=2)), frames(2, igmp(QUERY, vlan=1), igmp(QUERY, vlan=2), igmp(V2, G[1], vlan=1)), MDB, ["vsctl", "del-port", "p2"], MDB, traces(udp(G[1], vlan=1), port=1))

story("ports that got everything and are gone", ports(1, 2, 3, 4), NORMAL, on("disable-flood-unregistered=true"), port("p2", "flood=true"), port("p3", "flood-reports=true"), frames(1, igmp(V2, G[1])), traces(udp(G[1])), [["vsctl", "del-port", "p2"], ["vsctl", "del-port", "p3"]],
      traces(udp(G[1]), udp(G[2])), traced(4, igmp(V2, G[1])), MDB)

story("megaflows follow", ports(1, 2, 3, 4), NORMAL, on(), [["packet", "p4", udp(G[1])], ["packet", "p4", udp(G[2])]], DATAPATH, frames(1, igmp(V2, G[1])), warp(1), WAIT, DATAPATH, frames(1, igmp(V2, G[1])), frames(2, igmp(V2, G[1]), igmp(QUERY)), warp(1), WAIT, DATAPATH, frames(1, igmp(LEAVE, G[1])), warp(1), WAIT, DATAPATH,
      [["tell", "mdb/flush", "br0"]], warp(1), WAIT, DATAPATH)


def record(make_switch, stories, cases, folder, only=""):
    out = []
    for told in STORIES:
        if only not in told["name"]:
            continue
        switch = make_switch()
        try:
            switch.call("time/stop")
            steps = []
            for step in told["steps"]:
                if step[0] == "frame":
                    switch.call("netdev-dummy/receive", *step[1:])
                    stories.time.sleep(0.03)
                    answer = None
                else:
                    answer = stories.carry_out(switch, step, cases)
                steps.append(step if answer is None else step + [answer])
            out.append({"name": told["name"], "steps": steps})
        finally:
            switch.end()
    with open(os.path.join(folder, "mcast.json"), "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")
    print("mcast: %d" % len(out))
