"""Situations of OVS's own test suite (tests/ofproto-dpif.at, classifier.at, learn.at, bundle.at, multipath.at, mpls-xlate.at) in words of our
own: each a list of steps, which test/support/ofproto-case.ts carries out as well. A step that asks has its answer recorded behind it.

  port BRIDGE NAME NUMBER {settings}     flows BRIDGE [flow...]           group BRIDGE text      meter BRIDGE text
  mod-port BRIDGE NUMBER words           mod-table BRIDGE TABLE word      bridge BRIDGE
  set-frags BRIDGE mode                  trace BRIDGE flow                outcome BRIDGE flow    mirror BRIDGE {settings}
  trace-odp flow                         packet-out BRIDGE flow actions
"""
import json, os, re

UDP = "in_port=1,udp,dl_src=50:54:00:00:00:01,dl_dst=50:54:00:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ttl=64,udp_src=1000,udp_dst=53"
TCP = "in_port=1,tcp,dl_src=50:54:00:00:00:01,dl_dst=50:54:00:00:00:02,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_tos=0,nw_ttl=64,tcp_src=1000,tcp_dst=80"


def ports(*numbers, bridge="br0"):
    return [["port", bridge, "p%d" % n, n, {}] for n in numbers]


def simple(name, numbers, flows, *traces, groups=(), meters=()):
    steps = ports(*numbers)
    steps += [["group", "br0", g] for g in groups] + [["meter", "br0", m] for m in meters]
    return {"name": name, "steps": steps + [["flows", "br0", flows]] + [["trace", "br0", t] for t in traces]}


def outcomes(*argv, **named):
    """Without the way."""
    case = simple(*argv, **named)
    case["steps"] = [["outcome"] + step[1:] if step[0] == "trace" else step for step in case["steps"]]
    return case


