#!/usr/bin/python3
"""Cases of record-ovs-actions.py: datapath actions as odp text and as src/wasm/ovs-actions has them, and the frames they are carried out on."""
import importlib.util, os, struct

HERE = os.path.dirname(os.path.abspath(__file__))
spec = importlib.util.spec_from_file_location("ovs_frames", os.path.join(HERE, "ovs-frames.py"))
odd = importlib.util.module_from_spec(spec)
spec.loader.exec_module(odd)
ETH, V6 = odd.ETH, odd.V6


def fold(data):
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def checked4(proto, l4, at, **more):
    """IPv4 with right checksums; at: where the transport's is, None: it has none."""
    body = bytearray(odd.ipv4(proto, l4, **more))
    header = 2 + (body[2] & 15) * 4
    body[12:14] = struct.pack(">H", ~fold(bytes(body[2:header])) & 0xFFFF)
    if at is not None:
        pseudo = bytes(body[14:22]) + struct.pack(">HH", proto, len(l4))
        body[header + at : header + at + 2] = b"\0\0"
        body[header + at : header + at + 2] = struct.pack(">H", ~fold(pseudo + bytes(body[header:])) & 0xFFFF or 0xFFFF)
    return bytes(body)


def checked6(proto, l4, at, extensions=b"", first=None):
    body = bytearray(odd.ipv6(proto if first is None else first, extensions + l4))
    l4_at = 2 + 40 + len(extensions) + at
    body[l4_at : l4_at + 2] = b"\0\0"
    pseudo = V6 + struct.pack(">II", len(l4), proto)
    body[l4_at : l4_at + 2] = struct.pack(">H", ~fold(pseudo + bytes(body[2 + 40 + len(extensions) :])) & 0xFFFF or 0xFFFF)
    return bytes(body)


def mpls(*labels, payload=b"", ethertype=b"\x88\x47"):
    stack = b"".join(struct.pack(">I", (label << 12) | (tc << 9) | ((i == len(labels) - 1) << 8) | ttl) for i, (label, tc, ttl) in enumerate(labels))
    return ethertype + stack + payload


IP = checked4(17, odd.UDP, 6)
ROUTING = bytes([17, 2, 0, 1]) + bytes(4) + V6[:16]  # one segment left
ROUTED = bytes([17, 2, 0, 0]) + bytes(4) + V6[:16]
LLC = b"\x00\x26\xaa\xaa\x03\x00\x00\x00"
# Whole frames, without their addresses. What is cut or lies comes with odd.BASES.
BODIES = [
    IP, checked4(6, odd.TCP + b"data", 16), checked4(1, odd.ICMP, 2), checked4(132, odd.SCTP, None), checked4(17, odd.UDP, None), checked4(17, odd.UDP + b"x" * 33, 6, options=bytes([1] * 8)),
    checked4(17, odd.UDP, 6, frag=0x2000), checked4(17, odd.UDP, None, frag=0x2010), checked4(6, odd.TCP, 16, tos=0xB9, ttl=1) + bytes(7), checked4(17, b"\x00\x35\xff\xca" + odd.UDP[4:], 6),
    checked6(17, odd.UDP, 6), checked6(6, odd.TCP, 16), checked6(58, odd.ICMP, 2), checked6(17, odd.UDP, 6, ROUTING, 43), checked6(17, odd.UDP, 6, ROUTED, 43),
    checked6(17, odd.UDP, 6, odd.frag(17, 1), 44), checked6(17, odd.UDP, 6, odd.frag(17, 0), 44), checked6(17, odd.UDP, 6, odd.ext(17, 1), 0), checked6(58, odd.nd(odd.SLL), 2), checked6(58, odd.nd(odd.TLL, 136), 2),
    checked6(58, odd.nd(b"\x05\x01" + bytes(6) + odd.SLL), 2), checked6(58, odd.nd(b""), 2), checked6(132, odd.SCTP, 8),
    b"\x08\x06" + odd.arp(), b"\x08\x06" + odd.arp(2), b"\x80\x35" + odd.arp(3), b"\x08\x06" + odd.arp()[:20], b"\x88\xcc" + bytes(46), LLC + b"\x08\x00" + IP[2:], b"\x00\x26\x42\x42\x03" + bytes(43),
    odd.tag(0x6064) + IP, odd.tag(5, 0x88A8) + odd.tag(0x1007) + IP, odd.tag(3) + b"\x08\x06" + odd.arp(), odd.tag(0) + checked6(17, odd.UDP, 6),
    mpls((100, 3, 9), payload=IP[2:]), mpls((1, 0, 1), (2, 7, 255), payload=IP[2:]), mpls((1, 0, 1), (2, 7, 255), (3, 1, 2), (4, 1, 2), payload=bytes(30), ethertype=b"\x88\x48"), odd.tag(9) + mpls((100, 3, 9), payload=IP[2:]), mpls((7, 0, 7)),
]
FRAMES = [ETH + body for body in BODIES + odd.BASES] + [(ETH + IP)[:n] for n in (14, 15, 20, 33, 34, 40, 42)]


