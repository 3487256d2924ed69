#!/usr/bin/python3
"""Makes ovs/odd.pcap.gz: frames whose headers are cut, lie, or are rare, for record-ovs.py. Each base frame comes whole, cut at every length from
14 bytes on, and with one or two bytes changed (seeded)."""
import gzip, os, random, struct

HERE = os.path.dirname(os.path.abspath(__file__))
ETH = bytes.fromhex("525400000002" "525400000001")
V6 = bytes.fromhex("20010db8000100000000000000000001" "20010db8000200000000000000000002")
SLL, TLL = b"\x01\x01" + bytes.fromhex("0a0b0c0d0e01"), b"\x02\x01" + bytes.fromhex("0a0b0c0d0e02")
TARGET = bytes.fromhex("fe80000000000000025300fffe0000aa")


def ipv4(proto, l4, frag=0, options=b"", tos=0, ttl=64, total=None):
    length = 20 + len(options) + len(l4) if total is None else total
    return b"\x08\x00" + struct.pack(">BBHHHBBH", 0x45 + len(options) // 4, tos, length, 7, frag, ttl, proto, 0) + bytes([10, 0, 0, 1, 10, 0, 1, 2]) + options + l4


def ipv6(proto, l4, flow=0x60012345, plen=None, hlim=64):
    return b"\x86\xdd" + struct.pack(">IHBB", flow, len(l4) if plen is None else plen, proto, hlim) + V6 + l4


def arp(op=1, hrd=1, pro=0x800, hln=6, pln=4):
    return struct.pack(">HHBBH", hrd, pro, hln, pln, op) + bytes.fromhex("525400000001" "0a000001" "5254000000ff" "0a000002") + bytes(18)


def tag(tci, tpid=0x8100):
    return struct.pack(">HH", tpid, tci)


def nd(options, kind=135, code=0, flags=0xe0000001):
    return struct.pack(">BBHI", kind, code, 0, flags) + TARGET + options


UDP = struct.pack(">HHHH", 1234, 53, 26, 0) + bytes(18)
TCP = struct.pack(">HHIIHHHH", 40000, 80, 1, 2, 0x5012, 512, 0, 0)
SCTP = struct.pack(">HHII", 7, 8, 9, 0) + bytes(4)
ICMP = struct.pack(">BBHHH", 8, 3, 0, 1, 2) + bytes(8)
IGMP = struct.pack(">BBH", 0x16, 5, 0) + bytes([224, 1, 2, 3])


def ext(nxt, words=0):
    return bytes([nxt, words]) + bytes(6 + 8 * words)


def frag(nxt, offset):
    return struct.pack(">BBHI", nxt, 0, offset, 99)


BASES = [
    ipv4(17, UDP), ipv4(6, TCP, tos=0xb9, ttl=1), ipv4(132, SCTP), ipv4(1, ICMP), ipv4(2, IGMP), ipv4(58, nd(SLL)), ipv4(47, UDP), ipv4(0, UDP),
    ipv4(6, TCP[:12] + b"\x6f\xff" + TCP[14:] + bytes(4)), ipv4(6, TCP[:12] + b"\x40\x02" + TCP[14:]), ipv4(6, TCP[:12] + b"\xf0\x02" + TCP[14:]),
    ipv4(17, UDP, options=bytes([1] * 8)), ipv4(17, UDP, frag=0x2000), ipv4(17, UDP, frag=0x2010), ipv4(17, UDP, frag=0x10), ipv4(17, UDP, frag=0x4000),
    ipv4(17, UDP, frag=0x8000), ipv4(17, UDP, total=20), ipv4(17, UDP, total=27), ipv4(17, UDP, total=19), ipv4(17, UDP, total=0), ipv4(17, UDP, total=200),
    ipv4(17, UDP) + bytes(20), ipv4(6, b"") + bytes(26),
    ipv6(17, UDP), ipv6(6, TCP, flow=0x6fffffff), ipv6(132, SCTP), ipv6(58, ICMP), ipv6(1, ICMP), ipv6(2, IGMP), ipv6(59, b""), ipv6(47, UDP),
    ipv6(0, ext(17) + UDP), ipv6(0, ext(43, 1) + ext(60) + ext(6) + TCP), ipv6(60, ext(17, 5) + UDP), ipv6(51, bytes([17, 4]) + bytes(22) + UDP),
    ipv6(44, frag(17, 0) + UDP), ipv6(44, frag(17, 1) + UDP), ipv6(44, frag(17, 0x10) + UDP), ipv6(44, frag(17, 0x11) + UDP), ipv6(44, frag(17, 6) + UDP),
    ipv6(0, ext(44) + frag(60, 1) + ext(17) + UDP), ipv6(44, frag(0, 1) + ext(6) + TCP), ipv6(17, UDP, plen=0), ipv6(17, UDP, plen=8), ipv6(17, UDP, plen=99), ipv6(17, UDP) + bytes(9),
    ipv6(58, nd(SLL)), ipv6(58, nd(TLL, 136)), ipv6(58, nd(SLL + TLL)), ipv6(58, nd(TLL + SLL, 136)), ipv6(58, nd(SLL + SLL)), ipv6(58, nd(TLL + SLL + TLL)),
    ipv6(58, nd(b"\x01\x00" + bytes(6) + SLL)), ipv6(58, nd(b"\x01\x02" + bytes(14) + TLL)), ipv6(58, nd(b"\x05\x01" + bytes(6) + SLL)), ipv6(58, nd(b"\x01\x09" + bytes(6))), ipv6(58, nd(b"\x05\x02" + bytes(6))) + bytes(8) + SLL,
    ipv6(58, nd(b"\x01\x01" + bytes(6) + SLL)), ipv6(58, nd(b"")), ipv6(58, nd(SLL, 135, 1)), ipv6(58, nd(SLL, 134)), ipv6(58, nd(SLL, flags=0)),
    b"\x08\x06" + arp(), b"\x08\x06" + arp(2), b"\x08\x06" + arp(256), b"\x08\x06" + arp(0x1ff), b"\x08\x06" + arp(0), b"\x08\x06" + arp(hrd=6), b"\x08\x06" + arp(pro=0x86dd),
    b"\x08\x06" + arp(hln=8), b"\x08\x06" + arp(pln=16), b"\x80\x35" + arp(3), b"\x80\x35" + arp(300),
    tag(100) + ipv4(17, UDP), tag(0xffff) + ipv4(6, TCP), tag(0) + ipv4(17, UDP), tag(0x1000) + b"\x08\x06" + arp(), tag(5, 0x88a8) + ipv4(17, UDP),
    tag(5, 0x88a8) + tag(0x6006) + ipv4(17, UDP), tag(5, 0x88a8) + tag(6, 0x88a8) + ipv6(6, TCP), tag(1) + tag(2) + tag(3) + ipv4(17, UDP), tag(5, 0x9100) + ipv4(17, UDP),
    b"\x88\x47" + bytes.fromhex("00010140") + ipv4(17, UDP)[2:], b"\x88\x47" + bytes.fromhex("00010040" "00020140") + ipv4(17, UDP)[2:],
    b"\x88\x48" + bytes.fromhex("00010040" "00020040" "000303ff"), b"\x88\x47" + bytes.fromhex("00010e40" "00020040" "00030040" "00040140"), b"\x88\x47" + bytes.fromhex("00010040"),
    b"\x89\x4f" + bytes.fromhex("0fc60103" "00000106" "0000000a" "0000000b" "0000000c" "0000000d") + bytes(20), b"\x89\x4f" + bytes.fromhex("20020203" "00112233") + bytes(20),
    b"\x89\x4f" + bytes.fromhex("0fc50103" "00000106") + bytes(24), b"\x89\x4f" + bytes.fromhex("4fc60103" "00000106") + bytes(24), b"\x89\x4f" + bytes.fromhex("00010203" "00000106") + bytes(24),
    b"\x89\x4f" + bytes.fromhex("00010503" "00000106") + bytes(24),
    b"\x00\x2e\xaa\xaa\x03\x00\x00\x00" + ipv4(17, UDP), b"\x00\x2e\xaa\xaa\x03\x00\x00\x00\x05\xff" + bytes(30), b"\x00\x2e\xaa\xaa\x03\x00\x00\xf8" + ipv4(17, UDP), b"\x05\xff\x42\x42\x03" + bytes(40),
    tag(9) + b"\x00\x2e\xaa\xaa\x03\x00\x00\x00" + ipv6(17, UDP), b"\x88\xcc" + bytes(20), b"\x06\x00" + bytes(46), b"\x00\x00" + bytes(46),
]


def frames():
    chance = random.Random(31)
    for body in BASES:
        whole = ETH + body
        yield whole
        for n in range(14, len(whole)):
            yield whole[:n]
        for _ in range(12):
            changed = bytearray(whole)
            for _ in range(chance.randint(1, 2)):
                changed[chance.randrange(12, min(len(whole), 80))] = chance.choice([0, 1, 6, 8, 17, 43, 44, 58, 60, 0x45, 0x81, 255, chance.randrange(256)])
            yield bytes(changed)


def pcap(packets):
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for i, packet in enumerate(packets):
        out.append(struct.pack("<IIII", 1700000000, i, len(packet), len(packet)) + packet)
    return b"".join(out)


if __name__ == "__main__":
    with open(os.path.join(HERE, "ovs", "odd.pcap.gz"), "wb") as file:
        file.write(gzip.compress(pcap(frames()), 9, mtime=0))
