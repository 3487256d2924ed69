"""What the real switch does as time goes by: flow_mods, timeouts, statistics, MAC learning, learned flows, megaflows, bonds. A story is a list of
steps as cases.py's, and these, which test/support/ofproto-story.ts carries out as well; the answer of one that asks is recorded behind it.

  flow-mod BRIDGE VERSION COMMAND text     the error, or nothing          dump BRIDGE VERSION criteria     its flows
  aggregate BRIDGE VERSION criteria        packet PORT flow               its length
  drops PORT flow                          which drop counters count it   burst PORT flow times            its length
  dump-plain BRIDGE VERSION criteria       flows without statistics       warp milliseconds
  datapath                                 dpctl/dump-flows, sorted       ask COMMAND argument...          what ovs-appctl prints
  tell COMMAND argument...                 (ovs-appctl, not recorded)     meter-mod BRIDGE COMMAND text    the error, or nothing
  group-mod BRIDGE COMMAND text            the error, or nothing          groups / group-stats BRIDGE, meters BRIDGE     their lines
  tables BRIDGE                            number, flows, lookups, matches of those that are used
  port-stats BRIDGE PORT                   packets and bytes received, packets and bytes sent
  link PORT up|down                        table BRIDGE NUMBER settings   bond BRIDGE NAME ports settings  their MACs
  vsctl argument...                        (and what it is for us)
"""
import json, os, re, time

COUNTERS = ["of_pipeline", "bridge_not_found", "recursion_too_deep", "too_many_resubmit", "stack_too_deep", "no_recirculation_context", "recirculation_conflict",
            "too_many_mpls_labels", "invalid_tunnel_metadata", "unsupported_packet_type", "congestion", "forwarding_disabled"]
BATCH = 50
MAC = "50:54:00:00:00:%02x"


def frame(src, dst, more="udp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,udp_src=1000,udp_dst=53"):
    return "%s,dl_src=%s,dl_dst=%s" % (more, src if ":" in str(src) else MAC % src, dst if ":" in str(dst) else MAC % dst)


def arp(src, dst="ff:ff:ff:ff:ff:ff", op=1, spa="10.0.0.1", tpa="10.0.0.2"):
    return frame(src, dst, "arp,arp_op=%d,arp_spa=%s,arp_tpa=%s" % (op, spa, tpa))


def tcp(src, dst, flags="ack"):
    return frame(src, dst, "tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,tcp_src=1000,tcp_dst=80,tcp_flags=" + flags)


def ports(*numbers):
    return [["port", "br0", "p%d" % n, n, {}] for n in numbers]


def of(version, command, *texts):
    return [["flow-mod", "br0", "OpenFlow" + version, command, text] for text in texts]


def dump(version="15", criteria=""):
    return ["dump", "br0", "OpenFlow" + version, criteria]


def warp(*seconds):
    return [["warp", int(1000 * s)] for s in seconds]


def packets(port, *flows):
    return [["packet", "p%d" % port, flow] for flow in flows]


WAIT = ["tell", "revalidator/wait"]
FDB = ["ask", "fdb/show", "br0"]
FDB_STATS = ["ask", "fdb/stats-show", "br0"]
DATAPATH = ["datapath"]

STORIES = []


def story(name, *parts):
    steps = []
    for part in parts:
        steps += [part] if isinstance(part[0], str) else part
    STORIES.append({"name": name, "steps": steps})


# flow_mods

for version in ("10", "11", "13", "15"):
    story("flows added, changed, removed, OpenFlow " + version, ports(1, 2, 3),
          of(version, "add-flow", "cookie=1,in_port=1,actions=2", "cookie=2,in_port=2,actions=1", "cookie=3,in_port=1,udp,priority=7,actions=3", "cookie=4,idle_timeout=10,actions=drop"), dump(version),
          packets(1, frame(1, 2), frame(1, 2)), packets(2, frame(2, 1)), warp(2), WAIT, dump(version),
          of(version, "mod-flows", "in_port=1,actions=3,2"), dump(version), of(version, "mod-flows --strict", "in_port=1,actions=2"), dump(version),
          of(version, "add-flow", "cookie=9,in_port=1,actions=2"), dump(version),
          *([of(version, "add-flow", "cookie=9,reset_counts,in_port=2,actions=1"), dump(version), of(version, "mod-flows", "in_port=2,reset_counts,actions=3"), dump(version)] if version > "12" else []),
          packets(1, frame(1, 2)), warp(1), WAIT, dump(version),
          of(version, "mod-flows", "in_port=7,actions=2"), of(version, "mod-flows", "cookie=77,in_port=8,actions=2"), of(version, "mod-flows --strict", "in_port=9,priority=3,actions=2"), dump(version),
          of(version, "del-flows --strict", "in_port=1"), dump(version), of(version, "del-flows", "in_port=1"), dump(version), of(version, "del-flows", ""), dump(version))

story("overlapping flows", ports(1, 2), of("10", "add-flow", "check_overlap,in_port=1,actions=2", "check_overlap,priority=5,dl_type=0x800,actions=2", "check_overlap,priority=5,in_port=1,actions=2", "check_overlap,in_port=1,actions=1", "check_overlap,priority=6,in_port=1,actions=2",
      "check_overlap,in_port=1,dl_vlan=3,actions=1", "check_overlap,in_port=2,dl_vlan=3,actions=1", "check_overlap,table=1,in_port=1,dl_vlan=3,actions=1"), dump("10"))

