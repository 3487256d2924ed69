#!/usr/bin/env python3
"""Records what the real dpdk-testpmd (22.11) prints for command lines: testpmd-options/*.txt, which test/testpmd compares with.

Run as root on a machine with CPUs 0 and 1 online: python3 test/recorded/record-options.py [group...]
Each case is the name of its common arguments and its own, the exit code, and the lines of both streams. Most cases end with -h
behind `--`, which prints testpmd's usage once all before it has been read. Usage texts are kept once, in usage-*.txt, and the
lines that EAL starts with stand as {start}. `1|` and `2|` begin a line of standard output and error; `1/` and `2/` one without
an end. bases.json holds the common arguments.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "testpmd-options")
PROGRAM = "dpdk-testpmd"
EAL = ["--no-pci", "--no-huge", "-m", "64", "--file-prefix", "options"]
LCORES = ["--lcores", "0@0,1@0"]
PORTS = ["--vdev", "net_null0", "--vdev", "net_null1"]
BASES = {
    "eal": EAL,
    "ports": EAL + LCORES + PORTS + ["--"],
    "no-ports": EAL + LCORES + ["--"],
    "four-lcores": EAL + ["--lcores", "(0-3)@0"] + PORTS + ["--"],
    "pcap": EAL + LCORES + ["--vdev", "net_pcap0,rx_pcap=in.pcap,rx_pcap=in.pcap", "--vdev", "net_null0", "--"],
    "interactive": EAL + LCORES + PORTS + ["--", "-i", "--no-mlockall", "--total-num-mbufs=1100"],
}
START = """EAL: Detected CPU lcores: 2
EAL: Detected NUMA nodes: 1
EAL: Detected shared linkage of DPDK
EAL: Multi-process socket /var/run/dpdk/options/mp_socket
EAL: Physical addresses are unavailable, selecting IOVA as VA mode.
EAL: Selected IOVA mode 'VA'
"""


def run(words):
    files = {
        "in.pcap": bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"),
        "empty": b"",
        "text": b"no capture at all, but some words",
        "short": b"x",
        "magic": bytes.fromhex("d4c3b2a1"),
        "cut": bytes.fromhex("d4c3b2a1020004000000000000000000ffff0000010000"),
        "version": bytes.fromhex("d4c3b2a1030004000000000000000000ffff000001000000"),
        "old": bytes.fromhex("d4c3b2a1010004000000000000000000ffff000001000000"),
        "peers": b"02:00:00:00:00:11\n02:00:00:00:00:12\n",
        "peer": b"0200:0000:0011",
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        os.mkdir(os.path.join(folder, "dir"))
        done = subprocess.run([PROGRAM, *words], cwd=folder, input=b"quit\n", capture_output=True, timeout=20)
        return done.returncode, done.stdout.decode(), done.stderr.decode()


def without_usage(text):
    text = re.sub(r"\nUsage: \S+ \[options\]\n.*?specified\.\n\n\Z", "{usage of EAL}\n", text, flags=re.S)
    counts = r".*?\(1 <= N <= (-?\d+)\).*?\(1 <= N <= (-?\d+)\).*?hairpin port self\n"
    return re.sub(r"\nUsage: \S+ \[EAL options\]" + counts, r"{usage of testpmd: \1 lcores, \2 ports}\n", text, flags=re.S)


def options_only(out, err):
    """Of a run that goes on: what was printed before the pools were made."""
    return out.split("Configuring Port")[0], err.split("testpmd: create a new mbuf pool")[0]


def marked(stream, text):
    lines = text.split("\n")
    last = lines.pop()
    return [f"{stream}|{line}" for line in lines] + ([f"{stream}/{last}"] if last else [])


def record(group, cases, trim=False):
    with open(os.path.join(HERE, f"{group}.txt"), "w") as file:
        for base, words in cases:
            code, out, err = run(BASES[base] + words)
            if trim:
                out, err = options_only(out, err)
            lines = [f"{base} {json.dumps(words)}", f"exit {code}"]
            lines += [*marked(1, without_usage(out)), *marked(2, err.replace(START, "{start}\n"))]
            file.write("\n".join(lines) + "\n\n")
    print(group, len(cases))


def eal_cases():
    alone = [
        [], ["-v"], ["-vv"], ["--foo"], ["--t"], ["--no-hug"], ["--no-huge=3"], ["-xyz"], ["-i"], ["-w", "0000:00:01.0"],
        ["-h"], ["--help"], ["--hel"], ["operand"], ["operand", "-v", "more"], ["-"],
        ["--log-level=4"], ["--log-level=notice"], ["--log-level=n"], ["--log-level=lib.eal:4"], ["--log-level=lib.*:warning"],
        ["--log-level=^lib\\.eal$,5"], ["--log-level=testpmd:1"], ["--log-level=9"], ["--log-level=0"], ["--log-level=foo"],
        ["--log-level=foo:bar"], ["--log-level=[,8"], ["--log-level=foo", "--log-level=1"], ["--log-level=1", "--log-level=8"],
        ["--log-level=help"], ["--log-level=eal:5"], ["--foo", "--log-level=1"], ["--log-level", ""],
        ["-l", "0"], ["-l", "1"], ["-l", "0-1"], ["-l", "0,1"], ["-l", "1,0"], ["-l", " 0 , 1 "], ["-l", "0,2"], ["-l", "1-0"],
        ["-l", ""], ["-l", "x"], ["-l", ",1"], ["-l", "0,"], ["-l", "0-"], ["-l", "-1"], ["-l", "200"], ["-l", "0,200,300"],
        ["-l", "0-1000"], ["-l", "0,0,1"], ["-c", "3"], ["-c", "0x3"], ["-c", "0X3 "], ["-c", "1"], ["-c", "0x"], ["-c", "0"],
        ["-c", "7"], ["-c", "zz"], ["-c", ""], ["-c", "100000000000000000000000000000000"],
        ["-l", "0-1", "-c", "3"], ["-c", "3", "-l", "0-1"], ["-l", "0-1", "-l", "0-1"], ["-l", "0-1", "--lcores", "0-1"],
        ["--lcores", "0@0,1@0"], ["--lcores", "0@0,1@1"], ["--lcores", "0-1"], ["--lcores", "1-0"], ["--lcores", "(0-1)"],
        ["--lcores", "(0-1)@0"], ["--lcores", "(0,1)@(0,1)"], ["--lcores", "0@(0-1),5@1"], ["--lcores", "0@5"],
        ["--lcores", "0@0,1@1)"], ["--lcores", "(0-1"], ["--lcores", "130@0,0@0"], ["--lcores", "(128-130)@0"],
        ["--lcores", ""], ["--lcores", "x"], ["--lcores", "0@"], ["--lcores", "@0"], ["--lcores", "0@0 , 7@1"],
        ["--lcores", "0,1,"], ["--lcores", "0-1@0"], ["--lcores", "0-3@0-1"], ["--lcores", "0@0-1,3@(0)"],
        ["--lcores", "(0-1-2)@0"], ["--lcores", "0-2000@0"], ["--lcores", "(0 , 3-4)@0"], ["--lcores", "0,2"],
        ["--main-lcore", "1"], ["--main-lcore", "5"], ["--main-lcore", "x"], ["--main-lcore", ""], ["--main-lcore", "0x1"],
        ["--main-lcore", "128"], ["--main-lcore", "1x"], ["--lcores", "(0-3)@0", "--main-lcore", "2"],
        ["-s", "2"], ["-S", "1"], ["-S", "1", "-l", "0-1"], ["-l", "0", "-S", "1"], ["-c", "1", "-s", "2"], ["-s", "8"],
        ["-s", "0"], ["-S", "x"], ["-S", "128"], ["--main-lcore", "1", "-s", "2"], ["--main-lcore", "1", "-S", "1"],
        ["-S", "1", "--main-lcore", "1"], ["--lcores", "(0-3)@0", "-S", "3"],
        ["-m", "0"], ["-m", "x"], ["-m"], ["-n", "4"], ["-n4"], ["-n", "0"], ["-n", "x"], ["-r", "1"], ["-r", "16"], ["-r", "17"],
        ["-r", "0"], ["-r", "-1"], ["--socket-mem", "64"], ["--socket-mem", "64x"], ["--socket-mem", ""], ["--socket-limit", "64"],
        ["--socket-limit", "1,,2"], ["--legacy-mem"], ["--match-allocations"], ["--single-file-segments"], ["--in-memory"],
        ["--no-shconf"], ["--huge-unlink"], ["--huge-unlink=always"], ["--huge-unlink=existing"], ["--huge-unlink=never"],
        ["--huge-unlink=foo"], ["--huge-worker-stack"], ["--huge-worker-stack=0"], ["--huge-worker-stack=64"], ["--huge-dir="],
        ["--huge-dir=/mnt"], ["--file-prefix="], ["--file-prefix=a%b"], ["--file-prefix=options2"], ["--mbuf-pool-ops-name="],
        ["--mbuf-pool-ops-name=x"], ["--base-virtaddr=xyz"], ["--base-virtaddr=0x100000000"], ["--base-virtaddr="],
        ["--create-uio-dev"], ["--vfio-intr=msi"], ["--vfio-intr=foo"], ["--vfio-vf-token=foo"],
        ["--vfio-vf-token=14d63f20-8445-11ea-8900-1f9ce7d5650d"], ["--vmware-tsc-map"], ["--no-hpet"], ["--telemetry"],
        ["--no-telemetry"], ["--trace=foo"], ["--trace-bufsz=1M"], ["--trace-bufsz=0"], ["--trace-bufsz=x"], ["--trace-mode=o"],
        ["--trace-mode=discard"], ["--trace-mode=x"], ["--trace-mode="], ["--syslog", "local0"], ["--syslog", "foo"],
        ["--force-max-simd-bitwidth=512"], ["--force-max-simd-bitwidth=0"], ["--force-max-simd-bitwidth=100"],
        ["--force-max-simd-bitwidth=32"], ["--force-max-simd-bitwidth=65536"], ["--force-max-simd-bitwidth="],
        ["--force-max-simd-bitwidth=512", "--force-max-simd-bitwidth=256"], ["--iova-mode=pa"], ["--iova-mode=va"],
        ["--iova-mode=xx"], ["--proc-type=primary"], ["--proc-type=PRIMARY"], ["--proc-type=auto"], ["--proc-type=foo"],
        ["-a", "0000:00:01.0"], ["-a", "00:01.0,arg=1"], ["-a", "foo"], ["-b", "0000:00:01.0"], ["-b", "foo"],
        ["-a", "0000:00:01.0", "-b", "0000:00:02.0"], ["-b", "0000:00:01.0", "-a", "0000:00:02.0"], ["--allow=foo"],
        ["--vdev"], ["-l"], ["-lfoo"], ["--l=0"], ["--lc", "0-1"],
    ]
    cases = [words + ["--", "-h"] for words in alone] + [["--help"], ["--vdev"], ["-l"], ["operand"]]
    return [("eal", words) for words in cases]


def vdev_cases():
    lists = [[device] for device in [
        "net_foo0", "net_null", "net_nullx", "net_null0", "eth_null0", "eth_ring0", "eth_pcap0,tx_pcap=out.pcap", "virtio_user0",
        "", ",", "net_null0,", " net_null0", "net_null0;size=64", "Net_null0", "x" * 63, "net_null" + "0" * 56,
        "net_null" + "0" * 55, "vdev:net_null0", "vdev:net_null0,size=64", "vdev,net_null0", "vdev:foo", "pci:0000:00:01.0",
        "0000:00:01.0", "00:01.0", "bus=vdev,name=net_null0", "bus=vdev,name=net_null0/class=eth", "bus=vdev,name=foo",
        "bus=vdev,name=net_null0/driver=null,size=64", "bus=foo", "bus=vdev", "name=net_null0",
        "net_null0,size=128", "net_null0,size=0x40", "net_null0,size=abc", "net_null0,size=", "net_null0,size",
        "net_null0,size=0xffffffff", "net_null0,copy=1", "net_null0,copy=2", "net_null0,copy", "net_null0,no-rx=1",
        "net_null0,no-rx=2", "net_null0,no-rx=1,copy=1", "net_null0,bad=1", "net_null0,size=64,size=abc,copy=x", "net_null0,a=b=c",
        "net_null0,x=size=64", "net_null0,,size=64,", "net_null0,size=[1,2]",
        "net_pcap0", "net_pcap0,rx_pcap=in.pcap", "net_pcap0,rx_pcap=none", "net_pcap0,rx_pcap=", "net_pcap0,rx_pcap",
        "net_pcap0,rx_pcap=dir", "net_pcap0,rx_pcap=empty", "net_pcap0,rx_pcap=short", "net_pcap0,rx_pcap=text",
        "net_pcap0,rx_pcap=magic", "net_pcap0,rx_pcap=cut", "net_pcap0,rx_pcap=version", "net_pcap0,rx_pcap=old",
        "net_pcap0,tx_pcap=out.pcap", "net_pcap0,tx_pcap=none/out.pcap", "net_pcap0,tx_pcap=dir", "net_pcap0,tx_pcap=",
        "net_pcap0,tx_pcap", "net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap", "net_pcap0,rx_pcap=in.pcap,tx_pcap=dir",
        "net_pcap0,rx_pcap=none,tx_pcap=dir", "net_pcap0,bad=1", "net_pcap0,rx_pcap=in.pcap,bad=1",
        "net_pcap0,rx_pcap=in.pcap,infinite_rx=1", "net_pcap0,rx_pcap=in.pcap,infinite_rx=1,infinite_rx=1",
        "net_pcap0,infinite_rx=1", "net_pcap0,tx_pcap=out.pcap,infinite_rx=1,infinite_rx=1", "net_pcap0,phy_mac=1",
        "net_pcap0" + ",rx_pcap=in.pcap" * 16, "net_pcap0" + ",rx_pcap=in.pcap" * 17, "net_pcap0" + ",rx_pcap=in.pcap" * 32,
        "net_pcap0" + ",rx_pcap=in.pcap" * 33, "net_pcap0,rx_pcap=in.pcap,rx_iface=nope", "net_pcap0,iface=nope",
        "net_pcap0,rx_iface=nope", "net_pcap0,rx_iface_in=nope", "net_pcap0,tx_iface=nope", "net_pcap0,iface=a,iface=b",
        "net_ring0", "net_ring0,bad=1", "net_ring0,nodeaction=foo", "net_ring0,nodeaction=r:0", "net_ring0,nodeaction=r:0:CREATE",
        "net_ring0,nodeaction=r:x:CREATE", "net_ring0,nodeaction=r:0:FOO", "net_ring0,nodeaction=r:0:CREATE,nodeaction=x",
        "net_ring0,nodeaction=r:0:CREATE,nodeaction=s:0:CREATE",
        "net_vhost0", "net_vhost0,iface=sock", "net_vhost0,iface=", "net_vhost0,iface", "net_vhost0,iface=a,iface=b",
        "net_vhost0,queues=1", "net_vhost0,iface=sock,queues=2", "net_vhost0,iface=sock,queues=0", "net_vhost0,iface=sock,queues=1024",
        "net_vhost0,iface=sock,queues=1025", "net_vhost0,iface=sock,queues=65537", "net_vhost0,iface=sock,queues",
        "net_vhost0,iface=sock,client=1", "net_vhost0,iface=sock,client=2,tso=1,linear-buffer=1,ext-buffer=1",
        "net_vhost0,iface=sock,client", "net_vhost0,iface=sock,tso", "net_vhost0,iface=sock,bad=1",
        "net_vhost0,iface=sock,postcopy-support=1,iommu-support=1,legacy-ol-flags=1", "eth_vhost0,iface=sock",
        "net_virtio_user0", "net_virtio_user0,path=none", "net_virtio_user0,path", "net_virtio_user0,path=a,path=b",
        "net_virtio_user0,path=in.pcap", "net_virtio_user0,path=dir", "net_virtio_user0,bad=1", "net_virtio_user0,path=none,bad=1",
        "net_virtio_user0,path=none,iface=tap0", "net_virtio_user0,path=none,queues=2,cq=0", "net_virtio_user0,path=none,queues=9",
        "net_virtio_user0,path=none,queues=8", "net_virtio_user0,path=none,queues=99999999999999999999",
        "net_virtio_user0,path=none,queue_size", "net_virtio_user0,path=none,mac", "net_virtio_user0,path=none,server",
        "net_virtio_user0,path=none,cq", "net_virtio_user0,path=none,packed_vq", "net_virtio_user0,path=none,vectorized",
        "net_virtio_user0,path=none,mrg_rxbuf", "net_virtio_user0,path=none,in_order", "net_virtio_user0,path=none,queues",
        "net_virtio_user0,path=none,mac=xx,queue_size=100,speed=5", "net_virtio_user0,path=none,cq=0",
    ]]
    lists += [["net_null0", "net_null0"], ["net_null0", "net_null0,bad=1", "net_null1"], ["net_null0,bad=1", "net_null0"],
              ["net_null0,bad=1", "net_null1", "net_pcap0"], ["net_null0", "net_foo0", "net_null1"], ["net_null1", "net_null0"]]
    return [("eal", [w for device in devices for w in ("--vdev", device)] + ["--", "-h"]) for devices in lists]


def option_cases():
    numbers = ["-1", "0", "1", "x", "64k", "99999999999"]
    plain = "total-num-mbufs max-pkt-len max-lro-pkt-size nb-cores nb-ports latencystats bitrate-stats rxq txq rxd txd hairpinq " \
            "hairpin-mode burst flowgen-clones flowgen-flows mbcache txpt txht txwt txfreet txrst rxpt rxht rxwt rxfreet " \
            "rxq-share eth-link-speed tx-offloads rx-offloads vxlan-gpe-port geneve-parsed-port noisy-tx-sw-buffer-size " \
            "noisy-tx-sw-buffer-flushtime noisy-lkup-memory noisy-lkup-num-writes noisy-lkup-num-reads " \
            "noisy-lkup-num-reads-writes rx-mq-mode num-procs proc-id stats-period socket-num".split()
    flags = "interactive auto-start tx-first numa no-numa mp-anon disable-crc-strip enable-lro enable-rx-cksum " \
            "enable-rx-timestamp enable-scatter enable-hw-vlan enable-hw-vlan-filter enable-hw-vlan-strip enable-hw-vlan-extend " \
            "enable-hw-qinq-strip enable-drop-en disable-rss rss-ip rss-udp rss-level-outer rss-level-inner no-flush-rx " \
            "flow-isolate-all multi-rx-mempool txonly-multi-flow rxq-share disable-link-check disable-device-start " \
            "no-lsc-interrupt no-rmv-interrupt hot-plug mlockall no-mlockall no-iova-contig record-core-cycles " \
            "record-burst-stats help".split()
    single = [[f"--{name}={n}"] for name in plain for n in numbers] + [[f"--{name}"] for name in flags]
    single += [[f"--{name}"] for name in plain[:2]] + [["--help=1"], ["--numa=1"]]
    single += [[word] for word in [
        "-i", "-a", "-ia", "-h", "-x", "-iax", "--i", "--au", "--foo", "--foo=1", "--n", "--enable-hw", "--enable-hw-vlan-",
        "--tx", "--rx", "--no", "--tx-", "--noisy-lkup-num=1", "operand", "--", "-",
        "--burst=512", "--burst=513", "--rxq=1024", "--rxq=1025", "--rxq=65537", "--txq=1025", "--total-num-mbufs=1024",
        "--total-num-mbufs=1025", "--max-pkt-len=63", "--max-pkt-len=64", "--mbcache=512", "--mbcache=513", "--rx-mq-mode=0x7",
        "--rx-mq-mode=8", "--tx-offloads=0x7fffffff", "--tx-offloads=0x80000000", "--tx-offloads=zz", "--nb-cores=2", "--nb-ports=2",
        "--nb-ports=3", "--coremask=1", "--coremask=2", "--coremask=0x2", "--coremask=4", "--coremask=0", "--coremask=z",
        "--coremask=", "--coremask=3", "--portmask=1", "--portmask=3", "--portmask=0", "--portmask=4", "--portmask=z", "--portmask=",
        "--portmask=0x2", "--portlist=0", "--portlist=1,0", "--portlist=0-1", "--portlist=5", "--portlist=x", "--portlist=",
        "--portlist=0,,1", "--portlist= 1 , 0", "--portlist=0,0", "--portlist=1-0", "--portlist=32", "--portlist=0-1-2",
        "--eth-peer=0", "--eth-peer=0,xx", "--eth-peer=x,02:00:00:00:00:01", "--eth-peer=31,02:00:00:00:00:01",
        "--eth-peer=32,02:00:00:00:00:01", "--eth-peer=1,0200:0000:0001", "--eth-peer=1,2:0:0:0:0:1", "--eth-peers-configfile=peers",
        "--eth-peers-configfile=peer", "--eth-peers-configfile=empty", "--eth-peers-configfile=none", "--cmdline-file=foo",
        "--mbuf-size=2176", "--mbuf-size=0", "--mbuf-size=65535", "--mbuf-size=65536", "--mbuf-size=2176,1024", "--mbuf-size=x",
        "--mbuf-size=1,2,3,4,5,6,7,8", "--mbuf-size=1,2,3,4,5,6,7,8,9", "--mbuf-size=", "--txpkts=64", "--txpkts=41", "--txpkts=42",
        "--txpkts=64,64", "--txpkts=64,", "--txpkts=,64", "--txpkts=", "--txpkts=a", "--txpkts=2176", "--txpkts=2177",
        "--txpkts=4294967360", "--rxpkts=64,128", "--rxpkts=", "--rxpkts=x", "--rxpkts=65535", "--rxpkts=1,2,3,4,5,6,7,8",
        "--rxoffs=0,8", "--rxoffs=x", "--rxoffs=70000", "--rxhdrs=eth,ipv4", "--rxhdrs=foo", "--rxhdrs=", "--rxhdrs=inner-ipv6-tcp",
        "--rxhdrs=eth,eth,eth,eth,eth,eth,eth,eth", "--tx-ip=1.2.3.4,5.6.7.8", "--tx-ip=1.2.3.4", "--tx-ip=,", "--tx-ip=1.2.3,5.6.7.8",
        "--tx-ip=1.2.3.4,x", "--tx-ip=01.2.3.4,1.1.1.1", "--tx-ip=256.2.3.4,1.1.1.1", "--tx-udp=1", "--tx-udp=1,2", "--tx-udp=65535",
        "--tx-udp=65536", "--tx-udp=1,65536", "--tx-udp=x", "--tx-udp=1x", "--tx-udp=1,", "--tx-udp=1,2x", "--tx-udp=-1",
        "--port-topology=paired", "--port-topology=chained", "--port-topology=loop", "--port-topology=foo", "--mp-alloc=native",
        "--mp-alloc=anon", "--mp-alloc=xmem", "--mp-alloc=xmemhuge", "--mp-alloc=xbuf", "--mp-alloc=foo", "--forward-mode=io",
        "--forward-mode=mac", "--forward-mode=macswap", "--forward-mode=flowgen", "--forward-mode=rxonly", "--forward-mode=txonly",
        "--forward-mode=csum", "--forward-mode=icmpecho", "--forward-mode=noisy", "--forward-mode=5tswap",
        "--forward-mode=shared_rxq", "--forward-mode=ieee1588", "--forward-mode=bad", "--forward-mode=", "--stats-period=",
        "--stats-period=5", "--display-xstats=rx_good_packets,,foo", "--display-xstats=", "--eth-link-speed=10000",
        "--eth-link-speed=10", "--print-event=unknown", "--print-event=all", "--print-event=foo", "--mask-event=intr_lsc",
        "--mask-event=foo", "--port-numa-config=(0,0)", "--port-numa-config=(5,0)", "--port-numa-config=(0", "--port-numa-config=foo",
        "--port-numa-config=(0,256)", "--port-numa-config=(x,0)", "--port-numa-config=(0,1,2)", "--port-numa-config=(0,0),(1,0)",
        "--port-numa-config=(0)", "--ring-numa-config=(0,1,0)", "--ring-numa-config=(0,5,0)", "--ring-numa-config=(0,0,0)",
        "--ring-numa-config=(0,1)", "--ring-numa-config=(9,1,0)", "--socket-num=256", "--hairpinq=65536", "--rxq-share=",
    ]]
    single += [["--rxfreet=64", "--rxd=64"], ["--rxfreet=64", "--rxd=65"], ["--rxd=64", "--rxfreet=64"], ["--rxq=0", "--txq=0"],
               ["--rxq=0", "--txq=1"], ["--burst", "64"], ["--forward-mode", "mac", "-i"], ["-i", "operand", "-a"],
               ["--port-numa-config=(0,1)", "--socket-num=1"], ["--socket-num=1", "--port-numa-config=(0,1)"],
               ["--port-numa-config=(0,1)", "--socket-num=2"], ["--txq=2", "--txpkts=64,64"], ["--mbuf-size=1024", "--txpkts=1100"],
               ["--portlist=1", "--portlist=0,1"], ["--nb-ports=1", "--portmask=3"], ["--coremask=2", "--nb-cores=1"]]
    cases = [("ports", words + ["-h"]) for words in single]
    cases += [("no-ports", [word, "-h"]) for word in
              ["--rxq=1", "--rxq=0", "--burst=0", "--burst=1", "--nb-ports=1", "--portmask=1", "--portlist=0", "--hairpinq=1",
               "--hairpinq=0", "--port-numa-config=(0,0)"]]
    cases += [("four-lcores", words + ["-h"]) for words in
              [["--nb-cores=3"], ["--nb-cores=4"], ["--coremask=6"], ["--coremask=8"], ["--coremask=e", "--nb-cores=1"],
               ["--coremask=10"], ["--coremask=f"], ["--nb-cores=2", "--coremask=6"]]]
    cases += [("pcap", [word, "-h"]) for word in ["--rxq=2", "--rxq=3", "--txq=3", "--burst=0", "--hairpinq=2"]]
    return cases + [("eal", ["-l", "0", *PORTS, "--", "-i"])]


def together_cases():
    """Without -h at their end: what is judged when all options have been read."""
    words = [["--proc-id=1"], ["--num-procs=0"], ["--num-procs=2", "--proc-id=1"], ["--num-procs=-1"], ["--proc-id=-1"],
             ["--no-iova-contig"], ["--no-iova-contig", "--mp-alloc=anon"], ["--no-iova-contig", "--mp-alloc=xmem"], ["operand"],
             ["--", "operand"], ["--burst=64", "operand", "--rxq=1"], []]
    return [("interactive", w) for w in words]


def common():
    with open(os.path.join(HERE, "bases.json"), "w") as file:
        json.dump(BASES, file, indent=1)
        file.write("\n")
    for name, words in {"eal": ["-h"], "testpmd": [*BASES["ports"], "-h"]}.items():
        with open(os.path.join(HERE, f"usage-{name}.txt"), "w") as file:
            file.write(run(words)[1])


GROUPS = {
    "eal": lambda: record("eal", eal_cases()),
    "vdev": lambda: record("vdev", vdev_cases()),
    "options": lambda: record("options", option_cases()),
    "together": lambda: record("together", together_cases(), trim=True),
    "common": common,
}
for name in sys.argv[1:] or GROUPS:
    GROUPS[name]()
