"""What ovs-ofctl asks a switch to change, command by command, right and wrong. Used by record-switch.py."""

BUCKETS = [
    "actions=output:1", "actions=1", "action=output:1", "output:1", "output:1,output:2", "actions=output:1,output:2", "actions=output:1,mod_vlan_vid:5", "drop", "actions=drop", "actions=", "actions", "", "weight:5,actions=1", "weight=0,actions=1",
    "weight=65536,actions=1", "weight=x,actions=1", "weight,actions=1", "watch_port:1,actions=1", "watch_port=LOCAL,actions=1", "watch_port=p1,actions=1", "watch_port=any,actions=1", "watch_port=controller,actions=1", "watch_port=flood,actions=1",
    "watch_port=x,actions=1", "watch_port=65280,actions=1", "watch_group=1,actions=1", "watch_group=4294967040,actions=1", "watch_group=4294967041,actions=1", "watch_group=x,actions=1", "watch_group:any,actions=1", "bucket_id=5,actions=1",
    "bucket_id:4294967040,actions=1", "bucket_id=4294967041,actions=1", "bucket_id=x,actions=1", "bucket_id=0,actions=1,bucket=bucket_id=0,actions=2", "actions=1,bucket=bucket_id=0,actions=2", "bucket_id=0,actions=1,bucket=actions=2",
    "actions=1,bucket=actions=2,bucket=bucket_id=1,actions=3,bucket=actions=1", "bucket_id=2,actions=1,bucket=actions=2,bucket=actions=3,bucket=actions=p3", "actions=foo", "foo", "foo=5", "actions=meter:1", "actions=goto_table:1", "actions=clear_actions",
    "actions=write_metadata:1", "actions=group:5", "actions=resubmit(,5)", "actions=set_field:5->reg0,1", "actions=set_field:5/7->reg0", "actions=load:5->NXM_NX_REG0[],1", "actions=mod_vlan_vid:5,mod_vlan_pcp:3,1", "actions=push_vlan:0x8100,set_vlan_vid:7,1",
    "actions=mod_nw_src:1.2.3.4,mod_tp_dst:80,1", "actions=strip_vlan,1", "actions=push_mpls:0x8847,1", "actions=ct(commit),1", "actions=clone(1),2", "actions=mod_dl_src:1:2:3:4:5:6,dec_ttl,LOCAL", "actions=enqueue:1:2", "actions=note:112233",
    "actions=set_field:5->metadata,1", "actions=pop_vlan,IN_PORT", "actions=controller", "actions=encap(ethernet)", "actions=learn(table=1)", "actions=output:p2", "actions=output:x", "actions=conjunction(1,1/2)", "actions=1 2", "actions=1,bucket_id=3", "weight=3 actions=1",
    "actions=set_mpls_ttl(5)", "actions=set_queue:5,1", "actions=fin_timeout(idle_timeout=3)", "actions=output:NXM_NX_REG0[]", "actions=exit", "actions=bundle(eth_src,0,hrw,ofport,slaves:1,2)", "actions=set_field:5->dl_vlan,1", "bucket=actions=1", "actions=1,",
]
SELECTS = [
    "selection_method=dp_hash", "selection_method=dp_hash,selection_method_param=5", "selection_method=dp_hash,selection_method_param=0x100000000", "selection_method=hash", "selection_method=hash,selection_method_param=18446744073709551615",
    "selection_method=hash,fields(ip_src)", "selection_method=hash,fields=ip_src", "selection_method=hash,fields(ip_src,ip_dst,tcp_src)", "selection_method=hash,fields(tcp_dst,ip_src=255.255.0.0,eth_src)", "selection_method=hash,fields(ip_src=255.0.255.0)",
    "selection_method=hash,fields(nw_src=0.0.0.0)", "selection_method=hash,fields(ip_src,nw_src)", "selection_method=hash,fields(foo)", "selection_method=hash,fields(foo,ip_src)", "selection_method=hash,fields(ip_src=x)", "selection_method=hash,fields(ip_src=1.2.3.4/8)",
    "selection_method=hash,fields(eth_src=ff:ff:ff:00:00:00)", "selection_method=hash,fields(ipv6_src=ffff::,ipv6_dst)", "selection_method=hash,fields(in_port=0xff)", "selection_method=hash,fields(dl_type=0x0f00)", "selection_method=hash,fields(dl_vlan)",
    "selection_method=hash,fields(dl_vlan_pcp)", "selection_method=hash,fields(vlan_vid)", "selection_method=hash,fields(reg0=0xff00,xreg1)", "selection_method=hash,fields(tcp_flags=+syn)", "selection_method=hash,fields(ct_state=+trk)", "selection_method=hash,fields()",
    "selection_method=hash,fields(nw_tos)", "selection_method=hash,fields(nw_proto,ip_proto)", "selection_method=hash,fields(tun_id=0xff)", "selection_method=hash,fields=ip_src,fields=ip_dst", "fields(ip_src)", "selection_method=dp_hash,fields(ip_src)",
    "selection_method=foo", "selection_method=sixteen-letters-", "selection_method=sixteen-letters", "selection_method_param=5", "selection_method=dp_hash,selection_method_param=x", "selection_method=",
]
GROUPS = [
    "", "group_id=1", "type=all", "group_id=1,type=foo", "group_id=x,type=all", "group_id=all,type=all", "group_id=any,type=all", "group_id=4294967040,type=all", "group_id=4294967041,type=all", "group_id=4294967292,type=all", "group_id=4294967295,type=all",
    "group_id=0,type=all", "group_id=1,type=all", "group_id=1,type=select", "group_id=1,type=indirect", "group_id=1,type=ff", "group_id=1,type=fast_failover", "group_id=1,type=all,command_bucket_id=1", "group_id=1,type=all,foo=5", "group_id=1 type=all bucket=1",
    "group_id:1,type:all,bucket=1", "group_id=1,type=all,buckets=1", "bucket=1,group_id=1,type=all", "group_id=1,type=all,bucket:1", "group_id=1,group_id=2,type=all,bucket=1", "Group_id=1,type=all", "group_id=1,type=ALL", "group_id=,type=all",
]