COOKIES = of("15", "add-flow", *["cookie=0x%x,in_port=%d,actions=%d" % (i, i, 1 + i % 2) for i in range(1, 9)])
for version in ("10", "11", "13"):
    story("cookies, OpenFlow " + version, ports(1, 2), COOKIES, dump(version, "cookie=0x3/-1"), dump(version, "cookie=0x2/0x2"), dump(version, "cookie=0x2/0x3,in_port=6"),
          of(version, "mod-flows", "cookie=0x1/0x7,actions=2", "cookie=0x55/0xff,in_port=77,actions=2", "in_port=2,cookie=0x77,actions=1"), dump(version), of(version, "mod-flows", "in_port=4,cookie=0x99,actions=1"), dump(version),
          of(version, "mod-flows", "cookie=0xabcd/0,in_port=5,actions=3", "cookie=0x5/-1,in_port=5,actions=2"), dump(version), of(version, "del-flows", "cookie=0x6/-1", "cookie=0x1/0x3"), dump(version), ["aggregate", "br0", "OpenFlow" + version, "cookie=0x2/0x2"])

story("tables", ports(1, 2), of("13", "add-flow", *["table=%d,in_port=%d,actions=2" % (t, p) for t in (0, 1, 2, 253) for p in (1, 2)]), of("13", "add-flow", "table=254,actions=2", "table=255,actions=1"), dump("13"), dump("13", "table=1"), ["dump-plain", "br0", "OpenFlow13", "table=254"], dump("13", "table=255,in_port=1"), of("13", "del-flows", "table=1,in_port=1", "table=255,in_port=2"), dump("13"),
      of("13", "mod-flows", "table=2,actions=1", "table=5,in_port=1,actions=1"), dump("13"), of("13", "del-flows", "table=254"), of("13", "add-flow", "table=2,cookie=1,actions=2"), ["aggregate", "br0", "OpenFlow13", "table=2"])

story("out_port and out_group", ports(1, 2, 3), [["group-mod", "br0", "add-group", "group_id=1,type=all,bucket=output:2"], ["group-mod", "br0", "add-group", "group_id=2,type=all,bucket=output:3"]],
      of("13", "add-flow", "in_port=1,actions=2,3", "in_port=2,actions=write_actions(output:3)", "in_port=3,actions=group:1", "in_port=4,actions=clone(output:2,group:2)", "in_port=5,actions=controller", "in_port=6,actions=set_queue:1,output:2", "in_port=7,actions=normal"),
      *[dump("13", c) for c in ("out_port=2", "out_port=3", "out_port=controller", "out_port=normal", "out_group=1", "out_group=2", "out_group=3")],
      of("13", "del-flows", "out_port=3"), dump("13"), of("13", "del-flows", "out_group=1"), dump("13"), [["group-mod", "br0", "del-groups", "group_id=2"]], dump("13"))

story("refused flows", ports(1, 2), [["group-mod", "br0", "add-group", "group_id=1,type=all,bucket=output:2"]], of("13", "add-flow", "actions=group:9", "actions=write_actions(group:9)", "actions=clone(group:9)", "actions=meter:5,output:2", "table=3,actions=learn(table=1,NXM_OF_ETH_SRC[]),output:1", "actions=output:77", "actions=set_field:1->in_port,output:1", "table=254,actions=1", "actions=resubmit(,254)"),
      of("13", "mod-flows", "actions=group:9", "table=254,actions=1"), of("13", "add-flow", "actions=group:1"), of("13", "mod-flows", "actions=group:9"), dump("13"))

story("timeouts", ports(1, 2, 3), of("15", "add-flow", "in_port=1,idle_timeout=5,actions=2", "in_port=2,hard_timeout=7,actions=1", "in_port=3,idle_timeout=3,hard_timeout=9,actions=1", "priority=1,actions=drop"), packets(1, frame(1, 2)), packets(3, frame(3, 2)),
      *[step for _ in range(5) for step in (packets(3, frame(3, 2)), warp(1), [WAIT], [dump("10")], warp(1), [WAIT], [dump("10")])], warp(3), WAIT, dump("10"))

story("timeouts changed by flow_mods", ports(1, 2, 3), of("10", "add-flow", "in_port=1,idle_timeout=5,actions=2"), warp(3), WAIT, of("10", "mod-flows", "in_port=1,idle_timeout=50,actions=3"), dump("10"), warp(3), WAIT, dump("10"), of("10", "add-flow", "in_port=2,hard_timeout=5,actions=2"), warp(4), WAIT,
      of("10", "mod-flows", "in_port=2,actions=1"), warp(4), WAIT, dump("10"), warp(3), WAIT, dump("10"))

story("ages", ports(1, 2), of("10", "add-flow", "in_port=1,actions=2"), warp(2), WAIT, dump("10"), packets(1, frame(1, 2)), WAIT, dump("10"), warp(3), WAIT, dump("10"), of("10", "mod-flows", "in_port=1,actions=2"), dump("10"), warp(1), packets(1, frame(1, 2)), WAIT, dump("10"), warp(2), WAIT, dump("10"), warp(20), WAIT, dump("10"))

story("fin_timeout", ports(1, 2), of("10", "add-flow", "in_port=1,idle_timeout=60,actions=fin_timeout(idle_timeout=5,hard_timeout=20),output:2", "in_port=2,hard_timeout=30,actions=fin_timeout(idle_timeout=3),output:1"), packets(1, tcp(1, 2)), WAIT, dump("10"), packets(1, tcp(1, 2, "ack|fin")), WAIT, dump("10"), packets(2, tcp(2, 1, "rst")), WAIT, dump("10"),
      warp(4), WAIT, dump("10"), warp(3), WAIT, dump("10"))

