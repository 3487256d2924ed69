#!/usr/bin/env python3
"""Records what ovs-ofctl of Open vSwitch 3.1 makes of text, for test/openflow.

  parse-flow.json      flows of flow-cases.py: usable protocols, remarks, the error, and per protocol the flow_mod as the peer reads it

  compose-packet.json  flows of packet-cases.py: the packet that has their headers, and the flow's text where it is not what the packet has again

  odp-actions.json     datapath actions of odp-cases.py: what ovs-dpctl parse-actions makes of them

Times and sequence numbers of log lines, and hexadecimal dumps, are left out. usage: record-openflow.py [parse-flow]...
"""
import concurrent.futures, importlib.util, json, os, re, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROTOCOLS = ["OpenFlow10+table_id", "NXM+table_id", "OpenFlow11", "OXM-OpenFlow12", "OXM-OpenFlow13", "OXM-OpenFlow14", "OXM-OpenFlow15"]
VERSIONS = ",".join("OpenFlow1%d" % i for i in range(6))


def load(name):
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), os.path.join(HERE, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plain(text):
    """Lines without what differs from run to run, and without dumps."""
    lines = [re.sub(r"^\d{4}-\d\d-\d\dT[\d:.]+Z\|\d+\|", "", line) for line in text.split("\n")]
    return [line for line in lines if line and not re.match(r"[0-9a-f]{8}  ", line)]


def ofctl(*argv):
    done = subprocess.run(("ovs-ofctl", "-O", VERSIONS) + argv, capture_output=True, text=True, timeout=30)
    return plain(done.stdout), plain(done.stderr), done.returncode


def parse_flow_case(flow):
    out, err, code = ofctl("parse-flow", flow)
    record = {"flow": flow, "log": [line for line in err if not line.startswith("ovs-ofctl: ") and "|ofp_actions|WARN|bad action" not in line]}
    if code != 0 and not out:
        record["error"] = next(line for line in err if line.startswith("ovs-ofctl: "))[len("ovs-ofctl: "):]
        return record
    record["usable"] = out[0][len("usable protocols: "):]
    # what the chosen protocol remarks on is told again below
    record["log"] = [line for line in record["log"] if line.split("|")[0] in ("ofp_port", "ofp_match", "ofp_table", "ofp_group", "socket_util")]
    # parse-flow reads its own message, and with OpenFlow 1.0 normalizes a second time
    if record["log"][:3] == record["log"][3:]:
        record["log"] = record["log"][:3]
    texts = {}
    for protocol in PROTOCOLS:
        out, err, code = ofctl("-F", protocol, "parse-flow", flow)
        if code == 0:
            texts.setdefault(re.sub(r"^(OFPT|NXT)_FLOW_MOD( \(OF1\.\d\))? \(xid=0x\w+\): ", "", out[2]), []).append(protocol)
    record["wire"] = [[text, *protocols] for text, protocols in texts.items()]
    return record


def write(name, records):
    with open(os.path.join(HERE, name + ".json"), "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(record) for record in records) + "\n]\n")
    print(name, len(records), "records")


def parse_flow():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        write("parse-flow", list(pool.map(parse_flow_case, load("flow-cases").flows())))


def compose_case(case):
    flow, payload = case
    done = subprocess.run(["ovs-ofctl", "compose-packet", flow] + ([] if payload is None else [payload]), capture_output=True, text=True, timeout=30)
    record = {"flow": flow}
    if payload is not None:
        record["payload"] = payload
    err = plain(done.stderr)
    if err and err[0].startswith("ovs-ofctl: "):
        record["error"] = err[0][len("ovs-ofctl: "):]
        return record
    record["packet"] = "".join(re.sub(r"[ -]", "", line[10:]) for line in done.stdout.split("\n"))
    for line in err:
        if line.startswith("specified: "):
            record["text"] = line[len("specified: "):]
    return record


def compose_packet():
    write("compose-packet", [compose_case(case) for case in load("packet-cases").packets()])


def odp_actions():
    records = []
    for text in load("odp-cases").ACTIONS:
        done = subprocess.run(["ovs-dpctl", "parse-actions", "--", text], capture_output=True, text=True, timeout=30)
        records.append({"text": text, "error": re.search(r"\((.*)\)", done.stderr).group(1)} if done.returncode else {"text": text, "actions": done.stdout.rstrip("\n")})
    write("odp-actions", records)


KINDS = {"parse-flow": parse_flow, "compose-packet": compose_packet, "odp-actions": odp_actions}

if __name__ == "__main__":
    for kind in sys.argv[1:] or KINDS:
        KINDS[kind]()
