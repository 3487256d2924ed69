#!/usr/bin/env python3
"""Records what ovs-ofctl of Open vSwitch 3.1 asks a switch, and how it prints what the switch says, for test/openflow.

  mods.json    commands of mod-cases.py with each OpenFlow version: the messages that ovs-ofctl sends, or its error
  flows.json   dump-flows of each flow of flow-cases.py that 1.5, or else 1.0, can add, for each protocol and with --names --no-stats
  groups.json  dump-groups and dump-group-stats of each group of mod-cases.py that can be added
  odp-flows.json  datapath flows of odp-cases.py: what ofproto/trace and dpctl/add-flow, seen by dpctl/dump-flows -m, make of them
  meters.json  dump-meters and meter-stats of each meter of mod-cases.py that can be added

The switch is a dummy one with the ports p1 to p3 and table 5 called "five"; it runs in a folder of its own and ends by pid.
Durations and ages are written as 0. usage: record-switch.py [mods]...
"""
import importlib.util, json, os, re, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
VERSIONS = ["OpenFlow1%d" % i for i in range(6)]
PROTOCOLS = ["OpenFlow10-table_id", "NXM-table_id", "OpenFlow11", "OXM-OpenFlow12", "OXM-OpenFlow13", "OXM-OpenFlow14", "OXM-OpenFlow15"]