LIMITED = "in_port=%d,idle_timeout=%d,hard_timeout=%d,importance=%d,actions=drop"
story("a table's limit", ports(1, 2), ["table", "br0", 0, {"name": "first", "flow_limit": 3}], of("15", "add-flow", *[LIMITED % (i, 0, 0, 0) for i in range(1, 6)]), dump("15"), of("15", "add-flow", "in_port=2,actions=1", "in_port=1,table=1,actions=1"), dump("15"), of("15", "mod-flows", "in_port=7,actions=1"), of("10", "mod-flows", "in_port=7,actions=1"), ["table", "br0", 0, {"flow_limit": 2}], dump("15"), of("15", "add-flow", "in_port=2,actions=2", "in_port=9,actions=2"), dump("15"))
story("eviction by what is left of timeouts", ports(1, 2), ["table", "br0", 0, {"flow_limit": 4, "overflow_policy": "evict"}], of("15", "add-flow", LIMITED % (1, 0, 20, 0), LIMITED % (2, 0, 10, 0), LIMITED % (3, 15, 0, 0), LIMITED % (4, 0, 0, 0)), warp(1), WAIT,
      of("15", "add-flow", LIMITED % (5, 0, 30, 0)), dump("15"), warp(1), WAIT, of("15", "add-flow", LIMITED % (6, 0, 40, 0)), dump("15"), of("15", "add-flow", LIMITED % (7, 0, 50, 0)), dump("15"), of("15", "add-flow", LIMITED % (8, 0, 0, 0), LIMITED % (9, 0, 0, 0), LIMITED % (10, 0, 0, 0)), dump("15"),
      ["table", "br0", 0, {"flow_limit": 2, "overflow_policy": "evict"}], dump("15"))
story("eviction by importance", ports(1, 2), ["table", "br0", 0, {"flow_limit": 3, "overflow_policy": "evict"}], of("15", "add-flow", LIMITED % (1, 0, 30, 5), LIMITED % (2, 0, 10, 20), LIMITED % (3, 0, 20, 5)), of("15", "add-flow", LIMITED % (4, 0, 50, 30)), dump("15"), of("15", "add-flow", LIMITED % (5, 0, 60, 1)), dump("15"), of("15", "add-flow", LIMITED % (6, 0, 60, 40)), dump("15"))
story("eviction that is fair to groups", ports(1, 2), ["table", "br0", 0, {"flow_limit": 6, "overflow_policy": "evict", "groups": "\"NXM_OF_IN_PORT[]\""}], of("15", "add-flow", *["in_port=%d,dl_src=%s,idle_timeout=%d,actions=drop" % (p, MAC % m, t) for p, m, t in ((1, 1, 50), (1, 2, 40), (1, 3, 30), (1, 4, 20), (2, 5, 10), (3, 6, 60))]), dump("15"),
      *[step for i, (p, t) in enumerate([(2, 5), (2, 6), (2, 7)]) for step in (of("15", "add-flow", "in_port=%d,dl_src=%s,idle_timeout=%d,actions=drop" % (p, MAC % (16 + i), t)), [dump("15")])])

story("permanent flows are evicted as well", ports(1, 2), ["table", "br0", 0, {"flow_limit": 2, "overflow_policy": "evict"}], of("15", "add-flow", LIMITED % (1, 0, 0, 0), LIMITED % (2, 0, 0, 3), LIMITED % (3, 0, 0, 0)), dump("15"))

# megaflows

story("megaflows come, count, go", ports(1, 2, 3), of("15", "add-flow", "in_port=1,udp,actions=2", "in_port=2,actions=3,1", "in_port=3,actions=drop", "table=1,actions=drop"), packets(1, frame(1, 2), frame(1, 2), frame(1, 2)), packets(2, tcp(1, 2), tcp(1, 2, "fin")), packets(3, arp(1)), DATAPATH, dump("15"), warp(1), packets(1, frame(1, 2)), DATAPATH, WAIT, dump("15"), warp(5), WAIT, DATAPATH, packets(1, frame(1, 2)), warp(6), WAIT, DATAPATH, warp(11), WAIT, DATAPATH, dump("15"))
story("megaflows follow rules", ports(1, 2, 3), of("15", "add-flow", "in_port=1,actions=2"), packets(1, frame(1, 2), frame(1, 2)), warp(1), WAIT, DATAPATH, of("15", "mod-flows", "in_port=1,actions=3"), WAIT, DATAPATH, packets(1, frame(1, 2)), warp(1), WAIT, dump("15"), DATAPATH,
      of("15", "add-flow", "priority=60000,in_port=1,udp,actions=2"), WAIT, DATAPATH, dump("15"), packets(1, frame(1, 2), frame(1, 2)), packets(1, arp(1), arp(1)), warp(1), WAIT, DATAPATH, dump("15"), of("15", "del-flows", "udp"), WAIT, DATAPATH, packets(1, frame(1, 2)), WAIT, DATAPATH, dump("15"), of("15", "del-flows", ""), WAIT, DATAPATH)
story("what was counted before a change goes to the new rule", ports(1, 2, 3), of("15", "add-flow", "in_port=1,actions=2"), packets(1, frame(1, 2), frame(1, 2), frame(1, 2)), warp(1), of("15", "add-flow", "priority=50000,in_port=1,actions=3"), WAIT, dump("15"), packets(1, frame(1, 2), frame(1, 2)), warp(1), WAIT, dump("15"))
story("rules replaced while megaflows count", ports(1, 2, 3), of("13", "add-flow", "in_port=1,actions=2"), packets(1, *[frame(1, 2)] * 4), warp(1), of("13", "add-flow", "in_port=1,actions=3"), WAIT, dump("13"), packets(1, *[frame(1, 2)] * 2), warp(1), of("13", "add-flow", "reset_counts,in_port=1,actions=2"), dump("13"), WAIT, dump("13"), packets(1, frame(1, 2)), warp(1), WAIT, dump("13"))
story("the slow path", ports(1, 2), of("15", "add-flow", "in_port=1,ip,actions=set_field:1.2.3.4->ip_src,2", "in_port=2,arp,actions=set_field:50:54:00:00:00:77->arp_sha,1", "in_port=1,priority=1,actions=controller"), packets(1, frame(1, 2), arp(1)), packets(2, arp(1), arp(1)), warp(1), WAIT, DATAPATH, dump("15"))
story("drops and their reasons", ports(1, 2, 3), of("15", "add-flow", "in_port=1,actions=drop", "in_port=2,actions=resubmit(,1)", "in_port=3,udp,actions=resubmit(,60)", "in_port=3,arp,actions=" + ",".join(["push_mpls:0x8847"] * 4) + ",output:2", *["table=%d,actions=resubmit(,%d)" % (t, t - 1) for t in range(2, 70)]), of("15", "add-flow", "table=1,actions=resubmit(,1)"),
      ["drops", "p1", frame(1, 2)], ["drops", "p2", frame(1, 2)], ["drops", "p3", frame(1, 2)], ["drops", "p3", arp(1)], ["drops", "p3", tcp(1, 2)])

