#!/usr/bin/env python3
"""Make ../in/{tunnels,headers,echo}.pcap: what csum, 5tswap and icmpecho have to find their way through. Classic pcap, microseconds.

  tunnels  VXLAN, VXLAN-GPE, Geneve, GTP, GRE, IP in IP; IPv4 and IPv6 inside and outside, tags, options, checksums right, wrong and 0
  headers  IPv4 and IPv6 whose lengths lie, short and long header lengths, fragments, extension headers, SCTP, trailers, deep tag stacks
  echo     ARP and ICMP that icmpecho answers or not
Needs scapy. Deterministic."""
import os
import random
import struct

from scapy.all import ARP, ICMP, IP, SCTP, TCP, UDP, Dot1Q, Ether, IPv6, Raw
from scapy.layers.inet6 import IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import GRE

HERE = os.path.dirname(os.path.abspath(__file__))
IN = os.path.join(HERE, '..', 'in')
A, B = '00:10:94:00:00:01', '00:10:94:00:00:02'
A4, B4, A6, B6 = '192.168.1.1', '192.168.2.2', '2001:db8:1::1', '2001:db8:2::2'
rnd = random.Random(20261120)


def pay(n):
    return Raw(bytes(rnd.randrange(256) for _ in range(n)))


E = Ether(src=A, dst=B)
I4, I6 = IP(src='10.0.0.1', dst='10.0.0.2'), IPv6(src='fd00::1', dst='fd00::2')
INNERS = [I4 / UDP(sport=1, dport=2) / pay(20), I4 / TCP(sport=3, dport=4) / pay(33), I6 / UDP(sport=5, dport=6) / pay(18),
          I6 / TCP(sport=7, dport=8) / pay(5), I4 / UDP(sport=1, dport=2, chksum=0) / pay(20), I4 / ICMP() / pay(8),
          IP(src='10.0.0.1', dst='10.0.0.2', chksum=0x1234) / TCP(sport=9, dport=10, chksum=0x4321) / pay(40),
          I4 / SCTP(sport=5, dport=6) / pay(16)]
OUT4, OUT6 = IP(src=A4, dst=B4), IPv6(src=A6, dst=B6)


def udp(outer, port, payload, sum=0, sport=5555):
    return E / outer / UDP(sport=sport, dport=port, chksum=sum) / Raw(payload)


def vxlan(inner):
    return b'\x08\0\0\0\0\0\x2a\0' + bytes(inner)


def gpe(inner, next):
    return bytes([0x0c, 0, 0, next, 0, 0, 0x2b, 0]) + bytes(inner)


def geneve(inner, proto, words=0):
    return bytes([words, 0]) + struct.pack('>H', proto) + b'\0\0\x2c\0' + bytes(range(words * 4)) + bytes(inner)


def gtp(inner, flags=0x30, type=0xff, extra=b''):
    return bytes([flags, type]) + struct.pack('>HI', len(extra) + len(bytes(inner)), 77) + extra + bytes(inner)


tunnels = []
for n, inner in enumerate(INNERS):
    six = 2 <= n <= 3
    for outer in (OUT4, OUT6):
        for sum in (0, 0xbeef, None):
            u = lambda port, payload: udp(outer, port, payload, sum)
            tunnels += [u(4789, vxlan(E / inner)), u(4790, gpe(inner, 2 if six else 1)), u(6081, geneve(inner, 0x86dd if six else 0x0800)),
                        u(2152, gtp(inner))]
        tunnels += [E / outer / GRE(proto=0x86dd if six else 0x0800) / inner, E / outer / GRE(proto=0x6558) / Raw(bytes(E / inner))]
    tunnels += [E / IP(src=A4, dst=B4, proto=4) / Raw(bytes(inner)), E / IPv6(src=A6, dst=B6, nh=4) / Raw(bytes(inner)),
                E / IP(src=A4, dst=B4, proto=41) / Raw(bytes(inner))]