CASES = [
    simple("resubmit goes on behind it, in order", range(1, 10), [
        "table=0,in_port=1,priority=1000,actions=output:2,resubmit(3,0),output:4,resubmit(5,1),resubmit:6,output:7",
        "table=0,in_port=3,actions=output:8,resubmit(,1)", "table=1,in_port=5,actions=output:9", "table=1,in_port=1,actions=output:3", "table=0,in_port=6,actions=in_port"], UDP),
    simple("goto_table through many tables", (1, 2), ["table=%d,actions=goto_table:%d" % (i, i + 1) for i in range(0, 64)] + ["table=64,actions=output:2"], UDP),
    simple("write_actions, clear_actions and their order", range(1, 6), [
        "table=0,actions=output:3,write_actions(mod_tp_src:90,output:4,output:5),goto_table:1",
        "table=1,priority=10,tcp,actions=mod_tp_src:92,output:2,write_actions(set_field:91->tcp_src,mod_dl_src:50:54:00:00:00:09,push_vlan:0x8100),goto_table:2",
        "table=1,priority=10,udp,actions=clear_actions,write_actions(output:2)", "table=2,actions=write_actions(strip_vlan)"], TCP, UDP),
    simple("action sets with groups, drops and empty ones", range(1, 6), [
        "table=0,priority=20,tcp,actions=write_actions(group:7,output:2)", "table=0,priority=20,udp,actions=write_actions(set_field:1->udp_src)",
        "table=0,priority=10,icmp,actions=write_actions(output:2),goto_table:3", "table=3,actions=exit"], TCP, UDP, UDP.replace("udp,", "icmp,").split(",udp_src")[0] + ",icmp_type=8,icmp_code=0",
        groups=["group_id=7,type=all,bucket=output:3,bucket=output:4"]),
    simple("buckets of an all group begin with the original", range(1, 12), ["in_port=1,actions=write_actions(group:1)", "in_port=2,actions=group:1,output:11", "in_port=3,ip,actions=set_field:10.9.9.9->ip_src,group:1"],
           UDP, UDP.replace("in_port=1", "in_port=2"), UDP.replace("in_port=1", "in_port=3"), groups=["group_id=1,type=all,bucket=output:10,set_field:192.168.3.90->ip_src,bucket=output:11"]),
    simple("indirect groups and chains of groups", range(1, 6), ["actions=group:1"], UDP, groups=[
        "group_id=3,type=indirect,bucket=mod_dl_dst:50:54:00:00:00:33,output:3", "group_id=2,type=all,bucket=group:3,bucket=set_field:10.0.0.77->ip_dst,output:4", "group_id=1,type=indirect,bucket=mod_dl_src:50:54:00:00:00:11,group:2"]),
    simple("a select group asks the datapath for a hash", range(1, 6), ["actions=load:5->NXM_NX_REG0[],push:NXM_NX_REG0[],group:1,output:5", "table=1,actions=output:2"], UDP, TCP,
           groups=["group_id=1,type=select,bucket=weight:1,output:2,bucket=weight:3,output:3"]),
    simple("a select group with fields, with weights, and dead buckets", range(1, 6), ["in_port=1,actions=group:1", "in_port=2,actions=group:2", "in_port=3,actions=group:3"],
           UDP, TCP, UDP.replace("in_port=1", "in_port=2"), TCP.replace("in_port=1", "in_port=3"), UDP.replace("10.0.0.1", "10.0.0.9"),
           groups=["group_id=1,type=select,selection_method=hash,fields(ip_src,udp_dst),bucket=weight:1,output:2,bucket=weight:3,output:3",
                   "group_id=2,type=select,bucket=weight:1,output:2,bucket=weight:60000,output:3", "group_id=3,type=select,selection_method=hash,fields=ip_dst,bucket=weight:0,output:2,bucket=weight:2,watch_port:4,output:4,bucket=watch_port:9,output:5"]),
    simple("fast failover takes the first live bucket", range(1, 6), ["actions=group:1", "in_port=2,priority=40000,actions=group:2"], UDP, UDP.replace("in_port=1", "in_port=2"),
           groups=["group_id=1,type=ff,bucket=watch_port:9,output:2,bucket=watch_group:2,output:3,bucket=watch_port:4,output:4", "group_id=2,type=ff,bucket=watch_port:9,output:5"]),
    simple("no such group", (1, 2), ["table=0,actions=output:2,resubmit(,1)", "table=1,actions=output:1"], UDP),
    simple("registers, moves and the stack", range(1, 10), [
        "in_port=1,actions=load:0x2->NXM_NX_REG0[0..3],load:3->NXM_NX_REG1[16..31],move:NXM_NX_REG1[16..23]->NXM_NX_REG2[0..7],resubmit(,1)",
        "table=1,reg0=2,reg2=0x3,actions=output:NXM_NX_REG2[],push:NXM_NX_REG0[],push:NXM_OF_ETH_SRC[],pop:NXM_NX_REG3[],pop:NXM_NX_REG4[],output:NXM_NX_REG4[0..15],pop:NXM_NX_REG5[],set_field:0x123000000/0xfff000000->xreg3,resubmit(,2)",
        "table=2,ip,reg6=0x2/0xf,actions=move:NXM_OF_IP_SRC[0..15]->NXM_OF_IP_DST[16..31],output:4", "table=2,priority=1,actions=output:NXM_NX_REG6[],output:5"], UDP),
    simple("output to input port, reserved ports and nobody", range(1, 5), [
        "table=0,actions=output:1,in_port,output:77,resubmit(2,1),local,output:NXM_NX_REG0[],set_field:2->in_port,output:2,output:1,in_port", "table=1,in_port=2,actions=output:2,output:1,output:3"], UDP),
    simple("dec_ttl, and what happens when none is left", range(1, 6), [
        "table=0,ip,actions=dec_ttl,output:2,resubmit(1,1),output:4", "table=1,ip,actions=dec_ttl,output:3", "table=0,ipv6,actions=dec_ttl,output:2,resubmit(1,1),output:4", "table=1,ipv6,actions=dec_ttl,output:3"], UDP, UDP.replace("ttl=64", "ttl=2"), UDP.replace("ttl=64", "ttl=1"),
        "in_port=1,ipv6,ipv6_src=fe80::1,ipv6_dst=fe80::2,nw_ttl=128", "in_port=1,ipv6,ipv6_src=fe80::1,ipv6_dst=fe80::2,nw_ttl=1", "in_port=1,arp,arp_op=1,arp_spa=1.1.1.1,arp_tpa=2.2.2.2",
        ),
    simple("dec_ttl with several controllers, other reasons, userdata", range(1, 6), [
        "in_port=1,ip,actions=dec_ttl(1,2,3),output:2", "in_port=2,cookie=0x1234,actions=controller:77", "in_port=3,actions=controller(max_len=100,reason=no_match,id=9),output:2",
        "in_port=4,actions=write_actions(controller)", "in_port=5,actions=controller(userdata=01.02.03,pause),output:2", "priority=0,actions=controller"],
        UDP.replace("ttl=64", "ttl=1"), *[UDP.replace("in_port=1", "in_port=%d" % i) for i in (2, 3, 4, 5, 6)]),
    simple("controller in a bucket", (1, 2), ["actions=group:1"], UDP, groups=["group_id=1,type=all,bucket=controller,bucket=output:2"]),
    simple("set_queue, enqueue, pop_queue", range(1, 4), ["actions=set_queue:5,output:2,enqueue:3:7,pop_queue,output:2,enqueue:1:3,enqueue:IN_PORT:4"], UDP),
    simple("nothing changes, nothing is set", range(1, 4), ["udp,actions=mod_dl_dst:50:54:00:00:00:02,mod_nw_src:10.0.0.1,mod_tp_dst:53,output:2,mod_nw_src:10.0.0.7,mod_nw_src:10.0.0.1,output:3"], UDP),
    simple("set, output, and back", range(1, 6), ["actions=mod_dl_dst:50:54:00:00:00:99,output:2,mod_dl_dst:50:54:00:00:00:02,output:3,mod_vlan_vid:7,output:4,strip_vlan,output:5"], UDP),
    simple("tags: pushed, popped, rewritten", range(1, 6), [
        "in_port=1,actions=push_vlan:0x8100,set_field:4106->vlan_vid,output:2,push_vlan:0x88a8,set_field:4107->vlan_vid,set_field:3->vlan_pcp,output:3,pop_vlan,output:4,pop_vlan,output:5",
        "in_port=2,actions=mod_vlan_vid:9,output:3,mod_vlan_pcp:4,output:4,strip_vlan,output:5", "in_port=3,dl_vlan=5,actions=strip_vlan,output:4", "in_port=4,vlan_vid=0x1000/0x1000,actions=set_field:4116->vlan_vid,output:2", "in_port=4,priority=1,actions=output:3"],
        UDP, UDP.replace("in_port=1", "in_port=2"), UDP.replace("in_port=1", "in_port=2") + ",dl_vlan=5,dl_vlan_pcp=2", UDP.replace("in_port=1", "in_port=3") + ",dl_vlan=5,dl_vlan_pcp=2", UDP.replace("in_port=1", "in_port=4") + ",dl_vlan=5", UDP.replace("in_port=1", "in_port=4")),
    simple("dl_vlan, vlan_tci and vlan_vid matches", range(1, 8), [
        "priority=70,vlan_tci=0,actions=output:2", "priority=60,dl_vlan=0,dl_vlan_pcp=1,actions=output:3", "priority=50,vlan_tci=0x000a/0x0fff,actions=output:4", "priority=40,vlan_vid=0x1000/0x1000,vlan_pcp=7,actions=output:5",
        "priority=30,dl_vlan_pcp=3,actions=output:6"], UDP, *[UDP + ",dl_vlan=%d,dl_vlan_pcp=%d" % (v, p) for v, p in ((0, 1), (0, 0), (10, 2), (11, 7), (12, 3), (12, 4))]),
    simple("MPLS: pushed, rewritten, popped", range(1, 8), [
        "in_port=1,actions=push_mpls:0x8847,set_mpls_label:10,set_mpls_tc:3,set_mpls_ttl:10,output:2", "in_port=2,mpls,actions=dec_mpls_ttl,set_mpls_label:99,output:3",
        "in_port=3,mpls,mpls_bos=1,actions=pop_mpls:0x0800,output:2,dec_ttl,output:4", "in_port=3,mpls,mpls_bos=0,actions=pop_mpls:0x8847,output:5", "in_port=4,actions=push_mpls:0x8847,push_mpls:0x8848,push_mpls:0x8847,output:2,push_mpls:0x8847,output:3",
        "in_port=5,mpls,actions=pop_mpls:0x0800,resubmit(,1)", "in_port=6,mpls,actions=pop_mpls:0x0800,mod_vlan_vid:5,mod_dl_dst:50:54:00:00:00:aa,output:2", "in_port=7,mpls,actions=group:1,output:3"],
        UDP, *["in_port=%d,mpls,dl_src=50:54:00:00:00:01,dl_dst=50:54:00:00:00:02,mpls_label=%d,mpls_tc=2,mpls_ttl=%d,mpls_bos=%d" % a for a in ((2, 7, 20, 1), (2, 7, 1, 1), (3, 8, 20, 1), (3, 8, 20, 0), (5, 8, 9, 1), (6, 8, 9, 1), (7, 8, 9, 1))], UDP.replace("in_port=1", "in_port=4"),
        groups=["group_id=1,type=all,bucket=pop_mpls:0x0800,output:2,bucket=pop_mpls:0x0800,dec_ttl,output:4"]),
    simple("truncation", range(1, 5), ["in_port=1,actions=output(port=2,max_len=64),output:4,output(port=LOCAL,max_len=100)", "in_port=2,actions=output(port=2,max_len=80),output(port=99,max_len=80),output:3"], UDP, UDP.replace("in_port=1", "in_port=2")),
    simple("clone, and what it leaves behind", range(1, 6), ["in_port=1,ip,actions=clone(set_field:192.168.3.3->ip_src,output:2),clone(set_field:192.168.4.4->ip_dst,output:3),output:4",
           "in_port=2,actions=clone(output(port=3,max_len=60),mod_dl_src:50:54:00:00:00:99,output:4),output:5", "in_port=3,actions=load:1->NXM_NX_REG0[],clone(load:2->NXM_NX_REG0[],resubmit(,1)),resubmit(,1),clone(output(port=2,max_len=60))", "table=1,reg0=1,actions=output:4", "table=1,reg0=2,actions=output:5,exit"],
           UDP, UDP.replace("in_port=1", "in_port=2"), UDP.replace("in_port=1", "in_port=3")),
    simple("check_pkt_larger", range(1, 6), ["in_port=1,actions=output:5,check_pkt_larger(200)->NXM_NX_REG0[3],resubmit(,1),output:4", "table=1,reg0=0x8/0x8,actions=mod_dl_dst:50:54:00:00:00:aa,output:2", "table=1,reg0=0/0x8,actions=output:3"], UDP),
    simple("multipath", range(1, 4), ["in_port=1,actions=multipath(%s,50,%s,%d,%d,NXM_NX_REG0[0..7])" % (f, a, n, arg) for f, a, n, arg in [("symmetric_l4", "modulo_n", 7, 0)]] + [
        "in_port=2,actions=multipath(eth_src,0,hrw,12,0,NXM_NX_REG0[]),multipath(nw_src,1,hash_threshold,9,0,NXM_NX_REG1[]),multipath(nw_dst,1,iter_hash,11,14,NXM_NX_REG2[]),multipath(symmetric_l3,5,hrw,70,0,NXM_NX_REG3[]),multipath(symmetric_l3l4,5,modulo_n,70,0,NXM_NX_REG4[]),multipath(symmetric_l3l4+udp,5,modulo_n,70,0,NXM_NX_REG5[])"],
        UDP, UDP.replace("in_port=1", "in_port=2"), TCP.replace("in_port=1", "in_port=2"), "in_port=2,ipv6,ipv6_src=fe80::1,ipv6_dst=fe80::7,nw_proto=6", "in_port=2,arp,arp_op=1", UDP.replace("in_port=1", "in_port=2") + ",dl_vlan=9"),
    simple("bundle", range(1, 6), ["in_port=1,actions=bundle(symmetric_l4,0,hrw,ofport,slaves:2,3,4),bundle_load(eth_src,3,hrw,ofport,NXM_NX_REG0[0..15],slaves:2,3,9,4),bundle(eth_src,0,active_backup,ofport,slaves:9,4,3),bundle(eth_src,0,active_backup,ofport,slaves:9,8)"],
           *[UDP.replace("dl_src=50:54:00:00:00:01", "dl_src=50:54:00:00:00:%02x" % i) for i in range(1, 6)]),
    simple("resubmits: forward without end, backward 64 deep", (1, 2, 3), ["table=%d,actions=resubmit(,%d)" % (i, i + 1) for i in range(1, 80)] + ["table=80,actions=output:3", "table=0,in_port=1,actions=resubmit(,1)", "table=0,in_port=2,actions=output:3,resubmit(2,0)"], UDP, UDP.replace("in_port=1", "in_port=2")),
    simple("backward resubmits", (1, 2, 3), ["table=%d,actions=resubmit(,%d)" % (i, i - 1) for i in range(2, 67)] + ["table=1,actions=output:3", "table=0,actions=resubmit(,66)"], UDP),
    outcomes("resubmits that double", (1, 2, 3), ["table=0,in_port=1,actions=resubmit(,1)"] + ["table=%d,actions=resubmit(,%d),resubmit(,%d)" % (i, i + 1, i + 1) for i in range(1, 20)] + ["table=20,actions=output:2"], UDP),
    simple("conjunctions", range(1, 8), [
        "conj_id=1,actions=output:2", "conj_id=2,actions=output:3", "conj_id=3,ip,actions=output:4", "priority=100,ip,nw_src=10.0.0.1,actions=conjunction(1,1/2)", "priority=100,ip,nw_src=10.0.0.4,actions=conjunction(1,1/2)",
        "priority=100,ip,nw_dst=10.0.0.2,actions=conjunction(1,2/2),conjunction(3,1/3)", "priority=90,udp,tp_dst=53,actions=conjunction(2,1/2),conjunction(3,2/3)", "priority=90,ip,nw_src=10.0.0.0/24,actions=conjunction(2,2/2)", "priority=100,in_port=1,actions=conjunction(3,3/3)",
        "priority=10,ip,actions=output:6", "priority=0,actions=drop"], UDP, UDP.replace("10.0.0.1", "10.0.0.9"), UDP.replace("nw_dst=10.0.0.2", "nw_dst=10.0.0.3"), TCP, TCP.replace("10.0.0.1", "10.0.0.4"), UDP.replace("nw_src=10.0.0.1", "nw_src=11.0.0.1"), UDP.replace("in_port=1", "in_port=2")),
    simple("lookup in segments", range(1, 6), [
        "table=0,in_port=1,priority=33,ip,nw_dst=10.0.0.0/24,actions=output:2", "table=0,in_port=1,priority=32,udp,tp_dst=81,actions=output:3", "table=0,in_port=1,priority=31,tcp,nw_src=192.168.0.0/16,nw_dst=11.0.0.0/8,tp_dst=80,actions=output:4", "table=0,in_port=2,priority=16,tcp,nw_src=10.0.0.0/16,actions=output:5",
        "table=0,priority=1,ipv6,ipv6_dst=2001:db8::/32,actions=output:5", "table=0,priority=3,dl_dst=50:54:00:00:00:77,icmp,icmp_type=8,actions=output:2"],
        UDP, TCP, UDP.replace("10.0.0.2", "11.1.2.3"), TCP.replace("10.0.0.2", "11.1.2.3"), TCP.replace("10.0.0.2", "172.16.0.1").replace("in_port=1", "in_port=2"), TCP.replace("10.0.0.1", "192.168.3.4").replace("10.0.0.2", "11.1.2.3"), "in_port=1,ipv6,ipv6_src=fe80::1,ipv6_dst=2001:db9::1", "in_port=1,ipv6,ipv6_src=fe80::1,ipv6_dst=2001:db8::1"),
    simple("prefixes of addresses and ports", range(1, 6), [
        "priority=15,ip,nw_dst=20.0.0.0/8,actions=output:2", "priority=14,ip,nw_dst=20.1.0.0/16,actions=output:3", "priority=13,ip,nw_dst=10.128.0.0/9,nw_src=10.0.0.0/31,actions=output:4", "priority=12,tcp,tp_dst=0x50/0xfff0,actions=output:5", "priority=11,udp,tp_src=0x0/0xff00,tp_dst=53,actions=output:2",
        "priority=10,arp,arp_spa=10.0.0.0/8,actions=output:3", "priority=9,udp,tp_dst=0x0123,tp_src=0x4567,actions=output:4"],
        *[f.replace("10.0.0.2", d) for f in (UDP, TCP) for d in ("20.1.2.3", "10.0.0.2", "10.129.0.1", "33.0.0.1")], UDP.replace("udp_dst=53", "udp_dst=291").replace("udp_src=1000", "udp_src=17767"), TCP.replace("tcp_dst=80", "tcp_dst=0"), "in_port=1,arp,arp_op=1,arp_spa=10.9.9.9,arp_tpa=20.1.1.1", "in_port=1,arp,arp_op=1,arp_spa=11.9.9.9,arp_tpa=20.1.1.1"),
    simple("fields of neighbour discovery, ARP and ICMP are set", range(1, 5), ["in_port=1,arp,actions=set_field:2->arp_op,move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],set_field:10.0.0.9->arp_spa,output:2", "in_port=2,icmp,actions=set_field:0->icmp_type,output:3",
           "in_port=3,icmp6,icmp_type=135,actions=set_field:fe80::99->nd_target,set_field:50:54:00:00:00:aa->nd_sll,output:2", "in_port=4,icmp6,actions=set_field:129->icmpv6_type,output:2"],
           "in_port=1,arp,dl_src=50:54:00:00:00:01,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2,arp_sha=50:54:00:00:00:01", "in_port=2,icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,icmp_type=8,icmp_code=0",
           "in_port=3,icmp6,ipv6_src=fe80::1,ipv6_dst=fe80::2,nw_ttl=255,icmpv6_type=135,icmpv6_code=0,nd_target=fe80::7,nd_sll=50:54:00:00:00:01", "in_port=4,icmp6,ipv6_src=fe80::1,ipv6_dst=fe80::2,nw_ttl=255,icmpv6_type=128,icmpv6_code=0"),
    simple("set_field without what it presupposes", (1, 2), ["table=0,actions=resubmit(,1)", "table=1,priority=1,actions=set_field:1->reg0,output:2", "table=1,tcp,actions=push_mpls:0x8847,load:9->NXM_OF_IN_PORT[],output:2"], TCP, UDP),
    simple("learn in a trace", (1, 2), ["table=0,actions=learn(table=1,idle_timeout=9,priority=7,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15],output:NXM_OF_IN_PORT[]),output:2"], UDP),
    simple("exit", range(1, 6), ["table=0,actions=resubmit(,1),output:4", "table=1,actions=output:2,exit,output:3"], UDP),
    simple("exit in a bucket, and before an action set", range(1, 6), ["table=0,in_port=1,actions=group:1,output:5", "table=0,in_port=2,actions=write_actions(output:4),goto_table:2", "table=1,actions=output:4,exit,output:5", "table=2,actions=exit"], UDP, UDP.replace("in_port=1", "in_port=2"),
           groups=["group_id=1,type=all,bucket=resubmit(,1),bucket=output:3"]),
    simple("debug_recirc keeps what is left", range(1, 6), ["table=0,actions=load:7->NXM_NX_REG0[],push:NXM_NX_REG0[],resubmit(,3),output:5", "table=3,actions=resubmit(,1),write_actions(output:4)", "table=1,cookie=0x9,actions=output:2,debug_recirc,resubmit(,2),output:3", "table=2,actions=output:4"], UDP),
    simple("metadata", range(1, 5), ["table=0,actions=write_metadata:0x123400/0xffff00,goto_table:1", "table=1,metadata=0x1200/0xff00,actions=output:2", "table=1,metadata=0x120000/0xff0000,actions=output:3,load:0x55->OXM_OF_METADATA[0..7],resubmit(,2)", "table=2,metadata=0x123455,actions=output:4"], UDP),
    simple("meters", (1, 2, 3), ["in_port=1,actions=meter:5,output:2", "in_port=2,actions=meter:3,resubmit(,1)", "table=1,actions=meter:5,output:3"], UDP, UDP.replace("in_port=1", "in_port=2"),
           meters=["meter=5,pktps,bands=type=drop,rate=10", "meter=3,kbps,stats,bands=type=drop,rate=1000"]),
    simple("actset_output", (1, 2, 3), ["table=0,actions=write_actions(output:3),goto_table:1", "table=1,actset_output=3,actions=output:2,resubmit(,3),clear_actions,goto_table:2", "table=2,actset_output=3,actions=output:1", "table=2,actset_output=unset,actions=output:3,in_port",
           "table=3,actions=write_actions(group:1)"], UDP, groups=["group_id=1,type=all,bucket=output:2"]),
    simple("nothing matches", (1, 2), ["in_port=2,actions=output:1"], UDP),
    simple("cookies and priorities in traces", (1, 2), ["cookie=0xabcdef,priority=65535,ip,actions=resubmit(,1)", "table=1,priority=0,actions=output:2"], UDP),
]


