#!/usr/bin/python3
"""Records what the real ovs-appctl, ovs-ofctl and ovs-vsctl of Open vSwitch 3.1 (Debian's openvswitch-switch-dpdk) answer, for test/appctl and
test/ofctl: each line of appctl/NAME.sh and ofctl/NAME.sh is carried out by bash, with a switch of its own a file; NAME.json gets lists of
[line, stdout, stderr, exit code]. Paths, dates, durations and addresses are made the same, as test/support/console.ts makes ours.

Everything runs in a folder and a network namespace of its own and ends by pid. usage: unshare --net record-console.py appctl/NAME.sh...
"""
import importlib.util, json, os, re, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
VSWITCHD = "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk"
RUNDIR = "/usr/local/var/run/openvswitch"


class Switch:
    def __init__(self):
        self.base = tempfile.mkdtemp(prefix="ovs-console-")
        self.env = dict(os.environ, OVS_RUNDIR=self.base, OVS_LOGDIR=self.base, OVS_DBDIR=self.base, OVS_SYSCONFDIR=self.base, LC_ALL="C")
        self.pids = []
        db = self.base + "/conf.db"
        self.run("ovsdb-tool", "create", db, "/usr/share/openvswitch/vswitch.ovsschema")
        self.daemon("ovsdb-server", "ovsdb-server", db, "--remote=punix:%s/db.sock" % self.base)
        self.run("ovs-vsctl", "--no-wait", "init")
        extra = "--no-pci --no-huge --legacy-mem -m 512 --file-prefix=" + os.path.basename(self.base)
        for key, value in {"dpdk-init": "true", "dpdk-lcore-mask": "0x1", "pmd-cpu-mask": "0x2", "dpdk-extra": extra}.items():
            self.run("ovs-vsctl", "--no-wait", "set", "Open_vSwitch", ".", 'other_config:%s="%s"' % (key, value))
        # its control socket has its own name in it
        os.symlink(VSWITCHD, self.base + "/ovs-vswitchd")
        self.daemon("ovs-vswitchd", self.base + "/ovs-vswitchd", "unix:%s/db.sock" % self.base, "--disable-system")

    def run(self, *argv):
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError("%s: %s" % (argv, done.stderr))
        return done.stdout

    def daemon(self, name, program, *argv):
        pidfile = "%s/%s.pid" % (self.base, name)
        self.run(program, *argv, "--no-chdir", "--pidfile=" + pidfile, "--log-file=%s/%s.log" % (self.base, name), "-vconsole:off", "--detach")
        self.pids.append(int(open(pidfile).read()))

    def line(self, text):
        done = subprocess.run(["bash", "-c", text], env=self.env, cwd=self.base, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        return [text, self.clean(done.stdout), self.clean(done.stderr), done.returncode]

    def clean(self, text):
        text = text.replace(self.base, RUNDIR)
        text = re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\|", "DATE|", text, flags=re.M)
        text = re.sub(r"duration=[\d.]+s", "duration=TIME", text)
        text = re.sub(r"idle_age=\d+", "idle_age=N", text)
        text = re.sub(r"dpid:[0-9a-f]{16}", "dpid:ID", text)
        text = re.sub(r"duration:[\d.]+s", "duration:TIME", text)
        # groups stand in no order
        text = re.sub(r"(?:^ group_id=.*\n)+", lambda lines: "".join(sorted(lines.group(0).splitlines(True))), text, flags=re.M)
        return re.sub(r"addr:[0-9a-f:]{17}", "addr:MAC", text)

    def end(self):
        for pid in reversed(self.pids):
            try:
                os.kill(pid, 15)
            except ProcessLookupError:
                pass


if __name__ == "__main__":
    # the kernel's own packets are not to be counted
    for which in ("all", "default"):
        with open("/proc/sys/net/ipv6/conf/%s/disable_ipv6" % which, "w") as file:
            file.write("1")
    for path in sys.argv[1:]:
        lines = [line for line in open(os.path.join(HERE, path)).read().split("\n") if line and not line.startswith("#")]
        switch = Switch()
        try:
            answers = [switch.line(line) for line in lines]
        finally:
            switch.end()
        with open(os.path.join(HERE, path[:-3] + ".json"), "w") as file:
            file.write("[\n" + ",\n".join(json.dumps(answer) for answer in answers) + "\n]\n")
        print("%s: %d lines" % (path, len(answers)))