X = INNERS[0]
tunnels += [
    udp(OUT4, 4789, vxlan(E / Dot1Q(vlan=5) / X)), udp(OUT4, 4789, vxlan(E / ARP())), udp(OUT4, 4789, vxlan(E / Dot1Q(vlan=5) / Dot1Q(vlan=6) / INNERS[1])),
    E / Dot1Q(vlan=9) / OUT4 / UDP(sport=1, dport=4789, chksum=7) / Raw(vxlan(E / INNERS[3])),
    Ether(src=A, dst=B, type=0x88a8) / Dot1Q(vlan=9) / Dot1Q(vlan=8) / OUT6 / UDP(sport=1, dport=6081) / Raw(geneve(E / X, 0x6558)),
    udp(OUT4, 4790, gpe(E / X, 3), 5), udp(OUT4, 4790, gpe(X, 0), 5), udp(OUT4, 4790, gpe(X, 4), 5), udp(OUT4, 4790, gpe(INNERS[2], 1), 5),
    udp(OUT4, 6081, geneve(X, 0x0800, 3), 5), udp(OUT4, 6081, geneve(E / INNERS[1], 0x6558, 63), 5), udp(OUT4, 6081, geneve(X, 0), 5), udp(OUT4, 6081, geneve(X, 0x1234), 5),
    udp(OUT4, 6081, bytes([0xc1, 0]) + struct.pack('>H', 0x0800) + bytes(8) + bytes(X), 5),
    udp(OUT4, 2152, gtp(X, 0x34, extra=b'\0\0\0\0'), 5), udp(OUT4, 2152, gtp(X, 0x32, extra=b'\0\1\0\0'), 5), udp(OUT4, 2152, gtp(X, 0x31, extra=b'\0\0\0\0'), 5),
    udp(OUT4, 2152, gtp(b'', type=1), 5), udp(OUT4, 2152, gtp(b'\x50' + bytes(60)), 5), udp(OUT4, 2123, gtp(bytes(12), 0x48, 32), 5),
    udp(OUT4, 7000, gtp(X), 5, sport=2123), udp(OUT4, 7000, gtp(X), 5, sport=2152), udp(OUT6, 2152, gtp(INNERS[3]), 5),
    E / OUT4 / GRE(chksum_present=1, key_present=1, seqnum_present=1, key=7, seqence_number=8, proto=0x0800) / X,
    E / OUT4 / GRE(key_present=1, key=7, proto=0x86dd) / INNERS[2], E / OUT4 / GRE(seqnum_present=1, proto=0x6558) / Raw(bytes(E / INNERS[1])),
    E / OUT4 / GRE(proto=0x8847) / pay(40),
    # after a UDP tunnel in the same burst, IP in IP takes that one's outer protocol for its own
    udp(OUT4, 4789, vxlan(E / X), 5), E / IP(src=A4, dst=B4, proto=4) / IP(src='10.0.0.1', dst='10.0.0.2', flags='DF') / UDP(sport=1, dport=2) / pay(20),
    E / IP(src=A4, dst=B4, proto=4) / IPv6(src='fd00::1', dst='fd00::2') / UDP(sport=1, dport=2) / pay(20),
    E / OUT4 / GRE(proto=0x0800) / X, E / IP(src=A4, dst=B4, proto=4) / IP(src='10.0.0.1', dst='10.0.0.2', flags='DF') / TCP() / pay(9),
    E / IP(src=A4, dst=B4, proto=4) / Raw(b'\x50' + bytes(40)),
    E / IP(src=A4, dst=B4, ihl=7, options=[]) / Raw(bytes(8)) / UDP(sport=1, dport=4789, chksum=5) / Raw(vxlan(E / X)),
    udp(IP(src=A4, dst=B4, len=60), 4789, vxlan(E / X), 5), udp(IP(src=A4, dst=B4, len=6000), 4789, vxlan(E / X), 5),
    Raw(bytes(udp(OUT4, 4789, vxlan(E / X), 5))[:60]), Raw(bytes(udp(OUT4, 4789, vxlan(E / X), 5))[:80]), Raw(bytes(udp(OUT4, 4789, vxlan(E / X), 5))[:46]),
    udp(OUT4, 4789, vxlan(E / I4 / UDP(sport=1, dport=2) / pay(1601)), 5), udp(OUT4, 4789, vxlan(E / I6 / TCP(sport=1, dport=2) / pay(4001)), 5),
]