def with_steps(name, *steps):
    CASES.append({"name": name, "steps": [step for group in steps for step in (group if isinstance(group[0], list) else [group])]})


def traces(bridge, *flows):
    return [["trace", bridge, flow] for flow in flows]


with_steps("ports that want no floods, or nothing", ports(1, 2, 3, 4, 5, 6, 7), ["flows", "br0", ["in_port=LOCAL,actions=local,flood", "in_port=1,actions=flood", "in_port=2,actions=all", "in_port=3,actions=output:LOCAL,output:1,output:5,output:2,output:3", "in_port=4,actions=normal"]],
           ["mod-port", "br0", 5, "no-forward"], ["mod-port", "br0", 6, "no-flood"], *[traces("br0", UDP.replace("in_port=1", "in_port=%s" % p)) for p in ("LOCAL", 1, 2, 3, 4, 5)], ["mod-port", "br0", 1, "no-receive"], traces("br0", UDP))

with_steps("what a table does about a miss", ports(1, 2), ["flows", "br0", ["table=1,in_port=1,actions=output:2", "table=0,in_port=2,actions=goto_table:3", "table=5,actions=output:2"]], traces("br0", UDP), ["mod-table", "br0", 0, "continue"], traces("br0", UDP), ["mod-table", "br0", 0, "controller"], traces("br0", UDP),
           ["mod-table", "br0", 0, "drop"], traces("br0", UDP), ["mod-table", "br0", 3, "continue"], ["mod-table", "br0", 4, "continue"], traces("br0", UDP.replace("in_port=1", "in_port=2")), ["mod-table", "br0", 0, "controller"], ["mod-port", "br0", 1, "no-packet-in"], traces("br0", UDP))

