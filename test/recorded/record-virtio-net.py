#!/usr/bin/python3
"""Records what DPDK's net_virtio and Linux's virtio_net do over QEMU's own virtio-net device: virtio-net/*.txt.

  python3 record-virtio-net.py [name...]     runs what these files say again, and rewrites what came of it

A real guest: Debian's cloud kernel, busybox, dpdk-testpmd and its libraries in an initramfs (made in a temporary folder, packages by `apt-get
download`), QEMU under TCG, the NIC bound to uio_pci_generic. A file: `# LINE` is a comment; `~ dgram` or `~ vhost-user QUEUES` is the netdev (the
latter over a real testpmd's net_vhost), `- OPTIONS` the NIC's, `: OPTIONS` EAL's, `+ OPTIONS` testpmd's; `| ` what testpmd printed while it started. Then, each with
what came of it behind: `> COMMAND` typed to the guest's testpmd, `$ COMMAND` to its shell (no testpmd then), `h COMMAND` to the host's testpmd,
`@ on|off` set_link, `*` one frame of each kind sent to the NIC.
Behind: `| LINE` printed; `= JSON` what of query-rx-filter changed; `! EVENT` of QMP; `< KIND` frames that arrived; `% MESSAGE` of vhost-user.
"""
import json, os, re, select, shutil, socket, struct, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "virtio-net")
LIB = "usr/lib/x86_64-linux-gnu"
PMDS = LIB + "/dpdk/pmds-23.0"
DRIVERS = ["bus_pci", "mempool_ring", "net_virtio"]
MODULES = ["drivers/virtio/" + m for m in "virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci".split()]
MODULES += ["net/core/failover", "drivers/net/net_failover", "drivers/net/virtio_net", "drivers/uio/uio", "drivers/uio/uio_pci_generic"]
INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc none /proc
/bin/busybox --install -s /bin
mount -t sysfs none /sys
mount -t devtmpfs none /dev
for m in %s; do insmod /mod/$m.ko; done
ip link set lo up
mkdir -p /mnt/huge; mount -t hugetlbfs none /mnt/huge
stty -echo
echo "guest is ready"
while read -r line; do eval "$line" < /dev/ttyS0; echo "guest has done it: $?"; done
""" % " ".join(os.path.basename(m) for m in MODULES)
BIND = "for d in $(ls /sys/bus/pci/drivers/virtio-pci | grep 0000); do echo $d > /sys/bus/pci/drivers/virtio-pci/unbind; " \
    "echo uio_pci_generic > /sys/bus/pci/devices/$d/driver_override; echo $d > /sys/bus/pci/drivers_probe; done"
MAC = "52:54:00:00:00:01"
TO = {"own": MAC, "other": "02:00:00:00:00:99", "added": "02:00:00:00:00:01", "broadcast": "ff:ff:ff:ff:ff:ff",
      "group": "01:00:5e:00:00:01", "group6": "33:33:00:00:00:05", "set": "02:00:00:00:00:77"}
TAGS = {"": b"", "/100": b"\x81\x00\x00\x64", "/200": b"\x81\x00\x60\xc8", "/0": b"\x81\x00\x20\x00", "/ad100": b"\x88\xa8\x00\x64"}
KINDS = [to + tag for to in TO for tag in TAGS]
NOISE = re.compile(r"^(EAL: |TELEMETRY|testpmd: |Warning: NUMA|$|Warning! port-topology)")


def frame(kind):
    to = re.match(r"\w+", kind)[0]
    pack = lambda mac: bytes(int(x, 16) for x in mac.split(":"))
    return (pack(TO[to]) + pack("02:00:00:00:00:aa") + TAGS[kind[len(to):]] + b"\x88\xb5" + kind.encode()).ljust(60, b"\0")


def kind_of(data):
    return data[data.index(b"\x88\xb5") + 2:].rstrip(b"\0").decode()


def image(folder):
    """The kernel and the initramfs."""
    kernel = subprocess.run("apt-cache depends linux-image-cloud-amd64 | sed -n 's/.*Depends: \\(linux-image-[0-9].*\\)/\\1/p' | head -n 1",
                            shell=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["apt-get", "download", "-q", kernel, "busybox-static"], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for deb in os.listdir(folder):
        subprocess.run(["dpkg-deb", "-x", deb, "packages"], cwd=folder, check=True)
    root, packages = folder + "/root", folder + "/packages"
    for name in ["bin", "dev", "proc", "sys", "mod", "tmp", "run", "var/run", "lib64", PMDS]:
        os.makedirs(root + "/" + name)
    os.symlink("usr/lib", root + "/lib")
    shutil.copy(packages + "/bin/busybox", root + "/bin")
    shutil.copy("/usr/bin/dpdk-testpmd", root + "/bin")
    shutil.copy("/lib64/ld-linux-x86-64.so.2", root + "/lib64")
    for module in MODULES:
        shutil.copy("%s/lib/modules/%s/kernel/%s.ko" % (packages, kernel.replace("linux-image-", ""), module), root + "/mod")
    wanted = ["/%s/librte_%s.so.23" % (PMDS, driver) for driver in DRIVERS]
    for program in ["/usr/bin/dpdk-testpmd"] + wanted[:]:
        wanted += re.findall(r"=> (/\S+)", subprocess.run(["ldd", program], capture_output=True, text=True).stdout)
    for library in set(wanted) | {"/lib/x86_64-linux-gnu/libgcc_s.so.1"}:
        real, name = os.path.realpath(library), os.path.basename(library)
        place = PMDS if "/pmds-" in real else LIB
        shutil.copy(real, "%s/%s/%s" % (root, place, name))
        if place == PMDS and not os.path.lexists("%s/%s/%s" % (root, LIB, name)):
            os.symlink("dpdk/pmds-23.0/" + name, "%s/%s/%s" % (root, LIB, name))
    with open(root + "/init", "w") as file:
        file.write(INIT)
    os.chmod(root + "/init", 0o755)
    subprocess.run("find . | %s/bin/busybox cpio -o -H newc 2>/dev/null | gzip -1 > ../initramfs" % packages, shell=True, cwd=root, check=True)
    return packages + "/boot/vmlinuz-" + kernel.replace("linux-image-", "")


class Program:
    def __init__(self, argv):
        self.text = ""
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL"] + argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        os.set_blocking(self.process.stdout.fileno(), False)

    def pump(self, seconds):
        end = time.time() + seconds
        while True:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.time()))
            data = os.read(self.process.stdout.fileno(), 1 << 16) if ready else b""
            self.text += data.decode("latin-1").replace("\r", "")
            if not data:
                return

    def until(self, pattern, start, patience=60):
        end = time.time() + patience
        while time.time() < end:
            match = re.compile(pattern).search(self.text, start)
            if match:
                return match
            self.pump(0.03)
        raise SystemExit("waited for %s:\n%s" % (pattern, self.text[-2000:]))

    def type(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def command(self, line):
        """A command of testpmd's. @returns what it printed"""
        start = len(self.text)
        self.type(line)
        self.until("testpmd> $", self.until("\n", start).end())
        self.pump(0.15)
        return self.text[start:].partition("\n")[2].removesuffix("testpmd> ")

    def shell(self, line):
        start = len(self.text)
        self.type(line)
        end = self.until(r"guest has done it: \d+\n", start).start()
        return self.text[start:end]

    def end(self):
        self.process.kill()
        self.process.wait()


