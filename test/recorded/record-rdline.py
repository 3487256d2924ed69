#!/usr/bin/env python3
"""Records what the real dpdk-testpmd (22.11) shows for keys typed at its prompt: testpmd-options/rdline.txt.

Run as root: python3 test/recorded/record-rdline.py
Each case is a line `terminal KEYS` or `pipe KEYS` and the bytes shown from the first prompt on, both as JSON strings. A terminal
turns LF into CR LF; that has been undone. Sessions end with Ctrl-C and Ctrl-D in a terminal, with the end of the input in a pipe; UNFINISHED are for the pipe alone.
"""
import json
import os
import pty
import subprocess
import time

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "testpmd-options")
COMMAND = ["stdbuf", "-o0", "dpdk-testpmd", "--lcores", "0@0,1@0", "--no-pci", "--no-huge", "-m", "64", "--file-prefix", "rdline",
           "--log-level=1", "--", "-i", "--no-mlockall", "--total-num-mbufs=1100"]
PROMPT = b"testpmd> "
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
LONG = "".join(chr(ord("a") + i % 26) for i in range(26))

KEYS = [
    "", "foo\r", "foo\n", "\r", "   \r", "foo\rbar\r", "foo\x7f\r", "foo\b\b\r", "\x7f\r", "foo" + LEFT + "x\r", "foo" + LEFT * 5 + "x\r",
    "foo" + LEFT + RIGHT * 2 + "x\r", "foo bar\x01x\r", "foo bar\x01\x05x\r", "\x01\x05\r", "foo\x02\x02x\x06y\r",
    "foo bar  baz\x1bbx\r", "foo bar  baz\x1bb\x1bb\x1bb\x1bbx\r", "foo bar baz\x01\x1bfx\x1bfy\x1bf\x1bfz\r",
    "foo" + LEFT + "\x1b[3~\r", "foo\x1b[3~\r", "foo\x01\x04\x04\r", "foo\x04\r", "foo bar \x17\r", "foo bar\x01\x17\r", "foo bar\x1b\x7f\r",
    "foo bar\x02\x02\x17\r", "foo bar baz\x01\x1bd\x1bd\r", "foo bar\x01\x0b\r", "foo bar\x0b\r", "foo bar\x02\x02\x02\x0b\x01\x19\x19\r",
    "\x19\r", "foo\x02\x0b" + "\x19" * 5 + "\r", "foo\x03bar\r", "foo\x0c\r", "foo" + LEFT + "\x0c\r",
    "foo\rbar\r" + UP + "\r", "foo\rbar\r" + UP * 2 + "\r", "foo\rbar\r" + UP * 3 + "\r", "foo\rbar\r" + UP * 2 + DOWN + "\r",
    "foo\rbar\r" + UP * 2 + DOWN * 3 + "\r", UP + "\r", DOWN + "\r", UP + "x\r" + UP + "\r", "foo\rbar\rba" + UP * 2 + DOWN * 2 + "z\r",
    "foo\rfoo\r" + UP * 2 + "\r", "foo\rbar\r" + UP + "x\r" + UP + "\r" + UP * 3 + "\r", "foo\rbar\r" + UP + "\x03" + UP + "\r",
    "foo\rbar\r" + UP * 2 + "\r" + UP * 2 + "\r", "foo\r\x10\r", "foo\r\x10\x0e\r", "foo\r" + UP + LEFT + "x\r", "foo\r   \r" + UP + "\r",
    "foo\rbar" + LEFT + UP + DOWN + "\r", "".join(f"{LONG}{i}\r" for i in range(3)) + UP * 5 + "\r",
    LONG * 19 + "0123456789abcdefghijklmnop\r", LONG * 19 + "0123456789abcdefgh\x02\x02\x02xyz\r", LONG * 4 + "\x01x\r",
    LONG * 19 + "\x01\x0b\x19\x19\r", "".join(f"{LONG * 12}{i}\r" for i in range(30)) + UP * 30 + "\r",
    "a\x1b[Hb\r", "a\x1b[1;5Cb\r", "a\x1bOPb\r", "a\x1b b\r", "a\x1b[999999999999b\r", "a\x1b\x1b[Ab\r", "a\x00b\x80\xffc\r", "a\x1bqb\r",
    "\x1b[C\x1b[D\x1b[3~\r", "\xe4\xf6\r", "a\x1b[5~b\r", "foo\x04\x03\r", "foo\x0ebar\x10\r",
    "qui\t\r", "qu\tx\r", "zz\t\r", "quit \t", "quit ?", "quit\t\t", "qui" + LEFT + "\t\r", "qui?", "zz?\r", "zz \t\r",
    "quix" + LEFT + "\t\r", "quit  \t", "show port summary all x" + LEFT + "\t", "zz?b?\r", "stop\t\t", "start tx\t", "start tx_first \t",
    LONG * 19 + "0123456789abcdef qui\t",
]


def terminal(keys):
    master, slave = pty.openpty()
    done = subprocess.Popen(COMMAND, stdin=slave, stdout=slave, stderr=subprocess.DEVNULL, close_fds=True)
    os.close(slave)
    shown = b""
    while PROMPT not in shown:
        shown += os.read(master, 4096)
    time.sleep(0.05)
    data = keys.encode("latin1") + b"\x03\x04"
    for at in range(0, len(data), 256):
        os.write(master, data[at:at + 256])
        time.sleep(0.02)
    try:
        while chunk := os.read(master, 65536):
            shown += chunk
    except OSError:
        pass
    done.wait()
    os.close(master)
    return shown.replace(b"\r\n", b"\n")


UNFINISHED = ["a\x1b", "a\x1b[", "foo", "foo\rbar", "foo\x04", "foo\r" + UP]


def pipe(keys):
    done = subprocess.run(COMMAND, input=keys.encode("latin1"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          timeout=10)
    return done.stdout


def session(shown):
    shown = shown[shown.index(PROMPT):]
    return shown[:shown.rindex(b"\nPrimary: Sending")].decode("latin1")


with open(os.path.join(HERE, "rdline.txt"), "w") as file:
    for how, sessions in ((terminal, KEYS), (pipe, KEYS + UNFINISHED)):
        for keys in sessions:
            file.write(f"{how.__name__} {json.dumps(keys)}\n{json.dumps(session(how(keys)))}\n")