FRAGS = ["in_port=1,tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64%s" % more for more in (",tcp_src=12345,tcp_dst=80", ",nw_frag=first,tcp_src=12345,tcp_dst=80", ",nw_frag=later", ",tcp_src=1,tcp_dst=0", ",nw_frag=first,tcp_src=1,tcp_dst=0")]
with_steps("fragments in each mode", ports(1, 2, 3, 4, 5), ["flows", "br0", ["priority=75,tcp,ip_frag=not_later,tp_dst=80,actions=output:2", "priority=75,tcp,ip_frag=first,tp_dst=80,actions=output:3", "priority=75,tcp,ip_frag=later,actions=output:4", "priority=50,tcp,tp_dst=0,actions=output:5", "priority=10,tcp,ip_frag=yes,actions=mod_tp_dst:99,output:2"]],
           *[step for mode in ("normal", "drop", "nx-match") for step in (["set-frags", "br0", mode], *[traces("br0", f) for f in FRAGS])])

# VLANs: p1 trunk of all, p2 access 10, p3 and p4 trunks, p5 to p8 native, p9 to p11 with priority tags or tunnels
VLAN_PORTS = [("p1", 1, {}), ("p2", 2, {"tag": 10}), ("p3", 3, {"trunks": [10, 11], "mode": "trunk"}), ("p4", 4, {"trunks": [11]}), ("p5", 5, {"mode": "native-tagged", "tag": 10}), ("p6", 6, {"mode": "native-tagged", "tag": 10, "trunks": [10, 12]}),
              ("p7", 7, {"mode": "native-untagged", "tag": 12}), ("p8", 8, {"mode": "native-untagged", "tag": 10, "trunks": [11]}), ("p9", 9, {"tag": 10, "priority_tags": "if-nonzero"}), ("p10", 10, {"mode": "native-untagged", "tag": 10, "priority_tags": "always"}),
              ("p11", 11, {"mode": "dot1q-tunnel", "tag": 10}), ("p12", 12, {"mode": "dot1q-tunnel", "tag": 10, "cvlans": [11], "qinq_ethtype": "802.1q"})]