headers = []
for n in range(16):  # header lengths of 0 to 60 bytes, whatever they say
    head = struct.pack('>BBHHHBBH4s4s', 0x40 | n, 0, 90, n, 0, 64, (6, 17, 132)[n % 3], 0xabcd, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    headers.append(Raw(bytes(Ether(src=A, dst=B, type=0x0800)) + head + bytes(pay(80))))
for total in (0, 19, 20, 21, 28, 29, 45, 46, 47, 60, 61, 1500, 65535):
    headers += [E / IP(src=A4, dst=B4, len=total) / UDP(sport=1, dport=2, chksum=9) / pay(19), E / IP(src=A4, dst=B4, len=total) / TCP(sport=1, dport=2) / pay(7),
                E / IPv6(src=A6, dst=B6, plen=total) / UDP(sport=1, dport=2, chksum=9) / pay(19), E / IPv6(src=A6, dst=B6, plen=total) / TCP() / pay(8)]
for n in list(range(0, 40)) + [63, 64, 65, 100, 127, 128, 129, 255, 256, 1000, 1459, 1460, 1998, 1999, 2005, 2006, 2007, 3000, 3001, 8000]:
    headers.append(E / IP(src=A4, dst=B4, id=n) / UDP(sport=n, dport=n + 1) / pay(n))
    headers.append(E / IPv6(src=A6, dst=B6) / TCP(sport=n, dport=n + 1) / pay(n))
for n in range(0, 65536, 4096):  # payload words that bring the UDP sum to 0 and near it
    head = IP(src=A4, dst=B4) / UDP(sport=1, dport=2) / Raw(b'\0\0')
    sum = UDP(bytes(IP(bytes(head))[UDP])).chksum
    headers.append(E / IP(src=A4, dst=B4) / UDP(sport=1, dport=2, chksum=1) / Raw(struct.pack('>H', (sum + n) & 0xffff)))
for tags in (1, 2, 3, 4, 8, 20):
    p = Ether(src=A, dst=B)
    for i in range(tags):
        p = p / Dot1Q(vlan=i + 1)
    headers += [p / IP(src=A4, dst=B4) / UDP(sport=1, dport=2) / pay(30), p / IPv6(src=A6, dst=B6) / TCP(sport=1, dport=2) / pay(30), p / ARP()]
headers += [Raw(bytes(Ether(src=A, dst=B, type=t)) + struct.pack('>HH', 5, 0x0800) + bytes(IP(src=A4, dst=B4) / UDP(sport=1, dport=2) / pay(9))) for t in (0x88a8, 0x9100, 0x9200)]
headers += [E / IPv6(src=A6, dst=B6) / e / UDP(sport=1, dport=2) / pay(9) for e in (IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(), IPv6ExtHdrFragment(m=1), IPv6ExtHdrHopByHop() / IPv6ExtHdrFragment(offset=3))]
headers += [E / IP(src=A4, dst=B4, flags=f, frag=o) / UDP(sport=1, dport=2, chksum=5) / pay(24) for f, o in (('MF', 0), ('MF', 3), (0, 3), ('DF', 0))]
headers += [E / IP(src=A4, dst=B4) / SCTP(sport=1, dport=2, chksum=0x01020304) / pay(n) for n in (0, 1, 2, 3, 4)] + [E / IPv6(src=A6, dst=B6, nh=132) / SCTP(sport=1, dport=2) / pay(4)]
headers += [E / IP(src=A4, dst=B4) / UDP(sport=1, dport=2) / pay(4) / Raw(b''), Raw(bytes(E / IP(src=A4, dst=B4) / UDP(sport=1, dport=2) / pay(4)) + b'trailer of Ethernet'),
            Raw(bytes(E / IPv6(src=A6, dst=B6) / UDP(sport=1, dport=2) / pay(4)) + b'trailer'), E / IP(src=A4, dst=B4) / TCP(dataofs=15) / pay(50), E / IP(src=A4, dst=B4) / TCP(dataofs=0) / pay(50)]
for whole in (E / IP(src=A4, dst=B4) / UDP(sport=1, dport=2) / pay(30), E / IPv6(src=A6, dst=B6) / TCP(sport=1, dport=2) / pay(30)):
    headers += [Raw(bytes(whole)[:n]) for n in range(1, 76, 3)]

P = lambda **k: Ether(src=A, dst=B) / IP(src=A4, dst=k.get('to', B4), **{x: k[x] for x in k if x in ('options', 'ttl', 'chksum', 'ihl', 'flags')})
req = ICMP(type=8, id=3, seq=4)
echo = [Ether(src=A, dst='ff:ff:ff:ff:ff:ff') / ARP(op=1, hwsrc=A, psrc=A4, pdst=p) for p in (B4, '1.2.3.4', A4)]
echo += [E / ARP(op=o, hwsrc=A, psrc=A4, pdst=B4) for o in (0, 1, 2, 3, 4, 8, 256)]
echo += [E / ARP(op=1, hwtype=6), E / ARP(op=1, ptype=0x86dd), E / ARP(op=1, hwlen=8), E / ARP(op=1, plen=16),
         E / Dot1Q(vlan=5, prio=3) / ARP(op=1, hwsrc=A, psrc=A4, pdst=B4), E / Dot1Q(vlan=5) / Dot1Q(vlan=6) / ARP(op=1), Ether(src=A, dst=B, type=0x88a8) / Dot1Q(vlan=5) / ARP(op=1)]
echo += [P(to=t) / req / pay(n) for t, n in ((B4, 56), ('224.0.0.1', 8), ('224.255.1.1', 9), ('239.1.1.1', 10), ('225.0.0.5', 11), ('255.255.255.255', 12), ('0.0.0.0', 0))]
echo += [Ether(src=A, dst=B) / IP(src=s, dst='224.0.0.5') / req / pay(18) for s in ('10.0.0.0', '10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.253')]
echo += [Ether(src=A, dst='ff:ff:ff:ff:ff:ff') / IP(src=A4, dst='192.168.2.255') / req / pay(18), P() / ICMP(type=8, code=1) / pay(8), P() / ICMP(type=0) / pay(8), P() / ICMP(type=13) / pay(8),
         P() / ICMP(type=8, chksum=0) / pay(8), P() / ICMP(type=8, chksum=0xffff) / pay(8), P() / ICMP(type=8, chksum=0xf7ff) / pay(8), P() / ICMP(type=8, chksum=0xf800) / pay(8), P(chksum=1) / req / pay(8),
         E / Dot1Q(vlan=7) / IP(src=A4, dst=B4) / req / pay(20), E / Dot1Q(vlan=7) / Dot1Q(vlan=8) / IP(src=A4, dst=B4) / req, E / IPv6(src=A6, dst=B6), P() / UDP() / pay(8),
         Raw(bytes(Ether(src=A, dst=B, type=0x0800)) + struct.pack('>BBHHHBBH4s4s', 0x46, 0, 60, 1, 0, 64, 1, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])) + b'\x08\0\xf7\xff' + bytes(pay(40))),
         Raw(bytes(P() / req)[:36]), Raw(bytes(P() / req)[:34]), Raw(bytes(E / ARP(op=1))[:22]), Raw(bytes(E / ARP(op=1))[:30]), Raw(b'\1'), P(flags='MF') / req / pay(8)]

for name, packets in (('tunnels', tunnels), ('headers', headers), ('echo', echo)):
    frames = [bytes(p) for p in packets]
    for i, p in enumerate(frames):
        assert 0 < len(p) <= 9000, (name, i, len(p))
    with open(os.path.join(IN, name + '.pcap'), 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for i, p in enumerate(frames):
            f.write(struct.pack('<IIII', 1700000000, i, len(p), len(p)) + p)
    print(name, len(frames))
