#!/usr/bin/python3
"""Records what the real Open vSwitch 3.1 (Debian's openvswitch-switch-dpdk, dummy ports) answers and logs to stories.py, in stories.json: each
command with its output, and the lines that dpif_netdev and ovs_numa have logged by the next one. Everything runs in a folder of its own and ends by pid.
usage: record-pmd.py [NAME-PART]...
"""
import importlib.util, json, os, re, shlex, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, os.path.join(HERE, path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


record = load("record_ovs", "../record-ovs.py")
STORIES = load("stories", "stories.py").STORIES


class Switch(record.Ovs):
    def __init__(self, nodes):
        self.nodes = nodes
        super().__init__({})

        self.vsctl("del-br", "br0", "--", "add-br", "br0", "--", "set", "bridge", "br0", "datapath-type=netdev", "fail-mode=secure")

    def daemon(self, program, *argv):
        more = ["--dummy-numa=" + self.nodes] if program == record.VSWITCHD else []
        super().daemon(program, *argv, *more)

    def run(self, *argv):
        # a bridge's own port is a device of the kernel: the switch gets a network namespace of its own
        return super().run(*(["unshare", "--net"] if argv[0] == record.VSWITCHD else []), *argv)

    def log(self):
        with open(self.base + "/ovs-vswitchd-dpdk.pid.log") as file:
            lines = [re.match(r"[^|]*\|\d+\|(dpif_netdev|ovs_numa)(?:\([^|]*\))?\|(\w+)\|(.*)", line) for line in file.read().split("\n")]
        # the threads themselves say what they poll, in no order
        return ["%s|%s|%s" % found.groups() for found in lines if found and not re.search("processing port|static_tx_qid", found.group(3))]

    def settled(self):
        """The log, once it has stood still for a while."""
        lines = self.log()
        for _ in range(100):
            time.sleep(0.04)
            again = self.log()
            if len(again) == len(lines):
                return again
            lines = again
        raise RuntimeError("the log does not end")


def tell(story):
    switch = Switch(story["nodes"])
    try:
        # the first datapath was of type dummy; what it said when it was told its settings the second says as well
        log = switch.settled()
        seen = len(log)
        steps = [{"command": "", "output": "", "log": [line for i, line in enumerate(log) if line not in log[:i]]}]
        for command in story["commands"]:
            env = dict(switch.env, OVS_VSWITCHD_CTL=switch.base + "/vswitchd.ctl")
            words = shlex.split(command)
            where = ["-t", switch.base + "/vswitchd.ctl"] if words[0] == "ovs-appctl" else ["--db=unix:%s/db.sock" % switch.base, "--timeout=30"]
            done = subprocess.run(words[:1] + where + words[1:], env=env, capture_output=True, text=True, timeout=60)
            # it waits for the main loop's next turn
            time.sleep(0.6 if "rebalance" in command else 0)
            log = switch.settled()
            steps.append({"command": command, "output": (done.stdout + done.stderr).replace(switch.base + "/vswitchd.ctl", "ovs-vswitchd"), "log": log[seen:]})
            seen = len(log)
        return {"name": story["name"], "nodes": story["nodes"], "steps": steps}
    finally:
        switch.end()


path = os.path.join(HERE, "stories.json")
old = {story["name"]: story for story in json.load(open(path))} if os.path.exists(path) else {}
for story in STORIES:
    if sys.argv[1:] and not any(part in story["name"] for part in sys.argv[1:]):
        continue
    old[story["name"]] = tell(story)
    print(story["name"], flush=True)
with open(path, "w") as file:
    json.dump([old[story["name"]] for story in STORIES if story["name"] in old], file, indent=0)
    file.write("\n")
