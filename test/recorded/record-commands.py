#!/usr/bin/python3
"""Records what the real dpdk-testpmd 22.11 prints for command lines: testpmd-commands/*.txt.

  python3 record-commands.py [name...]     runs the commands of these files again and rewrites what they got
  python3 record-commands.py --tab         records what Tab lists: testpmd-commands/tab.tab

A file: `# LINE` is a comment, `= VDEV` and `- OPTION` say how the program is started, `> COMMAND` is a line typed,
`| LINE` and `! LINE` are what it then printed on standard output and on standard error.
"""
import os, select, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "testpmd-commands")
PROMPT = b"testpmd> "


class Testpmd:
    def __init__(self, vdevs, options, folder):
        argv = ["stdbuf", "-oL", "dpdk-testpmd", "--lcores", "0@0,1@0", "--no-pci", "--no-huge", "-m", "256"]
        argv += ["--file-prefix=h3rec%d" % os.getpid()]
        for vdev in vdevs:
            argv += ["--vdev", vdev]
        argv += ["--", "-i", "--no-mlockall", "--total-num-mbufs=2048"] + options
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, cwd=folder)
        self.streams = [self.process.stdout.fileno(), self.process.stderr.fileno()]
        self.answer(b"", 20)

    def answer(self, data, patience=6.0):
        """Writes, and returns (standard output, standard error) up to the next prompt."""
        if data:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        got = [b"", b""]
        end, quiet = time.time() + patience, 0
        while time.time() < end and quiet < 2:
            ready, _, _ = select.select(self.streams, [], [], 0.03)
            for fd in ready:
                got[self.streams.index(fd)] += os.read(fd, 1 << 16)
            at_prompt = got[0].endswith(PROMPT) or self.process.poll() is not None
            quiet = quiet + 1 if at_prompt and not ready else 0
        return [part.decode("latin-1") for part in got]

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def lines_of(mark, text):
    return ["%s %s" % (mark, line) for line in text.split("\n")[:-1]] if text else []


def prepare(folder):
    source = os.path.join(HERE, "..", "..", "pcaps", "in", "mix.pcap")
    os.symlink(os.path.abspath(source), os.path.join(folder, "in.pcap"))
    for name, text in FILES.items():
        with open(os.path.join(folder, name), "w") as out:
            out.write(text)


# files that the recorded commands load
FILES = {
    "commands": "set burst 16\nbogus\nhelp\nset default\nset verbose 3\n\tset fwd m\t\nset burst 17",
    "quits": "set burst 18\nquit\nset burst 19\n",
}


def record(path):
    kept = [line.rstrip("\n") for line in open(path)]
    head = [line for line in kept if line[:2] in ("# ", "= ", "- ")]
    commands = [line[2:] for line in kept if line.startswith("> ")]
    vdevs = [line[2:] for line in head if line.startswith("= ")]
    options = [line[2:] for line in head if line.startswith("- ")]
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        testpmd = Testpmd(vdevs, options, folder)
        out = list(head)
        for command in commands:
            got, errors = testpmd.answer(command.encode() + b"\n")
            echo = command.replace("\t", "") + "\r\n"
            assert got.endswith("testpmd> "), (command, got, errors)
            body = got[got.index("\n") + 1 : -len("testpmd> ")]
            out += ["> " + command] + lines_of("|", body) + lines_of("!", errors)
        testpmd.close()
    with open(path, "w") as file:
        file.write("\n".join(out) + "\n")
    print(path, len(commands))


TAB_LINES = ["", "s", "set ", "set b", "set burst ", "set burst 3", "set fwd ", "set fwd mac", "show port ", "show port info ",
             "show config ", "start ", "start tx", "port config 0 ", "port config all ", "mac_addr add 0 ", "csum ", "set corelist ",
             "set corelist 1 ", "quit ", "bogus ", "set vxlan ip-version ipv4 vni 1 udp-src 1 udp-dst 1 ip-src ", "  set  promisc  ", "help "]


def record_tabs(path):
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        out = []
        for line in TAB_LINES:
            testpmd = Testpmd(["net_null0"], [], folder)
            got, _ = testpmd.answer(line.encode() + b"\t", 1.0)
            testpmd.close()
            out += ["> " + line] + ["| " + part.replace("\r", "\\r").replace("\x1b", "\\e") for part in got.split("\n")]
        with open(path, "w") as file:
            file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--tab"]:
        record_tabs(os.path.join(FOLDER, "tab.tab"))
        sys.exit()
    for name in sorted(os.listdir(FOLDER)):
        if name.endswith(".txt") and (not sys.argv[1:] or name[:-4] in sys.argv[1:]):
            record(os.path.join(FOLDER, name))