ARP = "in_port=%s,arp,dl_src=50:54:00:00:00:01,dl_dst=ff:ff:ff:ff:ff:ff,arp_op=1,arp_spa=10.0.0.1,arp_tpa=10.0.0.2"
with_steps("VLAN modes: each port, each tag", [["port", "br0", name, number, settings] for name, number, settings in VLAN_PORTS], ["flows", "br0", ["actions=normal"]],
           *[[["outcome", "br0", (ARP % port) + tag]] for port in ["LOCAL"] + [n for _, n, _ in VLAN_PORTS] for tag in ("", ",dl_vlan=0", ",dl_vlan=0,dl_vlan_pcp=1", ",dl_vlan=10", ",dl_vlan=10,dl_vlan_pcp=1", ",dl_vlan=11", ",dl_vlan=11,dl_vlan_pcp=1", ",dl_vlan=12")])

with_steps("protected ports, reserved addresses, unknown ports", [["port", "br0", "p1", 1, {"protected": True}], ["port", "br0", "p2", 2, {"protected": True}], ["port", "br0", "p3", 3, {}]], ["flows", "br0", ["actions=normal"]],
           traces("br0", UDP, UDP.replace("in_port=1", "in_port=3"), UDP.replace("dl_dst=50:54:00:00:00:02", "dl_dst=01:80:c2:00:00:0e"), UDP.replace("in_port=1", "in_port=9"), UDP.replace("in_port=1,", "")))