class Monitor:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.lines = self.socket.makefile("r")
        self.lines.readline()
        self.events = []
        self.filter = {}
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            answer = json.loads(self.lines.readline())
            if "event" not in answer:
                return answer.get("return", answer)
            if answer["event"] == "NIC_RX_FILTER_CHANGED":
                self.events.append("! %s %s" % (answer["event"], " ".join(answer["data"].values())))

    def changed(self):
        now, before = self.ask("query-rx-filter")[0], self.filter
        self.filter = now
        events, self.events = self.events, []
        change = {}
        for key, value in now.items():
            if value != before.get(key):
                change[key] = "%d entries" % len(value) if isinstance(value, list) and len(value) > 70 else value
        return events + (["= " + json.dumps(change, separators=(",", ":"))] if change else [])


class Run:
    def __init__(self, folder, kernel, netdev, options, eal, testpmd, on_linux):
        self.path = lambda name: os.path.join(folder, name)
        for name in ["q", "n", "h", "v", "out.pcap"]:
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))
        self.host = None
        self.seen = 0
        kind, _, queues = netdev.partition(" ")
        if kind == "dgram":
            self.line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self.line.bind(self.path("h"))
            words = ["-netdev", "dgram,id=n0,local.type=unix,local.path=%s,remote.type=unix,remote.path=%s" % (self.path("n"), self.path("h"))]
        else:
            self.start_host(int(queues))
            words = ["-chardev", "socket,id=c0,path=" + self.path("v"), "-netdev", "vhost-user,id=n0,chardev=c0,queues=" + queues]
        nic = "virtio-net-pci,id=net0,netdev=n0,mac=%s,addr=5,disable-legacy=on,romfile=" % MAC
        nic += "".join("," + option for option in (["vectors=0"] if "vectors" not in options else []) + ([options] if options else []))
        self.guest = Program(["qemu-system-x86_64", "-accel", "tcg", "-machine", "q35,memory-backend=memory", "-cpu", "max", "-m", "384",
            "-object", "memory-backend-memfd,id=memory,size=384M,share=on", "-nodefaults", "-no-user-config", "-display", "none",
            "-chardev", "stdio,id=serial,signal=off", "-serial", "chardev:serial", "-monitor", "none", "-no-reboot", "-kernel", kernel,
            "-initrd", self.path("initramfs"), "-append", "console=ttyS0 quiet panic=-1 ipv6.disable=1 default_hugepagesz=2M hugepages=64",
            "-qmp", "unix:%s,server=on,wait=off" % self.path("q"), "-device", nic] + words)
        self.guest.until("guest is ready\n", 0)
        self.monitor = Monitor(self.path("q"))
        self.started = []
        if on_linux:
            return
        self.guest.shell(BIND)
        start = len(self.guest.text)
        plugins = " ".join("-d librte_%s.so.23" % driver for driver in DRIVERS)
        self.guest.type("dpdk-testpmd --lcores=0@0,1@0 -m 64 %s %s -- -i --total-num-mbufs=2048 --nb-cores=1 %s" % (plugins, eal, testpmd))
        end = self.guest.until("testpmd> $|guest has done it", start)
        printed = self.guest.text[start:end.start()]
        self.started = ["| " + line for line in printed.split("\n") if not NOISE.match(line)]

    def start_host(self, queues):
        frames = [frame(kind) for kind in KINDS]
        with open(self.path("in.pcap"), "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for i, data in enumerate(frames):
                file.write(struct.pack("<IIII", 0, i, len(data), len(data)) + data)
        line = [] if queues > 1 else ["--vdev=net_pcap0,rx_pcap=%s,tx_pcap=%s" % (self.path("in.pcap"), self.path("out.pcap"))]
        self.host = Program(["stdbuf", "-o0", "dpdk-testpmd", "--lcores=0@0,1@1", "--no-pci", "--no-huge", "-m", "256", "--file-prefix=vn%d" % os.getpid(),
            "--vdev=net_vhost0,iface=%s,queues=%d" % (self.path("v"), queues)] + line + ["--", "-i", "--no-mlockall", "--total-num-mbufs=4096",
            "--no-flush-rx", "--rxq=%d" % queues, "--txq=%d" % queues])
        self.host.until("testpmd> $", 0)

    def messages(self):
        """What net_vhost was told of its rings, and its own events."""
        if self.host is None:
            return []
        self.host.pump(0.1)
        new, self.seen = self.host.text[self.seen:], len(self.host.text)
        return ["% " + found for found in re.findall(r"set queue enable: \d to qp idx: \d|Port 0: .* event", new)]

    def frames(self):
        if self.host is not None:
            self.host.command("start")
            time.sleep(0.7)
            self.host.type("quit")
            self.host.process.wait(20)
            with open(self.path("out.pcap"), "rb") as file:
                data, at, got = file.read(), 24, []
            while at + 16 <= len(data):
                length = struct.unpack_from("<I", data, at + 8)[0]
                got.append(kind_of(data[at + 16:at + 16 + length]))
                at += 16 + length
            self.host = None
            return got
        while select.select([self.line], [], [], 0)[0]:
            self.line.recv(65536)
        for kind in KINDS:
            self.line.sendto(frame(kind), self.path("n"))
            time.sleep(0.002)
        got = []
        while select.select([self.line], [], [], 0.5)[0]:
            got.append(kind_of(self.line.recv(65536)))
        return got

    def step(self, mark, text):
        lines = lambda printed: ["| " + line for line in printed.split("\n")[:-1]]
        if mark == ">":
            return lines(self.guest.command(text)) + self.monitor.changed() + self.messages()
        if mark == "$":
            printed = lines(self.guest.shell(text))
            time.sleep(0.15)
            return printed + self.monitor.changed()
        if mark == "h":
            printed = lines(self.host.command(text))
            self.seen = len(self.host.text)
            return printed
        if mark == "@":
            self.monitor.ask("set_link", name="net0", up=text == "on")
            start = len(self.guest.text)
            self.guest.pump(0.3)
            return lines(self.guest.text[start:]) + self.messages()
        return ["< " + " ".join(self.frames())]

    def end(self):
        self.guest.end()
        if self.host is not None:
            self.host.end()


def record(folder, kernel, name):
    path = os.path.join(FOLDER, name)
    with open(path) as file:
        lines = [line.rstrip("\n") for line in file]
    of = lambda mark: [line[2:] for line in lines if line.startswith(mark + " ")]
    steps = [(line[0], line[2:]) for line in lines if line[:1] in ">$h@*"]
    run = Run(folder, kernel, of("~")[0], ",".join(of("-")), " ".join(of(":")), " ".join(of("+")), any(mark == "$" for mark, _ in steps))
    try:
        written = [line for line in lines if line[:1] in "#~-:+"] + run.started + run.monitor.changed()
        run.messages()
        for mark, text in steps:
            written += [("%s %s" % (mark, text)).rstrip()] + run.step(mark, text)
    finally:
        run.end()
    with open(path, "w") as file:
        file.write("\n".join(written) + "\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="virtio-net-") as scratch:
        linux = image(scratch)
        for one in sys.argv[1:] or sorted(os.listdir(FOLDER)):
            began = time.time()
            record(scratch, linux, one if one.endswith(".txt") else one + ".txt")
            print("%s: %.0f s" % (one, time.time() - began), flush=True)