def load(path):
    spec = importlib.util.spec_from_file_location(os.path.basename(path).replace("-", "_"), path + ".py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Switch(load(os.path.join(HERE, "..", "record-ovs")).Ovs):
    def __init__(self):
        super().__init__({})
        self.vsctl("set", "bridge", "br0", "protocols=[%s]" % ",".join(VERSIONS))
        self.dummy_ports()
        self.vsctl("--", "--id=@five", "create", "Flow_Table", "name=five", "--", "set", "bridge", "br0", "flow_tables:5=@five")

    def ask(self, version, words, text=None, options=()):
        done = subprocess.run(["ovs-ofctl", "-O", version, *options] + words, env=self.env, input=text, capture_output=True, text=True, timeout=30)
        return done.stdout, done.stderr


def write(name, records):
    with open(os.path.join(HERE, name + ".json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(record) for record in records) + "\n]\n")
    print(name, len(records), "records")


def together(pairs):
    """[[outcome, version...]...]: versions with the same outcome are one."""
    merged = []
    for outcome, version in pairs:
        same = next((entry for entry in merged if entry[0] == outcome), None)
        if same is None:
            merged.append([outcome, version])
        else:
            same.append(version)
    return merged


def sent(log):
    """Messages that change something, without headings and dumps."""
    out = []
    for entry in re.split(r"^\d{4}-\d\d-\d\dT[\d:.]+Z\|\d+\|", log, flags=re.M):
        found = re.match(r"vconn\|DBG\|\S+: sent \(Success\): (?:OFPT|NXT)_(?:FLOW|GROUP|METER)_MOD(?: \(OF1\.\d\))? \(xid=0x\w+\):\s*(.*)", entry, re.S)
        if found:
            out.append(re.sub(r"\n[0-9a-f]{8}  .*", "", found.group(1), flags=re.S).rstrip("\n"))
    return out


def outcome(switch, version, command, text):
    words = command.split(" ")
    if words[-1] == "-":
        # a refusal would end the file
        switch.ofctl("del-groups", "br0")
        out, log = switch.ask(version, words[:-1] + ["br0", "-"], text, ["-vvconn:console:dbg"])
    else:
        out, log = switch.ask(version, words + ["br0"] + ([] if text == "" and "del" in command else [text]), None, ["-vvconn:console:dbg"])
    error = re.search(r"^ovs-ofctl: (.*)", log, re.M)
    return {"error": error.group(1)} if error else {"sent": sent(log)}


def mods(switch):
    for command, text in load(os.path.join(HERE, "mod-cases")).commands():
        yield {"command": command, "text": text, "outcomes": together([(outcome(switch, version, command, text), version) for version in VERSIONS])}


def dump(switch, version, *words):
    """The only flow's line, without the blank before it, or the error for which the reply could not be read."""
    out, log = switch.ask(version, ["dump-flows", "br0", *words])
    error = re.search(r"WARN\|.*\((OFP\w+)\)", log)
    if error:
        return {"error": error.group(1)}
    line, = [line[1:] for line in out.split("\n") if line.startswith(" ")]
    return re.sub(r"duration=[^,]+", "duration=0s", re.sub(r"idle_age=\d+", "idle_age=0", line))


def flows(switch):
    for flow in load(os.path.join(HERE, "flow-cases")).flows():
        if "debug_" in flow:
            # a dummy switch alone takes these
            continue
        for version in ("OpenFlow15", "OpenFlow10"):
            switch.ofctl("del-flows", "br0")
            log = switch.ask(version, ["add-flow", "br0", flow])[1]
            if "OFPT_ERROR" in log or "ovs-ofctl: " in log:
                continue
            lines = together([(dump(switch, "OpenFlow10" if "10" in protocol or "NXM" in protocol else protocol[-10:], "-F", protocol), protocol) for protocol in PROTOCOLS])
            yield {"flow": flow, "added": version, "lines": lines, "named": dump(switch, "OpenFlow15", "--names", "--no-stats")}
            break


def groups(switch):
    for group in load(os.path.join(HERE, "mod-cases")).add_group():
        switch.ofctl("del-groups", "br0")
        log = switch.ask("OpenFlow15", ["add-group", "br0", group])[1]
        if "OFPT_ERROR" not in log and "ovs-ofctl: " not in log:
            shown = lambda version, *words: re.sub(r"duration=[^,]+", "duration=0s", re.search(r"\*\*\*.*|^ group_id=.*", switch.ask(version, [*words, "br0"])[0], re.M).group(0).strip())
            lines, stats = (together([(shown(version, command), version) for version in VERSIONS]) for command in ("dump-groups", "dump-group-stats"))
            yield {"group": group, "lines": lines, "named": shown("OpenFlow15", "--names", "dump-groups"), "stats": stats}


def meters(switch):
    for meter in load(os.path.join(HERE, "mod-cases")).METERS:
        switch.ofctl("del-meters", "br0")
        log = switch.ask("OpenFlow15", ["add-meter", "br0", meter])[1]
        if "OFPT_ERROR" not in log and "ovs-ofctl: " not in log:
            shown = {name: switch.ask("OpenFlow13", [name, "br0"])[0].split("\n", 1)[1] for name in ("dump-meters", "meter-stats")}
            yield {"meter": meter, "config": shown["dump-meters"], "stats": re.sub(r"duration:[^ ]+", "duration:0s", shown["meter-stats"])}


def control(switch, *words):
    """The reply, or the error."""
    done = subprocess.run(["ovs-appctl", "-t", switch.base + "/vswitchd.ctl", *words], capture_output=True, text=True, timeout=30)
    return done.stdout if done.returncode == 0 else {"error": re.sub("\novs-appctl: .*", "", done.stderr, flags=re.S)}


def odp_flows(switch):
    for text in load(os.path.join(HERE, "odp-cases")).FLOWS:
        control(switch, "dpctl/del-flows")
        record = {"text": text}
        traced = control(switch, "ofproto/trace", "ovs-dummy", text)
        record["traced"] = traced if type(traced) is dict else traced.split("\n")[0]
        added = control(switch, "dpctl/add-flow", text, "1")
        if type(added) is not dict:
            line, = [line for line in control(switch, "dpctl/dump-flows", "-m").split("\n") if line.startswith("ufid:")]
            added = re.sub(r"^ufid:\S+, |, packets:.*", "", line)
        record["added"] = added
        yield record


KINDS = {"mods": mods, "flows": flows, "groups": groups, "meters": meters, "odp-flows": odp_flows}

if __name__ == "__main__":
    for kind in sys.argv[1:] or KINDS:
        switch = Switch()
        try:
            write(kind, list(KINDS[kind](switch)))
        finally:
            switch.end()