with_steps("patch ports between bridges", ["bridge", "br1"], ports(1, 2), [["port", "br0", "p10", 10, {"peer": "p20"}], ["port", "br1", "p20", 20, {"peer": "p10"}], ["port", "br1", "p3", 3, {}], ["port", "br1", "p4", 4, {}]],
           ["flows", "br0", ["in_port=1,actions=load:1->NXM_NX_REG0[],output:2,output:10,mod_dl_src:50:54:00:00:00:aa,output:10,output:2", "in_port=2,actions=output(port=10,max_len=70),output:1", "in_port=10,reg0=0,actions=output:1,output:10,in_port"]],
           ["flows", "br1", ["in_port=20,reg0=0,tcp,actions=mod_nw_dst:10.9.9.9,output:3,output:4", "in_port=20,udp,actions=dec_ttl,output:3,in_port", "in_port=20,priority=1,actions=output(port=3,max_len=60),output:4"]],
           traces("br0", UDP, TCP, UDP.replace("in_port=1", "in_port=2"), "in_port=1,dl_type=0x1234"), traces("br1", UDP.replace("in_port=1", "in_port=20"), UDP.replace("in_port=1", "in_port=3")))

with_steps("a select group and its second round", ports(1, 2, 3, 4), [["group", "br0", "group_id=1,type=select,bucket=weight:1,output:2,bucket=weight:2,mod_dl_src:50:54:00:00:00:99,output:3"]],
           ["flows", "br0", ["actions=load:5->NXM_NX_REG0[],group:1,output:4"]], traces("br0", UDP))