def add_group():
    for group in GROUPS:
        yield group
    for bucket in BUCKETS:
        yield "group_id=1,type=all,bucket=" + bucket
        if any(key in bucket for key in ("weight", "watch", "bucket=", "actions=1")):
            yield "group_id=1,type=select,bucket=" + bucket
            yield "group_id=1,type=indirect,bucket=" + bucket
            yield "group_id=1,type=ff,bucket=" + bucket
    for select in SELECTS:
        yield "group_id=1,type=select,%s,bucket=1,bucket=2" % select
    yield "group_id=1,type=all,selection_method=hash,bucket=1"
    yield "group_id=1,type=ff,bucket=watch_port:1,actions=1,bucket=watch_port:2,actions=2"
    yield "group_id=1,selection_method=dp_hash,type=select,bucket=bucket_id:5,weight:7,actions=1,bucket=weight:2,watch_port:p2,watch_group:7,actions=2"


PLACES = ["command_bucket_id=first", "command_bucket_id=last", "command_bucket_id=all", "command_bucket_id=5", "command_bucket_id=4294967040", "command_bucket_id=4294967041", "command_bucket_id=4294967293", "command_bucket_id=x", ""]
METERS = [
    "", "meter=1", "meter=1,kbps", "meter=1,kbps,bands", "meter=1,kbps,bands=", "meter=1,kbps,bands=type=drop", "meter=1,kbps,bands=type=drop,rate=5", "meter=1 pktps bands=type=drop rate=5", "meter=1,pktps,stats,bands=type=drop,rate=5",
    "meter=1,pktps,burst,bands=type=drop,rate=5,burst_size=7", "meter=1,pktps,burst,bands=type=drop,rate=5", "meter=1,pktps,bands=type=drop,rate=5,burst_size=7", "meter=1,kbps,pktps,bands=type=drop,rate=5", "meter=1,stats,bands=type=drop,rate=5",
    "meter=1,burst,bands=type=drop,rate=5,burst_size=5", "meter=1,bands=type=drop,rate=5", "meter=0,kbps,bands=type=drop,rate=5", "meter=x,kbps,bands=type=drop,rate=5", "meter=all,kbps,bands=type=drop,rate=5", "meter=controller,kbps,bands=type=drop,rate=5",
    "meter=slowpath,kbps,bands=type=drop,rate=5", "meter=4294901760,kbps,bands=type=drop,rate=5", "meter=4294901761,kbps,bands=type=drop,rate=5", "kbps,bands=type=drop,rate=5", "kbps,meter=1,bands=type=drop,rate=5", "meter=1,kbps,foo=5,bands=type=drop,rate=5",
    "meter=1,kbps,foo,bands=type=drop,rate=5", "meter,kbps,bands=type=drop,rate=5", "meter=1,kbps,bands=rate=5,type=drop", "meter=1,kbps,bands=type=foo,rate=5", "meter=1,kbps,bands=type=dscp_remark,rate=5", "meter=1,kbps,bands=type=dscp_remark,rate=5,prec_level=1",
    "meter=1,kbps,bands=type=drop,rate=5,prec_level=1", "meter=1,kbps,bands=type=dscp_remark,rate=5,prec_level=256", "meter=1,kbps,bands=type=drop,rate=x", "meter=1,kbps,bands=type=drop,rate=4294967296", "meter=1,kbps,bands=type=drop,rate=5,type=drop,rate=6",
    "meter=1,kbps,band=type=drop,rate=5", "meter=1,kbps,bands type=drop,rate=5", "meter=1,kbps,bands=type=drop,rate=5,foo=1", "meter=1,kbps,bands=type=drop,rate", "meter=1,kbps,bands=type,drop,rate,5", "meter 1 kbps bands=type=drop,rate=5",
    "meter==1,kbps,bands=type=drop,rate=5", "meter=1,kbps,kbps,bands=type=drop,rate=5", "meter=1,meter=2,kbps,bands=type=drop,rate=5", "meter=0x10,kbps,bands=type=drop,rate=010", "meter=1,pktps,burst,stats,bands=type=drop,rate=5,burst_size=7,type=dscp_remark,rate=6,burst_size=1,prec_level=3",
]
METER_IDS = ["meter=1", "meter=all", "meter=controller", "meter=slowpath", "meter=0", "meter=x", "meter", "1", "foo=1", "meter=1,kbps", "meter=1,bands=type=drop,rate=5", "meter=1 meter=2", "meter=4294901761"]
MATCHES = ["", "tcp", "in_port=1", "in_port=p1", "table=5,in_port=LOCAL", "tcp,tp_dst=80", "ip,nw_src=10.0.0.0/8", "dl_vlan=5", "tcp,nw_src=10.0.0.1,metadata=5", "table=255", "reg0=5", "ipv6", "nw_src=1.2.3.4"]
KEYS = [
    "priority=5", "table=x", "table=3", "cookie=5", "cookie=5/7", "cookie=5/-1", "cookie=0/0", "cookie=0xff/0xf", "cookie=x/1", "cookie=1/x", "idle_timeout=5", "hard_timeout=5", "importance=5", "send_flow_rem", "check_overlap", "reset_counts",
    "no_packet_counts", "no_byte_counts", "out_port=1", "out_port=p2", "out_port=x", "out_port=LOCAL", "out_group=5", "out_group=any", "out_group=all", "out_group=x", "duration=5s", "n_packets=5", "idle_age=5", "foo=1", "foo", "priority", "out_port=1,out_group=2,table=3",
]
ADDS = ["actions=output:p1", 'actions=output:"p2",3', "actions=output:foo", "in_port=p3,actions=p1,br0", "table=five,actions=resubmit(,five)", "table=six,actions=drop", "actions=goto_table:five", "actions=enqueue:p1:2,learn(output:reg0[0..15],table=five)",
        "actions=bundle(eth_src,0,hrw,ofport,members:p1,p2)", 'in_port="p1",actions=IN_PORT', "actions=p1:5", "actions=br0"]
