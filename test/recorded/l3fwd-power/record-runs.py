#!/usr/bin/env python3
"""Records runs of the real l3fwd-power of DPDK 22.11 over net_virtio_user, against pacer.c with net_vhost: runs/*.json and runs/*.pcap.

As record-l3fwd-power.py; also needs gcc, pkg-config and libdpdk-dev, for pacer.c: python3 record-runs.py PATH/TO/l3fwd-power [NAME...]
Each run is its set-up, standard output, the lines of standard error about rx interrupts, which frames came back (port, queue and number in the capture of the
same name), and for how many microseconds each was away.
"""
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PCAPS = os.path.join(HERE, "../../../pcaps/in")
EAL = ["--no-pci", "--no-huge", "--no-telemetry"]
MAC = "02:00:00:00:00:0"


def set_up(capture, gap=10000, group=1, queues=1, ports=1, config="(0,0,1)", mask="1", lcores="1@1", driver="", own=()):
    return {
        "capture": capture, "gapUs": gap, "group": group, "queues": queues, "ports": ports, "lcores": lcores, "driver": driver,
        "words": ["-p", mask, "-P", f"--config={config}", "--no-numa", "--parse-ptype", *own],
    }


TWO = "0@1,1@1"
RUNS = {
    "routes": set_up("routes"),
    "routes-packed": set_up("routes", driver=",packed_vq=1"),
    "routes-plain": set_up("routes", driver=",mrg_rxbuf=0,in_order=0"),
    "routes-vectorized": set_up("routes", driver=",mrg_rxbuf=0,in_order=0,vectorized=1"),
    "routes-packed-vectorized": set_up("routes", driver=",packed_vq=1,mrg_rxbuf=0,vectorized=1"),
    "routes-two-ports": set_up("routes", ports=2, mask="3", config="(0,0,1),(1,0,1)"),
    "bad": set_up("bad", gap=1000),
    "mix": set_up("mix", gap=2000),
    "l4": set_up("l4", gap=2000),
    "tags": set_up("tags", gap=2000),
    "frag": set_up("frag", gap=1000),
    "paced-20ms": set_up("same", gap=20000),
    "paced-5ms": set_up("same", gap=5000),
    "paced-1ms": set_up("same", gap=1000),
    "groups-20ms": set_up("same", gap=20000, group=32),
    "back-to-back": set_up("same", gap=0),
    "two-queues": set_up("same", gap=20000, queues=2, config="(0,0,0),(0,1,1)", lcores=TWO),
    "two-queues-one-lcore": set_up("same", gap=20000, queues=2, config="(0,0,1),(0,1,1)"),
    "document": set_up("same", gap=5000, lcores=TWO),
    "telemetry": set_up("routes", gap=1000, lcores=TWO, own=["--telemetry"]),
}


def records(path):
    with open(path, "rb") as file:
        data = file.read()
    at, found = 24, []
    while at < len(data):
        port, queue, kept, _ = struct.unpack("<IIII", data[at:at + 16])
        found.append((port, queue, data[at + 16:at + 16 + kept]))
        at += 16 + kept
    return found


def same(path):
    sys.path.insert(0, HERE)
    import frames
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i in range(200):
            frame = frames.ether(frames.ipv4("1.1.1.1", source=f"10.0.0.{i}"))
            out.write(struct.pack("<IIII", 0, i, len(frame), len(frame)) + frame)


def run(program, pacer, name, folder):
    one = RUNS[name]
    queues = one["queues"]
    capture = os.path.join(HERE if one["capture"] in ("routes", "same") else PCAPS, one["capture"] + ".pcap")
    back, sockets = os.path.join(folder, "back.pcap"), [os.path.join(folder, f"s{i}") for i in range(one["ports"])]
    words = [word for i, path in enumerate(sockets) for word in ("--vdev", f"net_vhost{i},iface={path},queues={queues}")]
    sender = subprocess.Popen(
        [pacer, "-l", "0", *EAL, "-m", "128", "--file-prefix", "pacer", *words, "--", capture, back, str(one["gapUs"]), str(one["group"]), str(queues)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while not all(os.path.exists(path) for path in sockets):
        time.sleep(0.05)
    words = [word for i, path in enumerate(sockets) for word in ("--vdev", f"net_virtio_user{i},path={path},queues={queues},cq=1,mac={MAC}{i + 1}{one['driver']}")]
    with open(os.path.join(folder, "out"), "w+") as out, open(os.path.join(folder, "err"), "w+") as err:
        router = subprocess.Popen([program, "--lcores", one["lcores"], *EAL, "-m", "512", "--file-prefix", "l3fwd", *words, "--", *one["words"]], stdout=out, stderr=err)
        line = ""
        while not line.startswith("sent "):
            line = sender.stdout.readline().decode()
            if line == "":
                router.kill()
                raise SystemExit(f"{name}: pacer has ended: {sender.wait()}")
        router.send_signal(signal.SIGINT)
        try:
            router.wait(5)
        except subprocess.TimeoutExpired:
            router.kill()
        sender.wait(10)
        out.seek(0)
        err.seek(0)
        text, lines = out.read(), err.read().split("\n")
    where = [[port, queue] for port, queue, _ in records(back)]
    with open(os.path.join(HERE, "runs", name + ".pcap"), "wb") as file:
        with open(back, "rb") as source:
            file.write(source.read())
    result = {
        **one, "out": text, "sent": int(line.split()[1]), "back": len(where),
        "err": [one for one in lines if "L3FWD" in one], "awayUs": [int(one) for one in line.split(":")[1].split()],
    }
    with open(os.path.join(HERE, "runs", name + ".json"), "w") as file:
        file.write(json.dumps(result) + "\n")
    woken = sum("waked" in one for one in result["err"])
    away = sorted(result["awayUs"]) or [0]
    print(f"{name}: sent {result['sent']} back {result['back']} wake-ups {woken} away {away[0]} {away[len(away) // 2]} {away[-1]} us, exit {router.returncode}", flush=True)


def main(program, names):
    os.makedirs(os.path.join(HERE, "runs"), exist_ok=True)
    same(os.path.join(HERE, "same.pcap"))
    with tempfile.TemporaryDirectory() as folder:
        pacer = os.path.join(folder, "pacer")
        flags = [subprocess.run(["pkg-config", which, "libdpdk"], capture_output=True, check=True).stdout.decode().split() for which in ("--cflags", "--libs")]
        subprocess.run(["gcc", "-O2", *flags[0], os.path.join(HERE, "pacer.c"), "-o", pacer, *flags[1]], check=True)
        for name in names or RUNS:
            with tempfile.TemporaryDirectory() as own:
                run(program, pacer, name, own)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