ICMP = "in_port=%s,icmp,dl_src=50:54:00:00:00:05,dl_dst=50:54:00:00:00:07,nw_src=192.168.0.1,nw_dst=192.168.0.2,nw_ttl=128,icmp_type=8,icmp_code=0%s"
MIRRORS = {
    "everything": {"all": True, "output_port": "p3"},
    "what comes in": {"src": ["p1"], "output_port": "p3"},
    "what goes out": {"dst": ["p2"], "output_port": "p3"},
    "what comes in and what goes out": {"src": ["p1", "br0"], "dst": ["p1", "p4"], "output_port": "p3"},
    "some VLANs": {"all": True, "vlan": [0, 11, 12], "output_port": "p3"},
    "into a VLAN": {"all": True, "output_vlan": 12},
    "the first bytes": {"all": True, "output_port": "p3", "snaplen": 100},
    "the first bytes into a VLAN": {"src": ["p1"], "output_vlan": 12, "snaplen": 70},
}
for name, mirror in MIRRORS.items():
    with_steps("a mirror of " + name, ports(1, 2, 3), [["port", "br0", "p4", 4, {"tag": 12}], ["port", "br0", "p5", 5, {"tag": 11}]], ["mirror", "br0", mirror],
               ["flows", "br0", ["in_port=1,actions=output:2", "in_port=2,actions=output:1,mod_dl_src:50:54:00:00:00:99,output:4", "in_port=3,actions=output:1", "in_port=4,actions=normal", "in_port=5,actions=output:3,output:1,in_port", "in_port=LOCAL,actions=mod_vlan_vid:12,output:1,strip_vlan,output:2", "priority=1,actions=2",
                                 "in_port=1,priority=40000,tcp,actions=mod_tp_dst:7,2,resubmit(2,0)", "in_port=1,priority=40000,arp,actions=drop"]],
               traces("br0", *[ICMP % (port, more) for port in (1, 2, 3, 4, 5, "LOCAL", "none") for more in ("", ",dl_vlan=11", ",dl_vlan=12")], TCP, ARP % 1))
with_steps("a mirror and a select group", ports(1, 2, 3), ["mirror", "br0", {"all": True, "output_port": "p3"}], [["group", "br0", "group_id=1,type=select,bucket=output:2"]], ["flows", "br0", ["in_port=1,actions=mod_dl_src:50:54:00:00:00:99,group:1", "in_port=2,actions=check_pkt_larger(100)->NXM_NX_REG0[0],output:1"]], traces("br0", ICMP % (1, ""), ICMP % (2, "")))
with_steps("mirrors and patch ports", ["bridge", "br1"], ports(1, 2), [["port", "br0", "p10", 10, {"peer": "p20"}], ["port", "br1", "p20", 20, {"peer": "p10"}], ["port", "br1", "p3", 3, {}], ["port", "br1", "p4", 4, {}]], ["mirror", "br0", {"all": True, "output_port": "p2"}], ["mirror", "br1", {"src": ["p20"], "output_port": "p4"}],
           ["flows", "br0", ["actions=normal"]], ["flows", "br1", ["actions=normal"]], traces("br0", ICMP % (1, "")), traces("br1", ICMP % (3, "")))


ODP_FLOWS = ["in_port(1),packet_type(ns=0,id=0),eth(src=50:54:00:00:00:01,dst=50:54:00:00:00:02),eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2,proto=17,tos=0,ttl=64,frag=no),udp(src=1000,dst=53)",
             "recirc_id(0),in_port(2),eth(src=50:54:00:00:00:01,dst=50:54:00:00:00:02),eth_type(0x8100),vlan(vid=9,pcp=1),encap(eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2,proto=6,tos=0,ttl=64,frag=no),tcp(src=8,dst=9),tcp_flags(ack))",
             "skb_priority(5),skb_mark(7),in_port(1),eth(src=50:54:00:00:00:01,dst=50:54:00:00:00:02),eth_type(0x0806),arp(sip=1.1.1.1,tip=2.2.2.2,op=1,sha=50:54:00:00:00:01,tha=00:00:00:00:00:00)", "in_port(77),eth(src=50:54:00:00:00:01,dst=50:54:00:00:00:02),eth_type(0x1234)", "recirc_id(0x99),in_port(1),eth(src=50:54:00:00:00:01,dst=50:54:00:00:00:02),eth_type(0x1234)"]