FILES = [
    ["add-flows", "in_port=1 actions=2\nin_port=2,actions=1\n"], ["add-flows", "# a comment\n\nadd in_port=1,actions=2 # and another\ndelete in_port=1\n  delete_strict priority=5,in_port=2\nmodify,in_port=3,actions=1\nmodify_strict table=3,in_port=3,actions=1"],
    ["add-flows", "in_port=1,actions=2\nin_port=1,actions=foo\n"], ["add-flows", "in_port=1,actions=2\n\n# x\nfoo=1,actions=2\n"], ["add-flows", "del in_port=1\nmod in_port=1,actions=2\n"], ["add-flows", "a in_port=1,actions=2"], ["add-flows", "addin_port=1,actions=2"],
    ["add-flows", "delete\n"], ["add-flows", "delete actions=1\n"], ["add-flows", ""], ["add-flow", "in_port=1,actions=2\nin_port=2,actions=3"], ["del-flows", "in_port=1\ntcp\n"], ["mod-flows", "in_port=1,actions=2\nfoo\n"], ["add-flows", "in_port=1,actions=2\r\nin_port=2,actions=3\r\n"],
    ["add-groups", "group_id=1,type=all,bucket=1\nadd group_id=2,type=indirect,bucket=2\ndelete group_id=1\nmodify group_id=2,type=all,bucket=1\nadd_or_mod group_id=3,type=all,bucket=1\n"],
    ["add-groups", "group_id=1,type=all,bucket=2\ninsert_bucket group_id=1,command_bucket_id=last,bucket=bucket_id:7,actions=1\nremove_bucket group_id=1,command_bucket_id=all\n"], ["add-groups", "delete"], ["add-groups", "group_id=1,type=all\n# x\ngroup_id=1\n"], ["add-groups", "add_or group_id=1,type=all,bucket=1"],
    ["--may-create mod-group", "group_id=1,type=all,bucket=1\ngroup_id=2,type=all,bucket=1\n"],
]


