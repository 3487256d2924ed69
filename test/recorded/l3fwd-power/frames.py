#!/usr/bin/env python3
"""Writes routes.pcap: frames that meet each rule of l3fwd-power: every route and none, header checks, lengths, TTLs, what is no IPv4."""
import struct
import sys

PORTS = 8


def ones(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(dst, ttl=64, version=4, ihl=5, total=None, checksum=None, options=b"", payload=26, source="10.0.0.1", tos=0):
    body = bytes((7 * i) & 0xFF for i in range(payload))
    head = struct.pack("!BBHHHBBH", version << 4 | ihl, tos, 20 + len(options) + payload if total is None else total, 1, 0, ttl, 17, 0)
    head += bytes(map(int, source.split("."))) + bytes(map(int, dst.split("."))) + options
    right = ones((head + body)[: max(ihl, 0) * 4])
    value = right if checksum is None else checksum(right)
    return head[:10] + struct.pack("!H", value) + head[12:] + body


def ether(payload, kind=0x0800, dst="02:00:00:00:01:00", src="02:00:00:00:02:00"):
    address = lambda text: bytes(int(part, 16) for part in text.split(":"))
    return address(dst) + address(src) + struct.pack("!H", kind) + payload


def frames():
    for n in range(1, PORTS + 2):
        yield ether(ipv4(f"{n}.1.1.1"))
    yield ether(ipv4("1.1.1.255"))
    yield ether(ipv4("1.1.2.1"))
    yield ether(ipv4("2.1.1.0"))
    yield ether(ipv4("10.0.0.9"))
    yield ether(ipv4("255.255.255.255"))
    yield ether(ipv4("224.0.0.1"), dst="01:00:5e:00:00:01")
    for ttl in (0, 1, 2, 255):
        yield ether(ipv4("1.1.1.1", ttl=ttl))
    yield ether(ipv4("1.1.1.1", checksum=lambda right: right ^ 1))
    yield ether(ipv4("1.1.1.1", checksum=lambda right: 0))
    yield ether(ipv4("1.1.1.1", version=6))
    yield ether(ipv4("1.1.1.1", version=5))
    for ihl in (0, 1, 4):
        yield ether(ipv4("1.1.1.1", ihl=ihl))
    yield ether(ipv4("1.1.1.1", ihl=6, options=b"\x01\x01\x01\x00"))
    yield ether(ipv4("1.1.1.1", ihl=15, options=bytes(40)))
    yield ether(ipv4("1.1.1.1", ihl=15, payload=10))
    for total in (0, 19, 20, 21, 46, 1000, 65535):
        yield ether(ipv4("1.1.1.1", total=total))
    for payload in (0, 1, 5, 6, 18, 100, 1000, 1480):
        yield ether(ipv4("2.1.1.9", payload=payload))
    yield ether(b"", 0x0800)
    yield ether(bytes(5), 0x0800)
    yield ether(bytes(46), 0x0800)
    yield ether(ipv4("1.1.1.1")[:18], 0x0800)
    yield ether(ipv4("1.1.1.1")[:20], 0x0800)
    yield ether(struct.pack("!HH", 5, 0x0800) + ipv4("1.1.1.1"), 0x8100)
    yield ether(b"\x60" + bytes(59), 0x86DD)
    yield ether(bytes(46), 0x0806)
    yield ether(bytes(46), 0x0026)
    yield ether(ipv4("1.1.1.1"), dst="ff:ff:ff:ff:ff:ff")
    # A sum of which the right value is 0: both zeros are the same number in ones' complement, not here.
    for i in range(65536):
        packet = ipv4("1.1.1.1", source=f"10.1.{i >> 8}.{i & 255}")
        if packet[10:12] == b"\0\0":
            yield ether(packet)
            yield ether(packet[:10] + b"\xff\xff" + packet[12:])
            break


def main(path):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(frames()):
            out.write(struct.pack("<IIII", i // 100, i % 100 * 10000, len(frame), len(frame)) + frame)


if __name__ == "__main__":
    main(sys.argv[1])
