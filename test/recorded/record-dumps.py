#!/usr/bin/python3
"""Records what the real dpdk-testpmd 22.11 dumps of packets under `set verbose`: testpmd-dumps/KIND-CAPTURE.txt.

  rx    rxonly, verbose 1: packets of pcaps/in/CAPTURE.pcap as they are received
  tx    io, verbose 2: as they are sent
  echo  icmpecho, verbose 1 without what is printed of received bursts: the engine's own
(headers.pcap is not among them: a frame of less than an Ethernet header crashes the dump.)
"""
import os, re, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
IN = os.path.join(HERE, "..", "..", "pcaps", "in")
CASES = [("rx", name) for name in ("mix", "tags", "l4", "frag", "tunnels", "arpicmp", "jumbo", "bad", "mcast")]
CASES += [("tx", "tags"), ("tx", "jumbo"), ("echo", "arpicmp"), ("echo", "tags")]
MODES = {"rx": ("rxonly", 1), "tx": ("io", 2), "echo": ("icmpecho", 1)}
BURST = re.compile(r"^port \d+/queue \d+: (received|sent) \d+ packets\n(  .*\n)*", re.M)

for kind, name in CASES:
    if sys.argv[1:] and name not in sys.argv[1:]:
        continue
    mode, verbose = MODES[kind]
    capture = os.path.abspath(os.path.join(IN, name + ".pcap"))
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(capture, os.path.join(folder, "in.pcap"))
        argv = ["stdbuf", "-oL", "dpdk-testpmd", "--lcores", "0@0,1@1", "--no-pci", "--no-huge", "-m", "256"]
        argv += ["--file-prefix=h3dump%d" % os.getpid(), "--vdev", "net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap"]
        argv += ["--vdev", "net_pcap1,tx_pcap=out1.pcap", "--", "-i", "--no-mlockall", "--total-num-mbufs=4096", "--no-flush-rx"]
        printed = open(os.path.join(folder, "printed"), "w+b")
        program = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=printed, stderr=subprocess.DEVNULL, cwd=folder)
        time.sleep(1.5)
        for line in ("set fwd " + mode, "set verbose %d" % verbose, "start"):
            program.stdin.write(line.encode() + b"\n")
            program.stdin.flush()
            time.sleep(0.3)
        time.sleep(0.4)
        program.communicate(b"stop\nquit\n", timeout=20)
        printed.seek(0)
        text = printed.read().decode("latin-1").replace("testpmd> ", "").replace("\r\n", "\n")
    if kind == "echo":
        text = BURST.sub("", text)
        body = text[text.index("\nPort 0 pkt-len") : text.index("Telling cores")].replace("stop\n", "")
    else:
        body = "".join(match.group(0) for match in BURST.finditer(text))
    with open(os.path.join(HERE, "testpmd-dumps", "%s-%s.txt" % (kind, name)), "w") as out:
        out.write(body)
    print(kind, name, body.count("\n"), program.returncode)