story("a select group, round by round", ports(1, 2, 3, 4), [["group-mod", "br0", "add-group", "group_id=1,type=select,selection_method=dp_hash,bucket=weight:1,output:2,bucket=weight:2,output:3"]], of("15", "add-flow", "in_port=1,actions=group:1,output:4"),
      *[packets(1, frame(1, 2, "udp,nw_src=10.0.0.%d,nw_dst=10.0.0.2,nw_ttl=64,udp_src=%d,udp_dst=53" % (i, 1000 + 7 * i))) for i in range(1, 13)], warp(1), WAIT, DATAPATH, ["group-stats", "br0"], dump("15"), [["group-mod", "br0", "mod-group", "group_id=1,type=select,selection_method=dp_hash,bucket=output:3"]], WAIT, DATAPATH, ["group-stats", "br0"])

# groups

story("groups: statistics, references, changes", ports(1, 2, 3, 4), [["group-mod", "br0", "add-group", "group_id=1,type=all,bucket=bucket_id:1,output:2,bucket=bucket_id:5,output:3,group:2"], ["group-mod", "br0", "add-group", "group_id=2,type=indirect,bucket=output:4"], ["group-mod", "br0", "add-group", "group_id=1,type=all,bucket=bucket_id:1,output:2,bucket=bucket_id:5,output:3,group:2"],
      ["group-mod", "br0", "add-group", "group_id=3,type=ff,bucket=watch_port:9,output:2,bucket=watch_port:2,output:3"]], ["groups", "br0"], of("15", "add-flow", "in_port=1,actions=group:1", "in_port=2,actions=group:3,write_actions(group:1)", "in_port=3,actions=group:3"), packets(1, frame(1, 2), frame(1, 2)), packets(2, frame(1, 2)), packets(3, *[frame(1, 2)] * 3), warp(2), WAIT, ["group-stats", "br0"],
      [["group-mod", "br0", "insert-buckets", "group_id=1,command_bucket_id=first,bucket=bucket_id:9,output:4"], ["group-mod", "br0", "insert-buckets", "group_id=1,command_bucket_id=1,bucket=bucket_id:10,output:4,bucket=bucket_id:11,output:3"], ["group-mod", "br0", "insert-buckets", "group_id=1,command_bucket_id=last,bucket=bucket_id:12,output:4"],
       ["group-mod", "br0", "insert-buckets", "group_id=1,command_bucket_id=77,bucket=bucket_id:13,output:4"], ["group-mod", "br0", "insert-buckets", "group_id=1,command_bucket_id=last,bucket=bucket_id:12,output:4"]], ["groups", "br0"],
      [["group-mod", "br0", "remove-buckets", "group_id=1,command_bucket_id=first"], ["group-mod", "br0", "remove-buckets", "group_id=1,command_bucket_id=last"], ["group-mod", "br0", "remove-buckets", "group_id=1,command_bucket_id=10"], ["group-mod", "br0", "remove-buckets", "group_id=1,command_bucket_id=99"]], ["groups", "br0"], packets(1, frame(1, 2)), warp(1), WAIT, ["group-stats", "br0"],
      [["group-mod", "br0", "remove-buckets", "group_id=1,command_bucket_id=all"]], ["groups", "br0"], [["group-mod", "br0", "mod-group", "group_id=3,type=all,bucket=output:4"], ["group-mod", "br0", "mod-group", "group_id=8,type=all,bucket=output:4"], ["group-mod", "br0", "--may-create mod-group", "group_id=8,type=all,bucket=output:4"]], ["groups", "br0"], ["group-stats", "br0"],
      [["group-mod", "br0", "del-groups", "group_id=3"], ["group-mod", "br0", "del-groups", "group_id=99"]], dump("15"), ["groups", "br0"], [["group-mod", "br0", "del-groups", ""]], dump("15"), ["groups", "br0"])
story("groups that are refused", ports(1, 2), [["group-mod", "br0", "add-group", text] for text in ("group_id=1,type=indirect", "group_id=1,type=all,bucket=group:1", "group_id=6,type=all,bucket=group:7", "group_id=7,type=select,bucket=weight:0,output:1", "group_id=8,type=all,bucket=watch_port:1,output:2", "group_id=9,type=ff,bucket=watch_port:77,output:2", "group_id=10,type=ff,bucket=watch_group:10,output:2", "group_id=11,type=all,bucket=output:99",
      "group_id=1,type=all", "group_id=2,type=all,bucket=bucket_id:1,output:1,bucket=bucket_id:1,output:2", "group_id=4,type=all,bucket=learn(table=1,NXM_OF_ETH_SRC[]),output:1", "group_id=5,type=select,selection_method=dp_hash,selection_method_param=7,bucket=output:1")], ["groups", "br0"])

METERS = [("add-meter", "meter=1,pktps,stats,bands=type=drop,rate=100"), ("add-meter", "meter=1,pktps,bands=type=drop,rate=100"), ("add-meter", "meter=2,kbps,burst,bands=type=drop,rate=100,burst_size=7,type=drop,rate=5000,burst_size=9"), ("add-meter", "meter=3,kbps,bands=type=dscp_remark,rate=10,prec_level=1"), ("mod-meter", "meter=9,kbps,bands=type=drop,rate=10"),
          ("add-meter", "meter=4,kbps,pktps,bands=type=drop,rate=10"), ("add-meter", "meter=5,kbps,bands=" + "type=drop,rate=10," * 9), ("add-meter", "meter=controller,pktps,bands=type=drop,rate=10"), ("add-meter", "meter=7,kbps,burst,bands=type=drop,rate=4000000000,burst_size=4000000000"), ("mod-meter", "meter=1,kbps,bands=type=drop,rate=9")]
