#!/usr/bin/python3
"""Records what the real Open vSwitch 3.1 makes of packets: ovs/actions.json, for each case of ovs-actions.py the bytes that leave its ports.

Each frame gets a megaflow of its own (megaflows disabled, a rule that drops), whose actions are then changed by dpctl/mod-flow, so that any
action meets any frame, those that ofproto would never translate to as well; null: the frame's megaflow cannot be changed, or it has no such
header. Ports write what they send to captures. The revalidators are
paused: they would put things right. usage: record-ovs-actions.py"""
import gzip, importlib.util, json, os, re, socket, struct, time

HERE = os.path.dirname(os.path.abspath(__file__))


def load(name):
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), os.path.join(HERE, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cases, ovs_py = load("ovs-actions"), load("record-ovs")


# Keys of headers that are cut off.
CUT = re.compile(r"arp\(sip=0\.0\.0\.0|ipv4\(src=0\.0\.0\.0|ipv6\(src=::,")


class Control:
    """unixctl, without a process a command."""

    def __init__(self, ovs):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(ovs.base + "/vswitchd.ctl")
        self.n = 0

    def __call__(self, method, *params):
        self.n += 1
        self.socket.sendall(json.dumps({"id": self.n, "method": method, "params": list(params)}).encode())
        text = b""
        while True:
            text += self.socket.recv(1 << 20)
            try:
                answer = json.loads(text)
                break
            except ValueError:
                pass
        if answer.get("error"):
            raise RuntimeError("%s %s: %s" % (method, params, answer["error"]))
        return answer["result"]


class Written:
    """What a port has written to its capture since the last time."""

    def __init__(self, path):
        self.path, self.at = path, 24

    def take(self):
        data = open(self.path, "rb").read()
        packets = []
        while self.at + 16 <= len(data):
            length = struct.unpack("<I", data[self.at + 8 : self.at + 12])[0]
            packets.append(data[self.at + 16 : self.at + 16 + length].hex())
            self.at += 16 + length
        return packets


def received(control):
    return int(re.search(r"packets received: (\d+)", control("dpif-netdev/pmd-stats-show").split("main thread")[1]).group(1))


def give(control, frame):
    """One frame, until the datapath has done with it."""
    wanted = received(control) + 1
    control("netdev-dummy/receive", "p1", frame.hex())
    while received(control) < wanted:
        time.sleep(0.0005)


def changeable(control, ufid, key):
    """The megaflow's name, in a form that mod-flow takes back: some that are printed it refuses."""
    for text in (key, key.replace(",eth_type(0/0xffff)", ""), re.sub(r"(skb|ct)_\w+\([^)]*\),", "", key)):
        try:
            control("dpctl/mod-flow", "%s %s" % (ufid, text), "drop")
            return ufid, text
        except RuntimeError:
            pass
    return None


ACTION = re.compile(r"push_mpls\(label=(\d+),tc=(\d+),ttl=(\d+),bos=(\d),eth_type=(0x\w+)\)|pop_mpls\(eth_type=(0x\w+)\)|push_vlan\((?:tpid=(0x\w+),)?vid=(\d+),pcp=(\d)\)|(pop_vlan)|(drop)|p?(\d+)|set\(mpls\((.*?)\)\)")


def as_data(text):
    """Datapath actions of a dump, as src/wasm/ovs-actions has them; None: there are others, to the controller or for another pass."""
    actions, at = [], 0
    while at < len(text):
        found = ACTION.match(text, at)
        if not found:
            return None
        at = found.end() + 1
        label, tc, ttl, bos, pushed, popped, tpid, vid, pcp, pop_vlan, drop, port, lse = found.groups()
        if pushed:
            actions.append({"type": "push_mpls", "lse": int(label) << 12 | int(tc) << 9 | int(bos) << 8 | int(ttl), "ethertype": int(pushed, 16)})
        elif popped:
            actions.append({"type": "pop_mpls", "ethertype": int(popped, 16)})
        elif vid:
            actions.append({"type": "push_vlan", "tpid": int(tpid or "0x8100", 16), "tci": int(vid) | int(pcp) << 13 | 0x1000})
        elif pop_vlan:
            actions.append({"type": "pop_vlan"})
        elif port:
            actions.append({"type": "output", "port": int(port)})
        elif lse:
            value = mask = 0
            for name, at_bit, bits in (("label", 12, 20), ("tc", 9, 3), ("bos", 8, 1), ("ttl", 0, 8)):
                part = re.search(name + r"=(\w+)(?:/(\w+))?", lse)
                if part:
                    value |= int(part.group(1), 0) << at_bit
                    mask |= (int(part.group(2), 0) if part.group(2) else (1 << bits) - 1) << at_bit
            actions.append(cases.put("mpls", cases.field("mpls_lse", value, mask)))
    return actions


def translated(control, ports, rules):
    """Each frame as the rules have it: the actions of its megaflow, and what leaves."""
    seen, each, sent = set(), [], []
    for frame in cases.FRAMES:
        give(control, frame)
        lines = [line for line in control("dpctl/dump-flows", "-m").split("\n") if line.startswith("ufid:") and line.split(",")[0] not in seen]
        seen.update(line.split(",")[0] for line in lines)
        packets = [port.take() for port in ports]
        each.append(as_data(re.search(r"actions:([^ ]*?)(?:, dp-extra|$)", lines[0]).group(1)) if lines else None)
        sent.append(packets if each[-1] is not None else None)
    print(rules, sum(len(port) for frame in sent if frame for port in frame), flush=True)
    return {"text": "; ".join(rules), "each": each, "sent": sent}


def main():
    ovs = ovs_py.Ovs({"max-idle": "3600000", "vlan-limit": "2"})
    try:
        for i in (1, 2, 3):
            ovs.vsctl("add-port", "br0", "p%d" % i, "--", "set", "Interface", "p%d" % i, "type=dummy", "ofport_request=%d" % i, "options:tx_pcap=%s/p%d.pcap" % (ovs.base, i))
        control = Control(ovs)
        control("upcall/disable-megaflows")
        ovs.rules(["priority=0,actions=drop"])
        # one frame at a time, so that each is known by the megaflow it brings
        keys, seen = [], set()
        for frame in cases.FRAMES:
            give(control, frame)
            fresh = [line for line in control("dpctl/dump-flows", "-m").split("\n") if line.startswith("ufid:") and line.split(",")[0] not in seen]
            if not fresh:
                keys.append(None)  # an earlier frame's megaflow serves it
                continue
            (line,) = fresh
            seen.add(line.split(",")[0])
            keys.append(changeable(control, *re.match(r"(ufid:\S+), (.*?), packets:", line).groups()))
            if keys[-1] is None:
                print("cannot be changed:", line, flush=True)
        control("revalidator/pause")
        ports = [Written("%s/p%d.pcap" % (ovs.base, i)) for i in (2, 3)]
        records = []
        for text, actions in cases.CASES:
            # the real one writes to headers that are not there, and may end itself by that
            wanted = [name + "(" for name in re.findall(r"set\((ipv4|ipv6|tcp|udp|sctp|icmp|icmpv6|arp|nd)\(", text)]
            sent = []
            for key, frame in zip(keys, cases.FRAMES):
                if key is None or not all("," + name in key[1] for name in wanted) or wanted and CUT.search(key[1]):
                    sent.append(None)
                    continue
                control("dpctl/mod-flow", "%s %s" % key, text)
                give(control, frame)
                sent.append([port.take() for port in ports])
            records.append({"text": text, "actions": actions, "sent": sent})
            print(text, sum(len(port) for frame in sent if frame for port in frame), flush=True)
        control("revalidator/resume")
        for rules in cases.RULES:
            ovs.ofctl("del-flows", "br0")
            ovs.rules(rules)
            control("revalidator/wait")
            control("revalidator/purge")
            records.append(translated(control, ports, rules))
    finally:
        ovs.end()
    recorded = {"frames": [frame.hex() for frame in cases.FRAMES], "cases": records}
    with open(os.path.join(HERE, "ovs", "actions.json.gz"), "wb") as file:
        file.write(gzip.compress((json.dumps(recorded, separators=(",", ":")) + "\n").encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