def out(port):
    return {"type": "output", "port": port}


def field(name, value, mask):
    return {"field": name, "value": hex(value), "mask": hex(mask)}


def put(key, *fields):
    return {"type": "set", "key": key, "fields": list(fields)}


def mac(text):
    return int(text.replace(":", ""), 16)


def ip(text):
    return int.from_bytes(bytes(int(part) for part in text.split(".")), "big")


M48, M32, M16, M8, M128 = 2**48 - 1, 2**32 - 1, 2**16 - 1, 255, 2**128 - 1
POP, PUSH = {"type": "pop_vlan"}, {"type": "push_vlan", "tpid": 0x8100, "tci": 0x1000 + 100 + (5 << 13)}
SIX = 0x20010DB8000000000000000000000077
LSE = (77 << 12) | (2 << 9) | (1 << 8) | 64
# odp text, and the same as data
CASES = [
    ("2", [out(2)]),
    ("2,3", [out(2), out(3)]),
    ("3,2,3", [out(3), out(2), out(3)]),
    ("push_vlan(vid=100,pcp=5),2", [PUSH, out(2)]),
    ("push_vlan(tpid=0x88a8,vid=1,pcp=0),2,pop_vlan,3", [dict(PUSH, tpid=0x88A8, tci=0x1001), out(2), POP, out(3)]),
    ("push_vlan(vid=100,pcp=5),push_vlan(vid=100,pcp=5),push_vlan(vid=100,pcp=5),2", [PUSH] * 3 + [out(2)]),
    ("pop_vlan,2", [POP, out(2)]),
    ("pop_vlan,pop_vlan,2,push_vlan(vid=100,pcp=5),3", [POP, POP, out(2), PUSH, out(3)]),
    ("set(eth(src=02:11:22:33:44:55)),2", [put("eth", field("dl_src", mac("02:11:22:33:44:55"), M48)), out(2)]),
    ("set(eth(src=02:11:22:33:44:55,dst=0a:0b:0c:0d:0e:0f)),2", [put("eth", field("dl_src", mac("02:11:22:33:44:55"), M48), field("dl_dst", mac("0a:0b:0c:0d:0e:0f"), M48)), out(2)]),
    ("set(eth(dst=01:00:00:00:00:03/01:00:00:00:00:ff)),2", [put("eth", field("dl_dst", mac("01:00:00:00:00:03"), mac("01:00:00:00:00:ff"))), out(2)]),
    ("set(ipv4(src=192.168.7.9)),2", [put("ipv4", field("nw_src", ip("192.168.7.9"), M32)), out(2)]),
    ("set(ipv4(dst=10.0.1.2)),2", [put("ipv4", field("nw_dst", ip("10.0.1.2"), M32)), out(2)]),
    ("set(ipv4(src=0.0.7.0/0.0.255.0,dst=255.255.255.255)),2", [put("ipv4", field("nw_src", ip("0.0.7.0"), ip("0.0.255.0")), field("nw_dst", M32, M32)), out(2)]),
    ("set(ipv4(tos=0x1c/0xfc)),2", [put("ipv4", field("nw_tos", 0x1C, 0xFC)), out(2)]),
    ("set(ipv4(ttl=63)),2,set(ipv4(ttl=1)),3", [put("ipv4", field("nw_ttl", 63, M8)), out(2), put("ipv4", field("nw_ttl", 1, M8)), out(3)]),
    ("set(ipv4(src=1.2.3.4,dst=5.6.7.8,tos=0xff,ttl=255)),2", [put("ipv4", field("nw_src", ip("1.2.3.4"), M32), field("nw_dst", ip("5.6.7.8"), M32), field("nw_tos", 255, M8), field("nw_ttl", 255, M8)), out(2)]),
    ("set(ipv6(src=2001:db8::77)),2", [put("ipv6", field("ipv6_src", SIX, M128)), out(2)]),
    ("set(ipv6(dst=2001:db8::77)),2", [put("ipv6", field("ipv6_dst", SIX, M128)), out(2)]),
    ("set(ipv6(src=2001:db8::77,dst=2001:db8::77,label=0x54321,tclass=0xa5,hlimit=7)),2", [put("ipv6", field("ipv6_src", SIX, M128), field("ipv6_dst", SIX, M128), field("ipv6_label", 0x54321, 0xFFFFF), field("nw_tos", 0xA5, M8), field("nw_ttl", 7, M8)), out(2)]),
    ("set(ipv6(dst=::77/::ffff,tclass=0x04/0xfc)),2", [put("ipv6", field("ipv6_dst", 0x77, M16), field("nw_tos", 4, 0xFC)), out(2)]),
    ("set(tcp(src=1,dst=65535)),2", [put("tcp", field("tp_src", 1, M16), field("tp_dst", M16, M16)), out(2)]),
    ("set(tcp(dst=0x100/0xff00)),2", [put("tcp", field("tp_dst", 0x100, 0xFF00)), out(2)]),
    ("set(udp(src=1,dst=65535)),2", [put("udp", field("tp_src", 1, M16), field("tp_dst", M16, M16)), out(2)]),
    ("set(udp(src=4919)),2", [put("udp", field("tp_src", 4919, M16)), out(2)]),
    ("set(sctp(src=1000,dst=2000)),2", [put("sctp", field("tp_src", 1000, M16), field("tp_dst", 2000, M16)), out(2)]),
    ("set(sctp(dst=0x1/0xff)),2", [put("sctp", field("tp_dst", 1, 0xFF)), out(2)]),
    ("set(icmp(type=3,code=9)),2", [put("icmp", field("tp_src", 3, M8), field("tp_dst", 9, M8)), out(2)]),
    ("set(icmpv6(type=128,code=1)),2", [put("icmpv6", field("tp_src", 128, M8), field("tp_dst", 1, M8)), out(2)]),
    ("set(arp(sip=9.9.9.9,tip=8.8.8.8,op=2,sha=02:00:00:00:00:01,tha=02:00:00:00:00:02)),2", [put("arp", field("nw_src", ip("9.9.9.9"), M32), field("nw_dst", ip("8.8.8.8"), M32), field("nw_proto", 2, M16), field("arp_sha", mac("02:00:00:00:00:01"), M48), field("arp_tha", mac("02:00:00:00:00:02"), M48)), out(2)]),
    ("set(arp(sip=0.0.9.0/0.0.255.0,sha=02:00:00:00:00:01/ff:00:00:00:00:ff)),2", [put("arp", field("nw_src", ip("0.0.9.0"), ip("0.0.255.0")), field("arp_sha", mac("02:00:00:00:00:01"), mac("ff:00:00:00:00:ff"))), out(2)]),
    ("set(nd(target=2001:db8::77,sll=02:00:00:00:00:01,tll=02:00:00:00:00:02)),2", [put("nd", field("nd_target", SIX, M128), field("arp_sha", mac("02:00:00:00:00:01"), M48), field("arp_tha", mac("02:00:00:00:00:02"), M48)), out(2)]),
    ("set(nd(sll=0a:0b:0c:0d:0e:01)),2", [put("nd", field("arp_sha", mac("0a:0b:0c:0d:0e:01"), M48)), out(2)]),
    ("set(mpls(label=77,tc=2,ttl=64,bos=1)),2", [put("mpls", field("mpls_lse", LSE, M32)), out(2)]),
    ("push_vlan(vid=100,pcp=5),set(ipv4(dst=10.9.9.9,ttl=5)),set(udp(dst=99)),2", [PUSH, put("ipv4", field("nw_dst", ip("10.9.9.9"), M32), field("nw_ttl", 5, M8)), put("udp", field("tp_dst", 99, M16)), out(2)]),
    ("trunc(20),2,3", [{"type": "trunc", "maxLen": 20}, out(2), out(3)]),
    ("trunc(40),2,trunc(5),3,2", [{"type": "trunc", "maxLen": 40}, out(2), {"type": "trunc", "maxLen": 5}, out(3), out(2)]),
    ("trunc(30),push_vlan(vid=100,pcp=5),2,3", [{"type": "trunc", "maxLen": 30}, PUSH, out(2), out(3)]),
    ("clone(push_vlan(vid=100,pcp=5),2),3", [{"type": "clone", "actions": [PUSH, out(2)]}, out(3)]),
    ("clone(set(eth(src=02:11:22:33:44:55)),clone(pop_vlan,2),3),2,clone(3)", [{"type": "clone", "actions": [put("eth", field("dl_src", mac("02:11:22:33:44:55"), M48)), {"type": "clone", "actions": [POP, out(2)]}, out(3)]}, out(2), {"type": "clone", "actions": [out(3)]}]),
    ("trunc(25),clone(2),3", [{"type": "trunc", "maxLen": 25}, {"type": "clone", "actions": [out(2)]}, out(3)]),
    ("check_pkt_len(size=70,gt(2),le(3))", [{"type": "check_pkt_len", "size": 70, "greater": [out(2)], "lessOrEqual": [out(3)]}]),
    ("check_pkt_len(size=70,gt(push_vlan(vid=100,pcp=5),2),le(drop)),3", [{"type": "check_pkt_len", "size": 70, "greater": [PUSH, out(2)], "lessOrEqual": []}, out(3)]),
    ("trunc(30),check_pkt_len(size=40,gt(2),le(3)),3", [{"type": "trunc", "maxLen": 30}, {"type": "check_pkt_len", "size": 40, "greater": [out(2)], "lessOrEqual": [out(3)]}, out(3)]),
    ("sample(sample=100.0%,actions(set(eth(src=02:11:22:33:44:55)),2)),3", [{"type": "sample", "probability": M32, "actions": [put("eth", field("dl_src", mac("02:11:22:33:44:55"), M48)), out(2)]}, out(3)]),
    ("sample(sample=0.0%,actions(2)),3", [{"type": "sample", "probability": 0, "actions": [out(2)]}, out(3)]),
    ("9,2", [out(9), out(2)]),
    ("2,9", [out(2), out(9)]),
    ("2,pop_vlan", [out(2), POP]),
    ("drop", []),
]

# What dpctl does not read: OpenFlow rules, whose translation for each frame is recorded with what it makes of it.
RULES = [
    ["priority=0,actions=push_mpls:0x8847,output:2"],
    ["priority=0,actions=push_mpls:0x8848,push_mpls:0x8847,set_field:77->mpls_label,output:2"],
    ["priority=1,mpls,actions=pop_mpls:0x0800,output:2", "priority=1,mplsm,actions=pop_mpls:0x8848,output:2", "priority=0,actions=drop"],
    ["priority=1,mpls,actions=pop_mpls:0x8847,output:2,dec_mpls_ttl,output:3", "priority=0,actions=drop"],
    ["priority=0,actions=push_vlan:0x8100,set_field:4196->vlan_vid,push_mpls:0x8847,output:2"],
    ["priority=1,mpls,actions=dec_mpls_ttl,output:2", "priority=0,actions=push_mpls:0x8847,output:3,pop_mpls:0x8847,output:2"],
]