story("meters", ports(1, 2), [["meter-mod", "br0", command, text] for command, text in METERS], ["meters", "br0"], of("13", "add-flow", "in_port=1,actions=meter:1,output:2", "in_port=2,actions=meter:2,output:1", "in_port=3,actions=meter:8,output:1"), [["trace", "br0", "in_port=1,ip"]], [["meter-mod", "br0", "del-meters", "meter=1"]], dump("13"), [["meter-mod", "br0", "del-meters", "meter=44"], ["meter-mod", "br0", "del-meters", "meter=all"]], dump("13"), ["meters", "br0"])

# ports

NORMAL = of("15", "add-flow", "actions=normal")
TO_GROUPS = of("15", "add-flow", "in_port=1,actions=group:1,group:2,group:3,bundle(eth_src,0,active_backup,ofport,members:2,3),bundle(symmetric_l4,0,hrw,ofport,members:2,3,4)", "in_port=5,actions=all")
ALIVE = [["group-mod", "br0", "add-group", text] for text in ("group_id=1,type=ff,bucket=watch_port:2,output:2,bucket=watch_port:3,output:3", "group_id=2,type=ff,bucket=watch_group:1,output:4,bucket=watch_port:4,output:4",
         "group_id=3,type=select,selection_method=hash,fields=eth_src,bucket=watch_port:2,output:2,bucket=watch_port:3,output:3")]
story("links go down and up", ports(1, 2, 3, 4, 5), ALIVE, TO_GROUPS, packets(1, arp(1)), packets(5, arp(2)), DATAPATH, *[step for port, state in ((2, "down"), (3, "down"), (2, "up"), (3, "up"), (4, "down")) for step in (["link", "p%d" % port, state], WAIT, DATAPATH, ["trace", "br0", "in_port=1,dl_src=" + MAC % 1])],
      ["mod-port", "br0", 2, "down"], WAIT, DATAPATH, ["mod-port", "br0", 2, "up"], WAIT, DATAPATH)
story("ports come and go", ports(1, 2), NORMAL, packets(1, arp(1)), packets(2, arp(2)), packets(2, frame(2, 1)), DATAPATH, FDB, ports(3), WAIT, DATAPATH, FDB, ["vsctl", "del-port", "p2"], WAIT, DATAPATH, FDB, packets(1, frame(1, 2)), DATAPATH, FDB, ["vsctl", "set", "port", "p3", "tag=7"], WAIT, DATAPATH, packets(3, arp(3)), DATAPATH, FDB)
story("what tables and patch ports count", ["bridge", "br1"], ports(1), [["port", "br0", "p10", 10, {"peer": "p20"}], ["port", "br1", "p20", 20, {"peer": "p10"}], ["port", "br1", "p2", 2, {}]], of("13", "add-flow", "in_port=1,ip,actions=10", "in_port=10,actions=resubmit(,2)", "table=2,udp,actions=goto_table:4"), [["flow-mod", "br1", "OpenFlow13", "add-flow", "in_port=20,actions=2"], ["flow-mod", "br1", "OpenFlow13", "add-flow", "in_port=2,actions=20,20"]],
      packets(1, frame(1, 2), frame(1, 2), arp(1)), packets(2, frame(2, 1), frame(2, 1), tcp(2, 1)), warp(1), WAIT, DATAPATH, ["tables", "br0"], ["tables", "br1"], ["port-stats", "br0", "p10"], ["port-stats", "br1", "p20"], dump("13"))

# MAC learning

story("MAC learning", ports(1, 2, 3), NORMAL, packets(1, arp(1)), FDB, DATAPATH, packets(2, arp(2, MAC % 1, 2)), FDB, packets(1, frame(1, 2)), WAIT, DATAPATH, FDB, warp(3), packets(3, frame(1, 2)), WAIT, FDB, DATAPATH, packets(3, frame(1, 2)), warp(1), WAIT, FDB, DATAPATH, FDB_STATS, packets(1, arp(1), arp(9)), FDB, ["tell", "fdb/flush", "br0"], FDB, packets(1, frame(1, 2)), FDB, FDB_STATS, ["tell", "fdb/stats-clear", "br0"], FDB_STATS)
story("MAC entries age", ports(1, 2, 3), ["vsctl", "set", "bridge", "br0", "other_config:mac-aging-time=20"], NORMAL, packets(1, arp(1)), packets(2, arp(2)), warp(10), WAIT, packets(2, arp(2)), warp(5), WAIT, FDB, warp(6), WAIT, FDB, warp(10), WAIT, FDB, FDB_STATS, packets(1, arp(1), arp(1)), *[step for _ in range(5) for step in (packets(1, arp(1)), warp(8), [WAIT])], FDB, DATAPATH, warp(21), WAIT, FDB)
story("the MAC table overflows", ports(1, 2, 3), ["vsctl", "set", "bridge", "br0", "other_config:mac-table-size=10"], NORMAL, *[step for i in range(1, 13) for step in (packets(1 + i % 3 if i > 6 else 1, arp(i)), warp(1))], FDB, FDB_STATS, *[step for i in range(30, 40) for step in (packets(2, arp(i)), warp(1))], FDB, FDB_STATS, packets(3, arp(50)), packets(1, arp(51)), FDB, ["vsctl", "set", "bridge", "br0", "other_config:mac-table-size=15"], packets(1, arp(60)), FDB)
story("static MAC entries", ports(1, 2, 3), NORMAL, [["tell", "fdb/add", "br0", "p1", "0", MAC % 1], ["tell", "fdb/add", "br0", "p2", "0", MAC % 2], ["tell", "fdb/add", "br0", "p2", "7", MAC % 2]], FDB, packets(3, arp(1)), packets(3, arp(3)), FDB, packets(3, frame(3, 1)), DATAPATH, FDB_STATS, warp(301), WAIT, FDB, [["tell", "fdb/add", "br0", "p3", "0", MAC % 1]], FDB, [["tell", "fdb/del", "br0", "0", MAC % 2], ["tell", "fdb/del", "br0", "0", MAC % 2], ["tell", "fdb/del", "br0", "0", MAC % 9]], FDB, packets(1, arp(5)), ["tell", "fdb/add", "br0", "p2", "0", MAC % 5], FDB, ["tell", "fdb/flush", "br0"], FDB, FDB_STATS)
story("gratuitous ARP and MACs that move", ports(1, 2, 3), NORMAL, packets(1, arp(1, spa="10.0.0.1", tpa="10.0.0.1")), FDB, packets(2, arp(1)), FDB, packets(3, arp(1, spa="10.0.0.1", tpa="10.0.0.1", op=2)), FDB, warp(6), packets(2, arp(1)), FDB, FDB_STATS)

