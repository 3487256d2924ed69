#!/usr/bin/python3
"""Records the command grammar of the real dpdk-testpmd 22.11: testpmd-commands/grammar.list, one command a line, in its order:
tokens (a word, <choice|choice>, <u16>, ...), a tab, the help that Tab shows. Read from the running program's memory: its array
of commands holds pointers to structs of {function, data, help, tokens...}, a token's kind is told by its table of functions.
Two commands make their tokens as they go (flow, set raw_encap); their lines are empty.
"""
import os, re, struct, subprocess, time

HERE = os.path.dirname(os.path.abspath(__file__))
KNOWN_HELP = b"quit: Exit application\0"
NUMBERS = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"]

argv = ["dpdk-testpmd", "--lcores", "0@0,1@0", "--no-pci", "--no-huge", "-m", "256", "--file-prefix=h3grammar%d" % os.getpid()]
argv += ["--vdev", "net_null0", "--", "-i", "--no-mlockall", "--total-num-mbufs=2048"]
program = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
time.sleep(3)
memory = open("/proc/%d/mem" % program.pid, "rb")
segments = []
for line in open("/proc/%d/maps" % program.pid):
    start, end, rights, name = re.match(r"(\w+)-(\w+) (\S+) \S+ \S+ \S+\s*(.*)", line).groups()
    if "r" in rights and ("dpdk-testpmd" in name or "[heap]" in name):
        start, end = int(start, 16), int(end, 16)
        memory.seek(start)
        segments.append((start, memory.read(end - start)))


def read(address, size):
    memory.seek(address)
    return memory.read(size)


def u64(address):
    return struct.unpack("<Q", read(address, 8))[0]


def text(address):
    got = b""
    while b"\0" not in got:
        got += read(address + len(got), 64)
    return got.split(b"\0")[0].decode()


def find(data):
    for start, content in segments:
        at = content.find(data)
        while at >= 0:
            yield start + at
            at = content.find(data, at + 1)


def pointers_until_null(address):
    while u64(address):
        yield u64(address)
        address += 8


# the longest array of commands that holds `quit`, its third: built-in commands and those of drivers
arrays = [
    list(pointers_until_null(place - 16))
    for help_text in find(KNOWN_HELP)
    for pointer in find(struct.pack("<Q", help_text))
    for place in find(struct.pack("<Q", pointer - 16))
]
commands = max(arrays, key=len)
tokens = {command: list(pointers_until_null(command + 24)) for command in commands}
tables = [u64(token) for command in commands for token in tokens[command]]
# strings are the commonest kind, then numbers, Ethernet addresses, IP addresses
string, number, mac, ip = sorted(set(tables), key=tables.count, reverse=True)


def word(token):
    table, argument = u64(token), read(token + 16, 8)
    if table == number:
        return "<%s>" % NUMBERS[struct.unpack("<I", argument[:4])[0]]
    if table in (mac, ip):
        return "<mac>" if table == mac else "<ip>"
    address = struct.unpack("<Q", argument)[0]
    if address == 0:
        return "<string>"
    choices = text(address)
    return "<text>" if choices == "" else "<%s>" % choices.replace("#", "|") if "#" in choices else choices


with open(os.path.join(HERE, "testpmd-commands", "grammar.list"), "w") as out:
    for command in commands:
        help_address = u64(command + 16)
        line = " ".join(word(token) for token in tokens[command])
        out.write("%s\t%s\n" % (line, text(help_address) if help_address and line else ""))
program.stdin.close()
program.wait(20)
print(len(commands))