def commands():
    """(command with its options, text): the text is the argument, or with "-" for an argument the standard input."""
    for text in ADDS:
        yield "add-flow", text
    for command in ("mod-flows", "--strict mod-flows", "del-flows", "--strict del-flows"):
        actions = "actions=1" if "mod" in command else ""
        for text in MATCHES + KEYS:
            yield command, text + ("," if text and actions else "") + actions
    yield "mod-flows", "tcp"
    yield "del-flows", "tcp,actions=1"
    yield "mod-flows", "cookie=1/1,cookie=2,actions=3"
    for text in MATCHES + KEYS:
        yield "dump-flows", text
    for text in add_group():
        yield "add-group", text
    for command in ("mod-group", "--may-create mod-group"):
        for text in ("group_id=1,type=all,bucket=1", "group_id=1", "group_id=1,type=select,selection_method=hash,bucket=1", "group_id=1,command_bucket_id=5,type=all", "type=all,bucket=1"):
            yield command, text
    for text in ("", "group_id=1", "group_id=all", "group_id=any", "group_id=1,type=all", "group_id=1,bucket=1", "group_id=1,command_bucket_id=1", "group_id=1,selection_method=hash", "group_id=1,selection_method_param=5", "group_id=1,fields=ip_src", "foo", " ", "1"):
        yield "del-groups", text
    for command in ("insert-buckets", "remove-buckets"):
        for place in PLACES:
            for rest in ("", ",bucket=1", ",bucket=bucket_id=3,weight=5,actions=1,bucket=2", ",bucket=watch_port=1,actions=1", ",type=all"):
                yield command, "group_id=1" + ("," if place else "") + place + rest
        yield command, "command_bucket_id=first"
        yield command, "group_id=1,command_bucket_id=first,bucket=mod_vlan_vid:5,1"
    for command in ("add-meter", "mod-meter"):
        for text in METERS:
            yield command, text
    for command in ("del-meters", "dump-meters", "meter-stats"):
        for text in METER_IDS:
            yield command, text
    for command, text in FILES:
        yield command + " -", text