story("traced packets that are there", ports(1, 2), NORMAL, [["ask", "ofproto/trace", "br0", "in_port=1," + arp(1), "-generate"], ["ask", "ofproto/trace", "br0", "in_port=2," + arp(2)]], FDB, of("15", "add-flow", "table=0,priority=40000,udp,actions=learn(table=1,NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[]),resubmit(,1)"),
      [["ask", "ofproto/trace", "br0", "in_port=1," + frame(1, 2)], ["ask", "ofproto/trace", "br0", "in_port=1," + frame(1, 2), "-generate"], ["ask", "ofproto/trace", "br0", "in_port=2," + frame(1, 2), "-generate"]], dump("15"), FDB)

# learned flows

LEARN = "table=0,actions=learn(table=1,hard_timeout=60,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[]),resubmit(,1)"
story("learned flows: MAC learning by learn", ports(1, 2, 3), of("15", "add-flow", LEARN, "table=1,priority=0,actions=flood"), packets(1, frame(1, 2)), packets(2, frame(2, 1)), dump("15", "table=1"), DATAPATH, packets(1, frame(1, 2), frame(1, 2)), packets(3, frame(1, 2)), dump("15", "table=1"), warp(1), WAIT, dump("10", "table=1"), DATAPATH, packets(3, frame(1, 2)), packets(3, frame(1, 2)), warp(3), WAIT, dump("10", "table=1"), warp(61), WAIT, dump("15", "table=1"), DATAPATH)
story("learned flows are refreshed", ports(1, 2), of("10", "add-flow", "table=0,in_port=1,actions=learn(table=1,hard_timeout=10,NXM_OF_ETH_SRC[]),2"), packets(1, frame(1, 2)), *[step for _ in range(4) for step in (warp(3), packets(1, frame(1, 2)), [WAIT, dump("10", "table=1")])], warp(8), WAIT, dump("10", "table=1"), warp(4), WAIT, dump("10", "table=1"))
story("learn with idle_timeout and fin_timeouts", ports(1, 2), of("10", "add-flow", "in_port=1,tcp,actions=learn(table=1,idle_timeout=20,fin_idle_timeout=3,cookie=0x77,send_flow_rem,priority=9,eth_type=0x800,nw_proto=6,NXM_OF_TCP_SRC[]=NXM_OF_TCP_DST[],load:5->NXM_NX_REG0[0..7],output:NXM_OF_IN_PORT[])", "in_port=2,actions=resubmit(,1)"), packets(1, tcp(1, 2)), dump("10"), packets(2, tcp(2, 1).replace("tcp_src=1000,tcp_dst=80", "tcp_src=80,tcp_dst=1000")), dump("10"),
      packets(2, tcp(2, 1, "fin|ack").replace("tcp_src=1000,tcp_dst=80", "tcp_src=80,tcp_dst=1000")), WAIT, dump("10"), warp(4), WAIT, dump("10"))
story("learn with a limit", ports(1, 2), of("10", "add-flow", "in_port=1,actions=learn(table=1,limit=2,cookie=0x1,result_dst=NXM_NX_REG0[0],NXM_OF_ETH_SRC[]),resubmit(,2)", "table=2,reg0=1,actions=2", "table=2,reg0=0,actions=in_port"), packets(1, frame(1, 2), frame(2, 2), frame(3, 2), frame(1, 2)), dump("10"), DATAPATH, of("10", "del-flows", "table=1,dl_src=" + MAC % 1), WAIT, packets(1, frame(3, 2), frame(4, 2)), WAIT, dump("10"), DATAPATH)
story("learned flows go with those that learn", ports(1, 2), of("10", "add-flow", "in_port=1,actions=learn(table=1,delete_learned,cookie=0x123,NXM_OF_ETH_SRC[])", "in_port=2,actions=learn(table=1,delete_learned,cookie=0x123,NXM_OF_ETH_SRC[]),learn(table=2,delete_learned,cookie=0x9,NXM_OF_ETH_DST[])", "table=3,cookie=0x123,actions=drop", "table=2,cookie=0x9,actions=drop"), packets(1, frame(1, 2)), packets(2, frame(2, 3)), dump("10"), of("10", "del-flows --strict", "in_port=1"), dump("10"),
      of("10", "mod-flows", "in_port=2,actions=learn(table=1,delete_learned,cookie=0x123,NXM_OF_ETH_SRC[])"), dump("10"), of("10", "mod-flows", "in_port=2,actions=drop"), dump("10"))
story("a flow that learns over itself", ports(1, 2, 3), of("10", "add-flow", "in_port=1,actions=load:1->NXM_NX_REG0[],learn(table=0,priority=40000,in_port=1,load:2->NXM_NX_REG1[],output:NXM_NX_REG0[0..15]),2"), packets(1, frame(1, 2), frame(1, 2), frame(1, 2)), WAIT, dump("10"), DATAPATH)

# bonds

