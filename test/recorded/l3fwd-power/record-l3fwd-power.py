#!/usr/bin/env python3
"""Records what the real l3fwd-power of DPDK 22.11 prints for command lines: command-lines.json.

Debian has no binary of this example: compile examples/l3fwd-power of the source package dpdk against libdpdk-dev, then, as root on a machine
with CPUs 0 and 1 online without frequency scaling, and with dpdk-testpmd for a vhost-user peer: python3 record-l3fwd-power.py PATH/TO/l3fwd-power
Each case is its arguments, the exit code (null: it ran, and ended by SIGINT with that of its own), standard output and standard error. Usage texts stand as
{usage}, the lines that EAL starts with as {start}, MAC addresses as {mac}.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
EAL = ["--no-pci", "--no-huge", "-m", "256", "--file-prefix", "l3fwd", "--no-telemetry"]
ONE = ["-l", "0-1", "--vdev", "net_null0", "--"]
TWO = ["-l", "0-1", "--vdev", "net_null0", "--vdev", "net_null1", "--"]
USE = ["-p", "1", "--config=(0,0,1)"]
PTYPE = ["--parse-ptype"]
CASES = [
    *[ONE + own for own in [
        [], ["-p"], ["-p", "0"], ["-p", ""], ["-p", "x"], ["-p", "1x"], ["-p", "0x1"], ["-p", "1"], ["-p", "ff", *USE[2:]], ["-h"], ["-h", "3"], ["-x"], ["--help"], ["--what"],
        ["-p", "1", "--config"], ["-p", "1", "--config="], ["-p", "1", "--config=(0,0)"], ["-p", "1", "--config=(0,0,1"], ["-p", "1", "--config=(0,0,x)"],
        ["-p", "1", "--config=(0,0,1,2)"], ["-p", "1", "--config=0,0,1"], ["-p", "1", "--config=(0,0,3)"], ["-p", "1", "--config=(1,0,1)"],
        ["-p", "3", "--config=(1,0,1)", *PTYPE], ["-p", "1", "--config=(0,128,1)"], ["-p", "1", "--config=(0,127,1)", *PTYPE], ["-p", "1", "--config=(33,0,1)"],
        ["-p", "1", "--config=(32,0,1)"],
        ["-p", "1", "--config=(0,1025,1)"], ["-p", "1", "--config=(0,0,129)"], ["-p", "1", "--config=(0,0,128)"], ["-p", "1", "--config=(0,0,-1)"], ["-p", "1", "--config=(0x0,00,0x1)", *PTYPE],
        ["-p", "1", "--config=" + "(0,0,1)" * 17], ["-p", "1", "--config=(0,0,1)(0,0,0)", *PTYPE],
        ["-p", "1", "--config", "(0,0,1)", "-P", *PTYPE], USE, USE + PTYPE, USE + PTYPE + ["-P"], USE + PTYPE + ["-P", "--no-numa"], USE + PTYPE + ["--no-num"],
        USE + PTYPE + ["extra"], ["extra"] + USE + PTYPE,
        USE + PTYPE + ["--legacy"], USE + PTYPE + ["--telemetry"], ["-p", "1", "--config=(0,0,0)", "--telemetry", *PTYPE], USE + PTYPE + ["--interrupt-only"], USE + PTYPE + ["--empty-poll"],
        USE + PTYPE + ["--empty-poll="], USE + PTYPE + ["--empty-poll=1"], USE + PTYPE + ["--empty-poll=0,0,0"], USE + PTYPE + ["--empty-poll=1,2,3"], USE + PTYPE + ["--empty-poll=1,2,3,4"],
        USE + PTYPE + ["--pmd-mgmt"], USE + PTYPE + ["--pmd-mgmt=what"], USE + PTYPE + ["--pmd-mgmt=baseline"], USE + PTYPE + ["--pmd-mgmt=pause"],
        USE + PTYPE + ["--pmd-mgmt=monitor"], USE + PTYPE + ["--pmd-mgmt=scale"], USE + PTYPE + ["--pmd-mgmt", "pause", "--max-empty-polls", "100", "--pause-duration", "5"],
        USE + PTYPE + ["--pmd-mgmt=pause", "--pause-duration=0"], USE + PTYPE + ["--pmd-mgmt=pause", "--scale-freq-min=100000", "--scale-freq-max=50000"],
        ["--legacy", "--telemetry"], ["--telemetry", "--legacy"], ["--interrupt-only", "--pmd-mgmt=pause"], ["--pmd-mgmt=pause", "--interrupt-only"],
        ["--legacy", "--empty-poll=1,2,3"], ["--legacy", "--legacy"], ["--pmd-mgmt=pause", "--telemetry"], ["--telemetry", "--pmd-mgmt=pause"],
        USE + PTYPE + ["--max-pkt-len"], USE + PTYPE + ["--max-pkt-len=64"], USE + PTYPE + ["--max-pkt-len=63"], USE + PTYPE + ["--max-pkt-len=9600"],
        USE + PTYPE + ["--max-pkt-len=9601"], USE + PTYPE + ["--max-pkt-len=0"], USE + PTYPE + ["--max-pkt-len=x"], USE + PTYPE + ["--max-pkt-len=1518"],
        ["-u"], ["-U"], ["-i"], ["-i", "1"], ["-l", "3", "-m", "4", "-h", "5", *USE, *PTYPE],
        ["--high-perf-cores"], ["--high-perf-cores=0"] + USE + PTYPE, ["--high-perf-cores=0-1,5"] + USE + PTYPE, ["--high-perf-cores=x"], ["--high-perf-cores="],
        ["--high-perf-cores=1-"], ["--high-perf-cores=1;2"], ["--high-perf-cores= 0 , 1 "] + USE + PTYPE, ["--high-perf-cores=5-3"],
        ["-p", "1", "--perf-config"], ["-p", "1", "--perf-config=(0,0,1,0)"] + PTYPE, ["-p", "1", "--perf-config=(0,0,0,0)"] + PTYPE,
        ["-p", "1", "--perf-config=(0,0,1,0)", "--high-perf-cores=1"] + PTYPE, ["-p", "1", "--perf-config=(0,0,0,0)", "--high-perf-cores=1"] + PTYPE,
        ["-p", "1", "--perf-config=(0,0,1)"], ["-p", "1", "--perf-config=(0,0,256,0)"], ["-p", "1", "--perf-config=(0,0,2,1)", "--high-perf-cores=0-1"] + PTYPE,
        ["-p", "1", "--perf-config=(0,0,1,9)"] + PTYPE, ["-p", "1", "--perf-config="] + PTYPE,
        USE + PTYPE + ["--max-empty-polls"], USE + PTYPE + ["--max-empty-polls=x", "--pause-duration=", "--scale-freq-min=1", "--scale-freq-max=2"],
    ]],
    *[TWO + own for own in [USE + PTYPE, ["-p", "3", "--config=(0,0,0),(1,0,1)", *PTYPE], ["-p", "2", "--config=(1,0,1)", *PTYPE, "-P"], ["-p", "3", "--config=(0,0,1)", *PTYPE]]],
    ["-l", "0", "--vdev", "net_null0", "--", "-p", "1", "--config=(0,0,0)", *PTYPE],
    ["-l", "0", "--"] + USE, ["-l", "0-1", "--"] + USE, ["-l", "0-1", "--", "-p", "1"],
    ["-l", "0-1", "--vdev", "net_ring0", "--", *USE, *PTYPE, "-P"],
    ["-l", "0-1", "--vdev", "net_pcap0,rx_pcap=/dev/null,tx_pcap=/dev/null", "--", *USE, *PTYPE, "-P"],
    ["-l", "0-1", "--vdev", "net_pcap0,rx_pcap=" + os.path.join(HERE, "routes.pcap") + ",tx_pcap=/dev/null", "--", *USE, *PTYPE],
    ["-l", "0-1", "--vdev", "net_virtio_user0,path=/nowhere/at-all", "--", *USE, *PTYPE],
    ["-l", "0-1", "--bad", "--", *USE],
]
PEER = "{peer}"
VIRTIO = ["-l", "0-1", "--vdev", f"net_virtio_user0,path={PEER},mac=02:00:00:00:00:01,queues=2", "--"]
VIRTIO_1 = ["-l", "0-1", "--vdev", f"net_virtio_user0,path={PEER},mac=02:00:00:00:00:01", "--"]
CASES += [
    *[VIRTIO + own for own in [
        USE + PTYPE, USE + PTYPE + ["-P"], USE, ["-p", "1", "--config=(0,0,0),(0,1,1)", *PTYPE], ["-p", "1", "--config=(0,1,1)", *PTYPE], ["-p", "1", "--config=(0,2,1)", *PTYPE],
        ["-p", "1", "--config=(0,0,1),(0,0,1)", *PTYPE], USE + PTYPE + ["--telemetry"], USE + PTYPE + ["--pmd-mgmt=pause"], USE + PTYPE + ["--pmd-mgmt=baseline"], USE + PTYPE + ["--pmd-mgmt=monitor"],
        USE + PTYPE + ["--interrupt-only"],
        *[USE + PTYPE + [f"--max-pkt-len={length}"] for length in (64, 97, 98, 1000, 1518, 1530, 2000, 9600)],
    ]],
    *[VIRTIO_1 + own for own in [USE + PTYPE, USE + PTYPE + ["-P"], USE, ["-p", "1", "--config=(0,1,1)", *PTYPE]]],
]
START = re.compile(r"EAL: Detected CPU lcores: \d+\nEAL: Detected NUMA nodes: \d+\nEAL: Detected shared linkage of DPDK\nEAL: Multi-process socket \S+\nEAL: Physical[^\n]+\nEAL: Selected IOVA mode 'VA'\n")


def run(program, words):
    process = subprocess.Popen(["l3fwd-power", *EAL, *words], executable=program, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    ended = True
    try:
        out, err = process.communicate(timeout=3)
    except subprocess.TimeoutExpired:
        ended = False
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
    return ended, process.returncode, out.decode(), err.decode()


def main(program):
    with tempfile.TemporaryDirectory() as folder:
        record(program, os.path.join(folder, "peer"))


def record(program, path):
    usage, cases = "", []
    peer = subprocess.Popen(["dpdk-testpmd", "-l", "0-1", *EAL[:4], "--file-prefix", "peer", "--vdev", f"net_vhost0,iface={path},queues=2", "--", "-i", "--no-mlockall", "--total-num-mbufs=2048"],
                            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists(path):
        time.sleep(0.1)
    for words in CASES:
        began = time.time()
        ended, code, out, err = run(program, [word.replace(PEER, path) for word in words])
        at = out.find("l3fwd-power [EAL options] --")
        if at >= 0:
            end = out.index("100MHz)\n", out.index("--scale-freq-max FREQ_MAX")) + len("100MHz)\n")
            usage = out[at:end]
            out = out.replace(usage, "{usage}")
        out = re.sub(r"([0-9A-F]{2}:){5}[0-9A-F]{2}", "{mac}", out)
        err = START.sub("{start}", err).replace(path, PEER)
        shown = [word.replace(HERE, "{here}") for word in words]
        cases.append({"words": shown, "ended": ended, "code": code, "out": out.replace(HERE, "{here}"), "err": err.replace(HERE, "{here}")})
        print(f"{time.time() - began:.1f} {ended} {code} {' '.join(words)}", flush=True)
    peer.communicate(b"quit\n")
    with open(os.path.join(HERE, "command-lines.json"), "w") as file:
        json.dump({"usage": usage, "cases": cases}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main(sys.argv[1])