with_steps("the datapath's flows traced", ports(1, 2), ["flows", "br0", ["in_port=1,actions=2", "in_port=2,ip,actions=mod_vlan_vid:7,1", "priority=1,actions=normal"]], [["trace-odp", flow] for flow in ODP_FLOWS])
with_steps("packets that a controller sends", ports(1, 2, 3), ["flows", "br0", ["in_port=1,actions=2", "in_port=2,actions=3,resubmit(,1)", "in_port=controller,actions=1,2", "table=1,ip,actions=mod_nw_dst:1.2.3.4,in_port"]],
           [["packet-out", "br0", flow, actions] for flow in (UDP, UDP.replace("in_port=1", "in_port=2"), UDP.replace("in_port=1", "in_port=controller")) for actions in ("table", "output:3,resubmit(,1),mod_dl_src:50:54:00:00:00:99,in_port", "resubmit(,0)", "set_field:7->reg0,resubmit(2,0),dec_ttl,output:1", "drop")])


def clean(text):
    """Without what differs from run to run."""
    text = re.sub(r"recirc\(0x[0-9a-f]+\)", "recirc(N)", text)
    text = re.sub(r"recirc_id\(0x[1-9a-f][0-9a-f]*\)", "recirc_id(N)", text)
    return re.sub(r"recirc_id=\d+,rule", "recirc_id=N,rule", text)


def carry_out(switch, step):
    verb, *rest = step
    of = lambda *argv: switch.asked("-O", "OpenFlow15", *argv)
    if verb == "bridge":
        switch.vsctl("add-br", rest[0], "--", "set", "bridge", rest[0], "datapath-type=dummy", "fail-mode=secure", "protocols=OpenFlow10,OpenFlow11,OpenFlow13,OpenFlow15")
    elif verb == "port":
        bridge, name, number, settings = rest
        words = ["add-port", bridge, name, "--", "set", "Interface", name, "ofport_request=%d" % number]
        words += ["type=patch", "options:peer=" + settings["peer"]] if "peer" in settings else ["type=dummy"]
        words += ["--", "set", "Port", name, "protected=%s" % str(settings.get("protected", False)).lower()]
        for key, column in (("tag", "tag"), ("mode", "vlan_mode")):
            words += ["%s=%s" % (column, settings[key])] if key in settings else []
        for key in ("trunks", "cvlans"):
            words += ["%s=%s" % (key, ",".join(map(str, settings[key])))] if key in settings else []
        words += ["other_config:priority-tags=" + settings["priority_tags"]] if "priority_tags" in settings else []
        words += ["other_config:qinq-ethtype=" + settings["qinq_ethtype"]] if "qinq_ethtype" in settings else []
        switch.vsctl(*words)
    elif verb == "flows":
        with open(switch.base + "/flows", "w") as file:
            file.write("".join(flow + "\n" for flow in rest[1]))
        answer = of("add-flows", rest[0], switch.base + "/flows")
        if answer:
            raise RuntimeError("%s %s" % (answer, rest[1]))
    elif verb in ("group", "meter"):
        answer = of("add-" + verb, *rest)
        if answer:
            raise RuntimeError(answer)
    elif verb in ("mod-port", "mod-table"):
        # later versions have no such settings
        answer = switch.asked("-O", "OpenFlow10" if verb == "mod-port" else "OpenFlow11", verb, rest[0], str(rest[1]), rest[2])
        if "OFPT_ERROR" in answer or "ovs-ofctl:" in answer:
            raise RuntimeError(answer)
    elif verb == "mirror":
        bridge, settings = rest
        named = {"src": "select_src_port", "dst": "select_dst_port", "output_port": "output_port"}
        words = ["--id=@m", "create", "Mirror", "name=mirror", "select_all=%s" % str("all" in settings).lower()]
        refs = []
        for key, column in named.items():
            found = settings.get(key, [])
            names = [found] if isinstance(found, str) else found
            refs += [word for port in names for word in ("--", "--id=@" + port, "get", "Port", port)]
            words += ["%s=%s" % (column, ",".join("@" + port for port in names))] if names else []
        words += ["select_vlan=" + ",".join(map(str, settings["vlan"]))] if "vlan" in settings else []
        words += ["%s=%d" % (key, settings[key]) for key in ("output_vlan", "snaplen") if key in settings]
        # a port that is named twice is looked up once
        once = [refs[i : i + 5] for i in range(0, len(refs), 5)]
        refs = [word for i, ref in enumerate(once) if ref not in once[:i] for word in ref]
        switch.vsctl(*refs, "--", *words, "--", "set", "Bridge", bridge, "mirrors=@m")
    elif verb == "set-frags":
        switch.asked("-O", "OpenFlow10", "set-frags", *rest)
    elif verb == "trace-odp":
        return clean(switch.call("ofproto/trace", "ovs-dummy", rest[0]))
    elif verb == "packet-out":
        return clean(switch.call("ofproto/trace-packet-out", *rest))
    elif verb == "trace":
        return clean(switch.call("ofproto/trace", *rest))
    elif verb == "outcome":
        return clean(re.sub(r"(?s).*(?=Final flow)", "", switch.call("ofproto/trace", *rest)))
    else:
        raise KeyError(verb)
    return None


def record(make_switch, folder):
    out = []
    for case in CASES:
        switch = make_switch()
        try:
            steps = []
            for step in case["steps"]:
                answer = carry_out(switch, step)
                steps.append(step if answer is None else step + [answer])
            out.append({"name": case["name"], "steps": steps})
        except RuntimeError as error:
            print(case["name"], error)
        finally:
            switch.end()
    with open(os.path.join(folder, "cases.json"), "w") as file:
        json.dump(out, file, indent=1)
    print("cases: %d" % len(out))