BOND_SHOW = ["ask", "bond/show", "bond0"]
for mode in ("active-backup", "balance-slb"):
    story("a bond, " + mode, ports(1, 2), ["bond", "br0", "bond0", [["p3", 3], ["p4", 4]], {"bond_mode": mode, "bond_updelay": 2000, "bond_downdelay": 1000}], NORMAL, BOND_SHOW, *[packets(1, arp(i, MAC % (0x80 + i))) for i in range(1, 9)], DATAPATH, packets(3, arp(0x90)), packets(4, arp(0x91)), packets(4, frame(0x92, 1)), packets(3, frame(0x93, 1)), FDB, DATAPATH,
          ["link", "p3", "down"], BOND_SHOW, warp(0.5), BOND_SHOW, warp(0.6), WAIT, BOND_SHOW, DATAPATH, packets(1, arp(1, MAC % 0x81)), WAIT, DATAPATH, ["link", "p3", "up"], BOND_SHOW, warp(1), BOND_SHOW, warp(1.1), WAIT, BOND_SHOW, DATAPATH,
          ["tell", "bond/disable-member", "bond0", "p3"], BOND_SHOW, ["tell", "bond/set-active-member", "bond0", "p3"], BOND_SHOW, ["tell", "bond/enable-member", "bond0", "p3"], ["tell", "bond/set-active-member", "bond0", "p3"], BOND_SHOW, WAIT, DATAPATH)
story("a bond that both links leave", ports(1), ["bond", "br0", "bond0", [["p3", 3], ["p4", 4]], {"bond_mode": "active-backup", "bond_updelay": 3000, "bond_downdelay": 0}], NORMAL, ["link", "p3", "down"], ["link", "p4", "down"], BOND_SHOW, packets(1, arp(1)), DATAPATH, ["link", "p4", "up"], BOND_SHOW, ["link", "p3", "up"], BOND_SHOW, packets(1, arp(2)), WAIT, DATAPATH, warp(3), BOND_SHOW)
story("a bond shifts load", ports(1), ["bond", "br0", "bond0", [["p3", 3], ["p4", 4]], {"bond_mode": "balance-slb", "bond_updelay": 0, "bond_downdelay": 0}], NORMAL, *[["burst", "p1", frame(i, 0x80 + i), n] for i, n in ((1, 900), (2, 100), (3, 1500), (4, 40), (5, 3000), (6, 10), (7, 700))], WAIT, BOND_SHOW, DATAPATH, warp(5), WAIT, BOND_SHOW, warp(5), WAIT, BOND_SHOW, WAIT, DATAPATH,
      *[["burst", "p1", frame(i, 0x80 + i), n] for i, n in ((1, 900), (3, 1500), (5, 3000))], warp(10), WAIT, BOND_SHOW, WAIT, DATAPATH, warp(10), WAIT, BOND_SHOW)


def refusal(answer):
    """The error's name, of what ovs-ofctl prints."""
    found = re.search(r"OFPT_ERROR[^:]*: (\w+)", answer)
    return found.group(1) if found else re.sub(r"\A.*?\|WARN\|.*\n", "", answer).strip()


def lines(answer):
    """A reply's lines behind its heading."""
    return [line.strip() for line in answer.splitlines() if " reply" not in line and "|INFO|" not in line and line.strip() != ""]


def counters(switch):
    return [int(switch.call("coverage/read-counter", "drop_action_" + name)) for name in COUNTERS]


def receive(switch, port, flow, times=1):
    packet = switch.asked("compose-packet", flow).strip()
    hexes = "".join(re.findall(r"^[0-9a-f]{8}((?:[ -]+[0-9a-f]{2})+)", packet, re.M)) if "\n" in packet else packet
    hexes = re.sub(r"[^0-9a-f]", "", hexes)
    for first in range(0, times, BATCH):
        switch.call("netdev-dummy/receive", port, *[hexes] * min(BATCH, times - first))
        time.sleep(0.02)
    return len(hexes) // 2


def make_bond(switch, bridge, name, members, settings):
    """Until it has its members in this order and the first one is active: OVS takes them by their random UUIDs, and by their addresses. @returns their
    MACs"""
    words = ["add-bond", bridge, name, *[member for member, _ in members], "--", "set", "Port", name, *["%s=%s" % pair for pair in settings.items()]]
    for member, number in members:
        words += ["--", "set", "Interface", member, "type=dummy", "ofport_request=%d" % number]
    while True:
        switch.vsctl(*words)
        time.sleep(0.05)
        uuids = [switch.vsctl("get", "Interface", member, "_uuid").strip() for member, _ in members]
        active = re.search(r"active member mac: .*\((.*)\)", switch.call("bond/show", name)).group(1)
        if uuids == sorted(uuids) and active == members[0][0]:
            return [switch.vsctl("get", "Interface", member, "mac_in_use").strip().strip('"') for member, _ in members]
        switch.vsctl("del-port", bridge, name)


