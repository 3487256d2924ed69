"""Runs a program in a pseudo-terminal: keys in, everything shown out.

Standard input: JSON {"argv", "cwd", "steps": [{"expect": text, "send": keys}, ...]}: keys are typed once the text has been shown
behind what the step before waited for. Standard output: JSON {"shown", "before", "during", "after", "exit"}: the bytes as latin1,
the terminal's four flag words before the program, when the last keys but one were typed, and after it; its exit code, negative: a signal.
"""
import json
import os
import pty
import select
import subprocess
import sys
import termios
import time

TIMEOUT = 30


def main():
    work = json.load(sys.stdin)
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)[:4]

    def lead():
        os.setsid()
        os.close(os.open(os.ttyname(slave), os.O_RDWR))  # becomes the controlling terminal

    child = subprocess.Popen(work["argv"], cwd=work["cwd"], stdin=slave, stdout=slave, stderr=slave, preexec_fn=lead)
    shown = b""
    during = before
    end = time.monotonic() + TIMEOUT

    def more():
        nonlocal shown
        if time.monotonic() > end:
            child.kill()
            sys.exit("pty: nothing in time behind " + repr(shown[-300:]))
        ready, _, _ = select.select([master], [], [], 0.02)
        if ready:
            shown += os.read(master, 65536)
        return bool(ready)

    at = 0
    for step in work["steps"]:
        wanted = step["expect"].encode("latin1")
        while (found := shown.find(wanted, at)) < 0:
            if child.poll() is not None and not more():
                sys.exit("pty: it ended before " + repr(step["expect"]) + ": " + repr(shown[-300:]))
            more()
        at = found + len(wanted)
        time.sleep(step.get("pause", 0.05))
        while more():
            pass
        during = termios.tcgetattr(slave)[:4]
        os.write(master, step["send"].encode("latin1"))
    while child.poll() is None:
        more()
    while more():
        pass
    after = termios.tcgetattr(slave)[:4]
    answer = {"shown": shown.decode("latin1"), "before": before, "during": during, "after": after, "exit": child.returncode}
    json.dump(answer, sys.stdout)


main()