def carry_out(switch, step, cases):
    verb, *rest = step
    if verb == "flow-mod":
        bridge, version, command, text = rest
        words = command.split()
        return refusal(switch.asked("-O", version, *words[1:], words[0], bridge, text))
    if verb == "dump":
        return lines(switch.asked("-O", rest[1], "dump-flows", rest[0], rest[2]))
    if verb == "dump-plain":
        return lines(switch.asked("-O", rest[1], "dump-flows", "--no-stats", rest[0], rest[2]))
    if verb == "aggregate":
        answer = switch.asked("-O", rest[1], "dump-aggregate", rest[0], rest[2])
        return re.sub(r"(?s).*?: ", "", answer).strip()
    if verb == "group-mod":
        bridge, command, text = rest
        words = command.split()
        return refusal(switch.asked("-O", "OpenFlow15", *words[:-1], words[-1], bridge, text))
    if verb == "tables":
        answer = switch.asked("-O", "OpenFlow13", "dump-tables", rest[0])
        return [[int(n) for n in table] for table in re.findall(r"table (\d+):\s+active=(\d+), lookup=(\d+), matched=(\d+)", answer) if table[1] + table[2] != "00"]
    if verb == "port-stats":
        return [int(n) for n in re.findall(r"(?:pkts|bytes)=(\d+)", switch.asked("-O", "OpenFlow13", "dump-ports", *rest))]
    if verb == "meter-mod":
        bridge, command, text = rest
        return refusal(switch.asked("-O", "OpenFlow13", command, bridge, text))
    if verb == "meters":
        return sorted(re.findall(r"meter=.*(?:\ntype=.*)*", switch.asked("-O", "OpenFlow13", "dump-meters", rest[0])))
    if verb == "groups":
        return sorted(lines(switch.asked("-O", "OpenFlow15", "dump-groups", rest[0])))
    if verb == "group-stats":
        return sorted(lines(switch.asked("-O", "OpenFlow15", "dump-group-stats", rest[0])))
    if verb in ("packet", "burst"):
        return receive(switch, *rest)
    if verb == "drops":
        before = counters(switch)
        receive(switch, *rest)
        return [name for name, old, new in zip(COUNTERS, before, counters(switch)) if new > old]
    if verb == "warp":
        switch.call("time/warp", str(rest[0]))
        time.sleep(0.03)
        return None
    if verb == "datapath":
        return sorted(cases.clean(line) for line in switch.call("dpctl/dump-flows").splitlines() if "flow-dump from" not in line)
    if verb in ("ask", "tell"):
        answer = switch.call(*rest)
        time.sleep(0.03)
        return cases.clean(answer) if verb == "ask" else None
    if verb == "link":
        switch.call("netdev-dummy/set-admin-state", *rest)
        time.sleep(0.05)
        return None
    if verb == "table":
        bridge, number, settings = rest
        words = ["%s=%s" % (key, value) for key, value in settings.items()]
        switch.vsctl("--", "--id=@t", "create", "Flow_Table", *words, "--", "set", "Bridge", bridge, "flow_tables:%d=@t" % number)
        return None
    if verb == "bond":
        return make_bond(switch, *rest)
    if verb == "vsctl":
        switch.vsctl(*rest)
        return None
    return cases.carry_out(switch, step)


def random_story(rules):
    """Flows come, change and go while packets meet them. What was counted is looked at after each packet: the order of revalidators' rounds is not ours."""
    r = rules.random
    steps = ports(1, 2, 3, 4) + [["port", "br0", "p5", 5, {"tag": 10}], ["port", "br0", "p6", 6, {"trunks": [10, 11]}]]
    # while ovs-ofctl is connected there is a controller, which would get what is missed
    steps += [["mod-table", "br0", table, "drop"] for table in range(5)]
    known = []

    def flow():
        while True:
            text = rules.rule()
            if "mpls" not in text:
                known.append(text)
                match, actions = text.split(",actions=")
                more = [word for word, p in (("cookie=%d" % r.randrange(4), 0.6), ("idle_timeout=%d" % r.randrange(1, 9), 0.2), ("hard_timeout=%d" % r.randrange(1, 20), 0.2), ("check_overlap", 0.1), ("send_flow_rem", 0.1)) if r.random() < p]
                return ",".join(more + [match, "actions=" + actions])

    def loose(text):
        return re.sub(r"priority=\d+,?", "", text).rstrip(",")

    def packet():
        while True:
            text = rules.packet()
            # what ovs-ofctl composes of others is something else
            if re.match("tcp|udp|icmp|sctp|arp|ip", text) and not re.search("6.*nw_frag|ipv6.*nw_frag", text):
                port = re.search("in_port=(\\d)", text).group(1)
                return ["packet", "p" + port, re.sub(r"in_port=\d,", "", text)]

    steps += [step for _ in range(rules.pick(5, 10, 20)) for step in of("15", "add-flow", flow())]
    # which megaflows survive when rules go depends in the real one on whether their memory is freed before megaflows are looked at, so there are none then
    purge = ["tell", "revalidator/purge"]
    for _ in range(50):
        chance = r.random()
        version = rules.pick("13", "15")
        if chance < 0.5:
            steps += [packet(), WAIT]
        elif chance < 0.6:
            text = flow() if r.random() < 0.7 else rules.pick(*known)
            steps += of(version, "add-flow", text)
        elif chance < 0.7:
            match, actions = rules.pick(*known).split(",actions=")[0], flow().split(",actions=")[1]
            if not re.search("mod_tp|goto|write", actions):
                steps += of(version, "mod-flows --strict", match + ",actions=" + actions) if r.random() < 0.5 else of(version, "mod-flows", loose(rules.pick(match, match.split(",")[0])) + ",actions=" + actions)
        elif chance < 0.8:
            match = rules.pick(*known).split(",actions=")[0]
            steps += [purge] + (of(version, "del-flows --strict", match) if r.random() < 0.5 else of(version, "del-flows", rules.pick(loose(match), "cookie=%d/-1" % r.randrange(4), "table=1,out_port=%d" % r.randrange(1, 6))))
        elif chance < 0.9:
            steps += [purge] + warp(rules.pick(1, 2, 5, 11)) + [WAIT]
        else:
            steps += [dump(version, rules.pick("", "table=0", "cookie=1/-1", "in_port=1")), ["aggregate", "br0", "OpenFlow" + version, ""]]
    return steps + [dump("15"), WAIT, DATAPATH]


def record(make_switch, cases, make_rules, folder, only=""):
    out = []
    for seed in range(24):
        STORIES.append({"name": "random story %d" % seed, "steps": random_story(make_rules(seed))})
    for told in STORIES:
        if not re.search(only, told["name"]):
            continue
        switch = make_switch()
        try:
            switch.call("time/stop")
            steps = []
            for step in told["steps"]:
                answer = carry_out(switch, step, cases)
                # what ovs-ofctl refuses by itself is no step
                if isinstance(answer, str) and answer.startswith("ovs-ofctl:"):
                    continue
                steps.append(step if answer is None else step + [answer])
            out.append({"name": told["name"], "steps": steps})
        finally:
            switch.end()
    with open(os.path.join(folder, "stories.json"), "w") as file:
        json.dump(out, file, indent=1)
    print("stories: %d" % len(out))
