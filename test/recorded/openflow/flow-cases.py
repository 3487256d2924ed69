"""Flows as ovs-ofctl takes them, right and wrong: each field, each shorthand, each action, each check. Used by record-openflow.py."""

NUMBERS = ["0", "1", "255", "256", "65535", "65536", "0x1f", "010", "-1", "", "x", "5x", "1/1", "0/0", "0xf/0xf0", "5/", "*", " 7"]
MACS = ["00:11:22:33:44:55", "0:1:2:3:4:5", "01:00:00:00:00:00/01:00:00:00:00:00", "00:11:22:33:44", "aa:bb:cc:dd:ee:ff/ff:ff:ff:ff:ff:ff",
        "00:11:22:33:44:55:66", "100:1:2:3:4:5", "x", "", "00:11:22:33:44:55/xx", "*"]
IPS = ["10.0.0.1", "10.0.0.0/8", "10.1.2.3/255.0.255.0", "10.1.2.3/0", "10.1.2.3/33", "10.1.2", "300.1.2.3", "10.1.2.3.4", "x", "", "1.2.3.4/x", "10.9.8.7/32", "*"]
IPS6 = ["2001:db8::1", "2001:db8::/32", "::1", "::", "::ffff:1.2.3.4", "::1.2.3.4", "1:0:0:2::3", "fe80::1/64", "2001:db8::1/ffff::ffff", "2001::g", "1::2::3",
        "2001:db8::1/129", "2001:db8::1/x", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "", "*", "::1/0:ffff"]
PORTS = ["1", "LOCAL", "local", "IN_PORT", "none", "ANY", "controller", "65534", "65279", "65280", "65300", "65535", "65536", "0xffff", "4294967040", "4294967294",
         "-1", "p1", '"p1"', "", "1/1", "UNSET"]
FLAGS = ["+syn", "+syn-ack", "-fin+psh", "syn|ack", "0x2", "2/2", "0x10/0x12", "+syn+syn", "+bad", "syn+ack", "0", "0xfff", "0x1000", "+[200]", "fin|0x40", "", "0x1fff/0x1", "*"]
CTS = ["+new", "+trk-new", "-inv+est", "new|trk", "0x21", "0x21/0x21", "+new+new", "+bad", "0x100", "0", "", "+snat", "trk", "0xff"]
FRAGS = ["no", "yes", "first", "later", "not_later", "NO", "maybe", "1", ""]

# a field, what makes sure that it is there, and how its values are written
FIELDS = [
    ("dp_hash", "", NUMBERS), ("recirc_id", "", NUMBERS), ("packet_type", "", ["(0,0)", "(1,0x800)", "(1,0x86dd)", "(0,5)", "(1,0x894f)", "0", "(1", "(1,2", "(x,1)", "(1,x)", "(0x10000,1)", ""]),
    ("conj_id", "", NUMBERS), ("tun_id", "", NUMBERS + ["0x123456789abcdef0", "0x1123456789abcdef0", "18446744073709551615", "18446744073709551616", "5/0xffffffffffffffff"]),
    ("tunnel_id", "", ["3"]), ("tun_src", "", IPS), ("tun_dst", "", ["1.2.3.4"]), ("tun_ipv6_src", "", IPS6), ("tun_ipv6_dst", "", ["::5"]),
    ("tun_flags", "", ["oam", "+oam", "-oam", "0", "1/1", "df", "+df", "2", ""]), ("tun_ttl", "", ["3"]), ("tun_tos", "", ["3", "16"]), ("tun_gbp_id", "", NUMBERS),
    ("tun_gbp_flags", "", NUMBERS), ("tun_erspan_ver", "", ["1", "2", "1/1"]), ("tun_erspan_idx", "tun_erspan_ver=1,", ["5", "0x100000", "5/5"]), ("tun_erspan_dir", "tun_erspan_ver=2,", ["1"]),
    ("tun_erspan_hwid", "tun_erspan_ver=2,", ["0xf"]), ("tun_gtpu_flags", "", ["0x30", "3/3"]), ("tun_gtpu_msgtype", "", ["255"]),
    ("metadata", "", NUMBERS + ["0x123456789abcdef0", "0x10/0xf0"]), ("in_port", "", PORTS), ("in_port_oxm", "", ["1", "LOCAL", "65300", "x"]), ("actset_output", "", ["1", "UNSET", "LOCAL", "x"]),
    ("skb_priority", "", ["5"]), ("pkt_mark", "", NUMBERS), ("ct_state", "", CTS), ("ct_zone", "", NUMBERS), ("ct_mark", "", NUMBERS),
    ("ct_label", "", NUMBERS + ["0x123456789abcdef0123456789abcdef0", "0x1/0x3", "0x1123456789abcdef0123456789abcdef0"]),
    ("ct_nw_proto", "ip,ct_state=+trk+est,", ["6", "6/6"]), ("ct_nw_src", "ip,ct_state=+trk+est,", IPS), ("ct_nw_dst", "ip,ct_state=+trk-inv,", ["1.2.3.4"]), ("ct_nw_src", "", ["1.2.3.4"]),
    ("ct_nw_src", "ipv6,ct_state=+trk+est,", ["1.2.3.4"]), ("ct_ipv6_src", "ipv6,ct_state=+trk+est,", ["::1", "2001::/16"]), ("ct_ipv6_dst", "ip,ct_state=+trk+est,", ["::1"]),
    ("ct_tp_src", "ip,ct_state=+trk+est,ct_nw_proto=6,", ["80", "0x10/0xf0"]), ("ct_tp_dst", "ip,ct_state=+trk+est,", ["80"]),
    ("reg0", "", NUMBERS + ["0xffffffff", "4294967296"]), ("reg15", "", ["5/7"]), ("reg16", "", ["5"]), ("xreg0", "", ["5", "0x100000000", "0x100000000/0xf00000000", "5/0xffffffff"]), ("xreg7", "", ["1"]),
    ("xxreg0", "", ["5", "0x10000000000000000/0xf0000000000000000", "0x112233445566778899aabbccddeeff00"]), ("xxreg3", "", ["1"]),
    ("dl_src", "", MACS), ("dl_dst", "", MACS), ("eth_src", "", ["1:2:3:4:5:6"]), ("eth_dst", "", ["1:2:3:4:5:6"]), ("dl_type", "", ["0x800", "0x806", "0x1234", "0x86dd", "0x5ff", "65536", "x", "0x800/0xff00"]),
    ("eth_type", "", ["0x8847"]), ("vlan_tci", "", ["0", "0x1005", "5", "0x1000/0x1000", "0x0000/0x1000", "0x1005/0x1fff", "0xb005", "0x000a/0x0fff", "0xe000/0xe000", "0x3000/0xf000", "0x3005/0xffff", "0x2000/0xe000"]),
    ("dl_vlan", "", ["0", "5", "4095", "4096", "65535", "5/5", "x"]), ("vlan_vid", "", ["0", "5", "0x1005", "4100", "0x1000/0x1000", "0x1005/0x1fff", "5/7", "0x2000", "8191"]),
    ("dl_vlan_pcp", "", ["0", "7", "8", "x", "1/1"]), ("vlan_pcp", "", ["3"]), ("vlan_pcp", "vlan_vid=4101,", ["3"]), ("dl_vlan_pcp", "dl_vlan=10,", ["3"]), ("vlan_pcp", "vlan_tci=0x1000/0x1000,", ["3", "8"]),
    ("mpls_label", "mpls,", ["5", "1048575", "1048576", "5/5"]), ("mpls_label", "", ["5"]), ("mpls_tc", "mplsm,", ["3", "8"]), ("mpls_bos", "mpls,", ["0", "1"]), ("mpls_ttl", "mpls,", ["64"]),
    ("nw_src", "ip,", IPS), ("nw_dst", "ip,", IPS), ("nw_src", "", ["10.0.0.1"]), ("ip_src", "ip,", ["1.2.3.4"]), ("ip_dst", "tcp,", ["1.2.3.0/24"]), ("nw_src", "arp,", ["1.2.3.4"]), ("nw_src", "ipv6,", ["1.2.3.4"]),
    ("ipv6_src", "ipv6,", IPS6), ("ipv6_dst", "ipv6,", IPS6), ("ipv6_src", "ip,", ["::1"]), ("ipv6_label", "ipv6,", ["5", "0xfffff", "0x100000", "5/0xf", "5/0xfffff"]),
    ("nw_proto", "ip,", NUMBERS), ("ip_proto", "ipv6,", ["6", "58", "17", "132", "50"]), ("nw_proto", "", ["6"]), ("nw_proto", "arp,", ["1"]), ("nw_tos", "ip,", ["0", "4", "252", "255", "3", "x"]), ("ip_dscp", "ip,", ["1", "63", "64"]),
    ("nw_tos", "", ["4"]), ("nw_ecn", "ip,", ["0", "3", "4"]), ("ip_ecn", "ipv6,", ["2"]), ("nw_ttl", "ip,", ["64", "256"]), ("nw_frag", "ip,", FRAGS), ("ip_frag", "ipv6,", ["later"]), ("nw_frag", "", ["no"]),
    ("arp_op", "arp,", ["1", "2", "255", "256", "65535"]), ("arp_op", "rarp,", ["3"]), ("arp_op", "", ["1"]), ("arp_spa", "arp,", IPS), ("arp_tpa", "arp,", ["1.2.3.4"]), ("arp_spa", "ip,", ["1.2.3.4"]),
    ("arp_sha", "arp,", MACS), ("arp_tha", "rarp,", ["1:2:3:4:5:6"]), ("arp_sha", "", ["1:2:3:4:5:6"]),
    ("tp_src", "tcp,", NUMBERS), ("tp_dst", "tcp,", ["80", "0x50/0xfff0"]), ("tcp_src", "tcp6,", ["80"]), ("tcp_dst", "tcp,", ["80"]), ("tp_src", "udp,", ["53"]), ("udp_src", "udp,", ["53", "0x40/0xffc0"]), ("udp_dst", "udp6,", ["53"]),
    ("sctp_src", "sctp,", ["5", "4/4"]), ("sctp_dst", "sctp6,", ["5"]), ("tp_src", "", ["80"]), ("tp_src", "ip,", ["80"]), ("tp_src", "icmp,", ["8"]), ("tp_src", "icmp6,", ["135"]),
    ("tp_src", "ip,nw_proto=50,", ["80"]), ("tcp_flags", "tcp,", FLAGS), ("tcp_flags", "udp,", ["+syn"]), ("tcp_flags", "", ["+syn"]), ("tcp_flags", "tcp6,", ["+ack"]),
    ("icmp_type", "icmp,", ["8", "256", "8/8", "x"]), ("icmp_code", "icmp,", ["1"]), ("icmp_type", "", ["8"]), ("icmpv6_type", "icmp6,", ["135", "136", "1"]), ("icmpv6_code", "icmp6,", ["1"]),
    ("nd_target", "icmp6,icmpv6_type=135,icmpv6_code=0,", ["::5", "2001::/16"]), ("nd_target", "icmp6,", ["::5"]), ("nd_sll", "icmp6,icmpv6_type=135,icmpv6_code=0,", ["1:2:3:4:5:6"]), ("nd_tll", "icmp6,icmpv6_type=136,icmpv6_code=0,", ["1:2:3:4:5:6"]),
    ("nd_sll", "icmp6,icmpv6_type=136,icmpv6_code=0,", ["1:2:3:4:5:6"]), ("nd_reserved", "icmp6,icmpv6_type=136,icmpv6_code=0,", ["5"]), ("nd_options_type", "icmp6,icmpv6_type=135,icmpv6_code=0,", ["1", "2"]),
    ("nsh_flags", "dl_type=0x894f,", ["1", "1/3"]), ("nsh_mdtype", "dl_type=0x894f,", ["1", "2"]), ("nsh_np", "dl_type=0x894f,", ["3"]), ("nsh_spi", "dl_type=0x894f,", ["0x123456", "0x1123456"]), ("nsp", "dl_type=0x894f,", ["5"]),
    ("nsh_si", "dl_type=0x894f,", ["255"]), ("nsh_c1", "dl_type=0x894f,nsh_mdtype=1,", ["0x11223344", "1/3"]), ("nshc4", "dl_type=0x894f,nsh_mdtype=1,", ["5"]), ("nsh_ttl", "dl_type=0x894f,", ["63", "64"]), ("nsh_flags", "", ["1"]),
    ("NXM_NX_REG0[]", "", ["5"]), ("NXM_NX_REG0[0..7]", "", ["5", "256", "x"]), ("NXM_NX_REG1[31]", "", ["1"]), ("reg2[4..7]", "", ["0xf"]), ("NXM_NX_REG0[8]", "", ["2"]), ("NXM_OF_ETH_TYPE[]", "", ["0x800"]), ("NXM_NX_REG9[5..3]", "", ["1"]),
    ("NXM_NX_REG0[32]", "", ["1"]), ("NXM_NX_REG0[0..32]", "", ["1"]), ("bad[0]", "", ["1"]), ("NXM_NX_REG0[a]", "", ["1"]), ("NXM_OF_VLAN_TCI[0..11]", "", ["5"]), ("NXM_OF_IP_SRC[0..7]", "ip,", ["5"]),
    ("bad_field", "", ["1", ""]), ("NXM_OF_IN_PORT", "", ["1"]),
]

SHORTHANDS = ["ip", "ipv4", "ip4", "arp", "icmp", "tcp", "udp", "sctp", "ipv6", "ip6", "icmp6", "tcp6", "udp6", "sctp6", "rarp", "mpls", "mplsm", "eth", "ip6,nw_proto=6", "tcp,ip", "tcp,udp", "arp,tcp",
              "ip,dl_type=0x806", "eth,packet_type=(1,0x800)", "packet_type=(1,0x800),nw_src=1.2.3.4", "packet_type=(1,0x800),ip", "packet_type=(1,0x86dd),ipv6_src=::1", "packet_type=(1,0x8847),dl_src=1:2:3:4:5:6"]

MATCHES = [
    "", "priority=1", "in_port=1,dl_vlan=5,dl_vlan_pcp=3,dl_src=1:2:3:4:5:6,dl_dst=6:5:4:3:2:1,tcp,nw_src=1.2.3.4,nw_dst=4.3.2.1,nw_tos=4,tp_src=1,tp_dst=2", "priority=5,in_port=LOCAL,tcp6,ipv6_dst=2001:db8::/32,tcp_flags=+syn-ack,tp_dst=80",
    "dl_vlan=65535,dl_vlan_pcp=3", "dl_vlan=10,vlan_tci=0x1005", "vlan_tci=0x1005,dl_vlan_pcp=2", "tcp,tp_dst=80 nw_src=10.0.0.0/8", "tcp , tp_dst=80", "tcp:,tp_dst:80", "tcp,tp_dst(80)", "dl_type=0x800,nw_proto=6,tp_src=5",
    "ip,nw_proto=58,icmpv6_type=5", "metadata=5,reg0=1,reg1=2/2,tun_id=3,in_port=1", "arp,arp_op=1,arp_spa=1.2.3.4,arp_tpa=1.2.3.5,arp_sha=1:2:3:4:5:6,arp_tha=00:00:00:00:00:00", "icmp,icmp_type=8,icmp_code=0,nw_ttl=64,nw_ecn=1,nw_frag=no",
    "udp,nw_frag=later,tp_src=5", "pkt_mark=1,conj_id=2,ct_state=+trk+est,ct_zone=5,ct_mark=1,ct_label=5,ip", "mpls,mpls_label=5,mpls_tc=1,mpls_bos=1,mpls_ttl=5", "ipv6,tp_src=5", "dl_src=1:2:3:4:5:6,ipv6,nw_tos=8", "tcp,tp_src=1,tp_src=2",
    "in_port=1,in_port=2", "ip,nw_src=1.2.3.4/24", "reg0=0x12345678/0xffff0000,reg0=5", "dl_type=0x0806,nw_proto=2,nw_src=1.1.1.1", "nw_src=1.2.3.4,ip", "tp_dst=80,tcp", "vlan_vid=0x1000/0x1000,vlan_pcp=3", "dl_vlan_pcp=3,vlan_tci=0/0x1000",
    "sctp,tp_src=5,tp_dst=6", "icmp6,icmpv6_type=135,icmpv6_code=0,nd_target=::1,nd_sll=1:2:3:4:5:6", "dl_type=0x05ff", "dl_type=0",
]

KEYS = [
    "priority=0", "priority=65535", "priority=65536", "priority=-1", "priority=x", "priority=0x10", "priority", "table=0", "table=5", "table=254", "table=255", "table=256", "table=-1", "table=x", "cookie=5", "cookie=0xffffffffffffffff", "cookie=-1",
    "cookie=18446744073709551616", "cookie=x", "cookie=5/7", "cookie=", "idle_timeout=5", "idle_timeout=65536", "hard_timeout=5", "hard_timeout=x", "importance=3", "importance=65536", "send_flow_rem", "check_overlap", "reset_counts", "no_packet_counts",
    "no_byte_counts", "send_flow_rem,check_overlap,reset_counts,no_packet_counts,no_byte_counts", "no_readonly_table", "allow_hidden_fields", "out_port=1", "out_group=1", "duration=5s", "n_packets=1,n_bytes=2,idle_age=3,hard_age=4", "table=3,priority=5,cookie=1,idle_timeout=2,hard_timeout=3,tcp",
    "foo=1", "foo", "cookie=0x1,duration=3.2s, table=0, n_packets=0, n_bytes=0, priority=100,tcp",
]

# actions, and a match where they need one
ACTIONS = [
    ("", ["drop", "DROP", "drop,output:1", "", "output:1", "1", "output:1,2,3", "LOCAL", "local", "output:LOCAL", "in_port", "IN_PORT", "NORMAL", "flood", "all", "ALL", "table", "TABLE", "controller", "CONTROLLER:100", "controller:65536", "none", "output:none",
          "output:ANY", "output:65280", "output:65279", "output:65300", "output:foo", "output:", "output", "output:NXM_NX_REG0[]", "output:NXM_NX_REG0[0..15]", "output:NXM_NX_REG0[3]", "output:reg5", "output:xreg1", "output:NXM_NX_REG0[0..99]", "output:skb_priority",
          "output(port=1,max_len=100)", "output(port=1,max_len=13)", "output(port=1,max_len=14)", "output(max_len=100,port=LOCAL)", "output(port=NORMAL,max_len=100)", "output(port=x,max_len=100)", "output(port=1,max_len=x)", "output(port=1,max_len=100,foo=1)", "output(port=1)",
          "output_trunc:1", "output_reg:NXM_NX_REG0[]", "Output:1", "foo", "foo:1", "apply_actions(1)", "output:1,", ",output:1", "output:1 output:2", "output(1)", "output=1"]),
    ("", ["controller(reason=no_match)", "controller(reason=action)", "controller(reason=INVALID_TTL,id=5,max_len=10)", "controller(reason=foo)", "controller(id=65536)", "controller(userdata=01.02.0304)", "controller(userdata=0)", "controller(userdata=)", "controller(pause)",
          "controller(meter_id=5)", "controller(pause,userdata=ff,meter_id=3,max_len=4,id=5,reason=group)", "controller(foo=1)", "controller()", "controller(max_len=5)", "controller(reason=packet_out)", "controller:5x"]),
    ("", ["group:1", "group:x", "group:4294967295", "group:4294967296", "group", "enqueue:1:2", "enqueue(1,2)", "enqueue:1q2", "enqueue:1", "enqueue:x:1", "enqueue:1:x", "enqueue:LOCAL:5", "enqueue:ALL:5", "enqueue:65280:1", "set_queue:5", "set_queue:x", "pop_queue", "set_queue:1,output:2,pop_queue"]),
    ("", ["bundle(eth_src,50,active_backup,ofport,members:1)", "bundle(symmetric_l4,60,hrw,ofport,members:2,3)", "bundle(symmetric_l3l4+udp,0,hrw,ofport,slaves:2,3)", "bundle(nw_src,0,hrw,ofport,members:)", "bundle(symmetric_l3,0,hrw,ofport,members:LOCAL)", "bundle(xyzzy,60,hrw,ofport,members:2,3)",
          "bundle(symmetric_l4,60,hrw,ofport,members:xyzzy,3)", "bundle(symmetric_l4,60,hrw,xyzzy,members:2,3)", "bundle(symmetric_l4,60,xyzzy,ofport,members:2,3)", "bundle(symmetric_l4,60,hrw,ofport,robot:2,3)", "bundle(symmetric_l4,60,hrw)", "bundle", "bundle(eth_src,0,hrw,ofport,members:CONTROLLER)",
          "bundle(eth_src,0,hrw,ofport,members:65280)", "bundle_load(eth_src,50,hrw,ofport,NXM_NX_REG0[],members:1,2)", "bundle_load(eth_src,50,hrw,ofport,NXM_NX_REG0[0..15],members:)", "bundle_load(eth_src,50,hrw,ofport,actset_output,members:1)", "bundle_load(eth_src,50,hrw,ofport,xyzzy,members:1)",
          "bundle_load(eth_src,50,hrw,ofport,nw_src,members:1)", "multipath(eth_src,50,modulo_n,1,0,NXM_NX_REG0[])", "multipath(symmetric_l4,1024,hrw,60,2,NXM_NX_REG0[0..15])", "multipath(nw_dst,1,iter_hash,5,10,NXM_NX_REG1[5..11])", "multipath(symmetric_l3l4,50,hash_threshold,256,2,NXM_NX_REG0[0..7])",
          "multipath(xyzzy,50,modulo_n,1,0,NXM_NX_REG0[])", "multipath(eth_src,50,fubar,1,0,NXM_NX_REG0[])", "multipath(eth_src,50,modulo_n,0,0,NXM_NX_REG0[])", "multipath(eth_src,50,modulo_n,1024,0,NXM_NX_REG0[0..7])", "multipath(eth_src,50,modulo_n,65537,0,NXM_NX_REG0[])", "multipath(eth_src,50)",
          "multipath(eth_src,50,modulo_n,1,0,foo)", "multipath(eth_src,50,modulo_n,1,0,NXM_OF_ETH_TYPE[])", "multipath(eth_src,50,modulo_n,1,0,tun_erspan_idx)"]),
    ("", ["mod_vlan_vid:5", "mod_vlan_vid:4095", "mod_vlan_vid:4096", "mod_vlan_vid:x", "mod_vlan_pcp:3", "mod_vlan_pcp:8", "mod_vlan_vid:5,mod_vlan_pcp:3", "mod_vlan_pcp:3,mod_vlan_vid:5", "set_vlan_vid:5", "set_vlan_pcp:3", "strip_vlan", "pop_vlan", "push_vlan:0x8100", "push_vlan:0x88a8", "push_vlan:0x800",
          "push_vlan:x", "push_vlan:0x8100,set_field:4196->vlan_vid,output:1", "push_vlan:0x8100,mod_vlan_vid:5", "push_vlan:0x8100,push_vlan:0x8100", "push_vlan:0x8100,push_vlan:0x8100,push_vlan:0x8100", "set_vlan_vid:5,strip_vlan", "push_vlan:0x8100,pop_vlan,pop_vlan", "mod_vlan_vid:5,strip_vlan,mod_vlan_vid:6", "set_field:4196->vlan_vid",
          "set_field:0x1005->vlan_tci", "set_field:0->vlan_tci", "set_field:0xb005->vlan_tci", "set_field:3->vlan_pcp", "set_field:5->dl_vlan", "set_field:5->dl_vlan_pcp", "mod_vlan_vid:5,set_field:3->vlan_pcp"]),
    ("dl_vlan=10,", ["mod_vlan_vid:5", "set_vlan_vid:5", "set_vlan_pcp:2", "strip_vlan", "pop_vlan", "set_field:4196->vlan_vid", "set_field:100->vlan_vid", "set_field:3->vlan_pcp", "set_field:0x2005->vlan_vid", "set_field:9->vlan_pcp", "set_field:0x1005->vlan_tci", "pop_vlan,mod_vlan_vid:3", "push_vlan:0x88a8,set_vlan_vid:7", "set_field:5->dl_vlan",
                     "set_field:3->dl_vlan_pcp", "pop_vlan,set_field:4196->vlan_vid", "set_field:0x5/0x7->vlan_vid", "load:5->NXM_OF_VLAN_TCI[0..11]", "move:NXM_OF_VLAN_TCI[0..11]->NXM_NX_REG0[0..11]"]),
    ("", ["mod_dl_src:1:2:3:4:5:6", "mod_dl_dst:aa:bb:cc:dd:ee:ff", "mod_dl_src:x", "mod_dl_src:1:2:3:4:5", "mod_nw_src:1.2.3.4", "mod_nw_dst:1.2.3", "mod_nw_tos:4", "mod_tp_src:80", "dec_ttl", "mod_nw_ttl:5", "mod_nw_ecn:2"]),
    ("ip,", ["mod_nw_src:1.2.3.4", "mod_nw_dst:255.255.255.255", "mod_nw_src:x", "mod_nw_tos:4", "mod_nw_tos:252", "mod_nw_tos:5", "mod_nw_tos:256", "mod_nw_ecn:2", "mod_nw_ecn:4", "mod_nw_ttl:5", "mod_nw_ttl:256", "set_nw_ttl:7", "dec_ttl", "dec_ttl()", "dec_ttl(1,2)", "dec_ttl(0)", "dec_ttl(,)", "mod_tp_src:80", "fin_timeout(idle_timeout=5)",
             "set_field:1.2.3.4->ip_src", "set_field:1.2.3.4/255.0.0.0->ip_dst", "set_field:4->nw_tos", "set_field:1->ip_dscp", "set_field:64->ip_dscp", "set_field:3->nw_ecn", "set_field:5->nw_ttl", "set_field:6->nw_proto", "set_field:no->ip_frag", "set_field:::1->ipv6_src", "set_field:5->nw_tos"]),
    ("ipv6,", ["mod_nw_src:1.2.3.4", "mod_nw_tos:4", "dec_ttl", "mod_nw_ttl:3", "set_field:::1->ipv6_src", "set_field:2001::/ffff::->ipv6_dst", "set_field:5->ipv6_label", "set_field:0x100000->ipv6_label", "load:5->NXM_NX_IPV6_SRC[0..31]"]),
    ("tcp,", ["mod_tp_src:80", "mod_tp_dst:65535", "mod_tp_dst:65536", "mod_tp_dst:x", "set_field:80->tcp_src", "set_field:80->tp_dst", "set_field:80->udp_src", "set_field:5->tcp_flags", "fin_timeout(idle_timeout=5,hard_timeout=10)", "fin_timeout(hard_timeout=10)", "fin_timeout()", "fin_timeout", "fin_timeout(foo=1)", "fin_timeout(idle_timeout=65536)",
              "load:80->NXM_OF_TCP_DST[]", "mod_nw_src:1.2.3.4,mod_tp_src:5,mod_dl_src:1:2:3:4:5:6,output:1"]),
    ("udp,", ["mod_tp_src:80", "set_field:80->udp_dst"]), ("sctp,", ["mod_tp_dst:80", "set_field:80->sctp_src"]), ("tcp6,", ["mod_tp_src:80"]), ("ip,nw_frag=later,nw_proto=6,", ["mod_tp_src:80"]), ("icmp,", ["mod_tp_src:80", "set_field:8->icmp_type", "set_field:1->icmp_code"]),
    ("icmp6,icmpv6_type=135,icmpv6_code=0,", ["set_field:::5->nd_target", "set_field:1:2:3:4:5:6->nd_sll", "set_field:1:2:3:4:5:6->nd_tll", "set_field:5->nd_reserved", "set_field:2->nd_options_type", "set_field:136->icmpv6_type"]),
    ("arp,", ["set_field:2->arp_op", "set_field:256->arp_op", "set_field:1.2.3.4->arp_spa", "set_field:1:2:3:4:5:6->arp_sha", "load:2->NXM_OF_ARP_OP[]", "move:NXM_OF_ETH_SRC[]->NXM_NX_ARP_SHA[]", "mod_nw_src:1.2.3.4", "set_field:00:00:00:00:00:01/00:00:00:00:00:ff->arp_tha"]),
    ("mpls,", ["set_mpls_label(5)", "set_mpls_label:1048576", "set_mpls_label", "set_mpls_tc(3)", "set_mpls_tc(8)", "set_mpls_tc", "set_mpls_ttl(5)", "set_mpls_ttl", "dec_mpls_ttl", "pop_mpls:0x800", "pop_mpls:0x800,dec_ttl", "pop_mpls:x", "push_mpls:0x8847", "set_field:5->mpls_label", "set_field:0x100000->mpls_label", "set_field:1->mpls_tc", "set_field:9->mpls_ttl", "set_field:1->mpls_bos", "pop_mpls:0x8847,set_mpls_label(1)"]),
    ("", ["push_mpls:0x8847", "push_mpls:0x8848,set_mpls_label(5)", "push_mpls:x", "pop_mpls:0x800", "set_mpls_label(5)", "dec_mpls_ttl", "push_mpls:0x8847,set_field:10->mpls_label", "push_mpls:0x1234"]),
    ("ip,", ["push_mpls:0x8847,dec_ttl", "push_mpls:0x8847,pop_mpls:0x800,dec_ttl", "push_mpls:0x8847,mod_nw_src:1.2.3.4"]),
    ("", ["set_field:5->reg0", "set_field:5/7->reg0", "set_field:0x12345678->reg15", "set_field:5->xreg1", "set_field:5->xxreg1", "set_field:0xf0000000f/0xf0000000f->xreg0", "set_field:1:2:3:4:5:6->eth_src", "set_field:00:00:00:00:00:01/00:00:00:00:00:ff->eth_dst", "set_field:5->metadata", "set_field:0x5/0xf->metadata", "set_field:5->tun_id", "set_field:1->in_port",
          "set_field:LOCAL->in_port", "set_field:5->in_port_oxm", "set_field:1.2.3.4->tun_src", "set_field:::1->tun_ipv6_dst", "set_field:oam->tun_flags", "set_field:5->pkt_mark", "set_field:5->ct_mark", "set_field:5->ct_state", "set_field:5->foo", "set_field:5", "set_field:5->", "set_field:->reg0", "set_field:x->reg0", "set_field:4294967296->reg0", "set_field:5->dl_type",
          "set_field:5->NXM_NX_REG0[]", "set_field:5->reg0[]", "set_field(5->reg0)", "set_field:5->tun_erspan_idx", "set_field:5->tun_gbp_id", "set_field:5->nsh_c1", "set_field:0/0->reg0", "set_field:5->conj_id", "set_field:5->dp_hash", "set_field:300->arp_op", "set_field:5->skb_priority"]),
    ("", ["load:5->NXM_NX_REG0[]", "load:0x12345->NXM_NX_REG0[0..15]", "load:0xffff->NXM_NX_REG0[0..15]", "load:1->NXM_NX_REG0[31]", "load:2->NXM_NX_REG0[31]", "load:5->reg0", "load:5->reg0[4..8]", "load:0x11223344556677889900->NXM_NX_XXREG0[]", "load:0x1->NXM_NX_XXREG0[100..127]", "load:5->OXM_OF_METADATA[]", "load:5->OXM_OF_PKT_REG0[]", "load:5->xreg0[0..40]", "load:5",
          "load:x->NXM_NX_REG0[]", "load:5->foo", "load:5->NXM_NX_REG0[5..3]", "load:->NXM_NX_REG0[]", "load:5->NXM_OF_ETH_TYPE[]", "load:5->NXM_OF_IP_SRC[]", "load:0->NXM_OF_IN_PORT[]", "load:5->tun_erspan_idx[]", "load:0x100000000->NXM_NX_REG0[]", "load:5->NXM_OF_ETH_DST[]", "load:1->NXM_NX_TUN_ID[0..63]", "load:1->dl_vlan[]", "load:5->NXM_NX_PKT_MARK[]x"]),
    ("", ["move:NXM_NX_REG0[]->NXM_NX_REG1[]", "move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]", "move:NXM_NX_REG0[0..15]->NXM_NX_REG1[16..31]", "move:reg0[]->reg1[]", "move:reg0->reg1", "move:NXM_NX_REG0[0..3]->NXM_NX_REG1[0..4]", "move:NXM_NX_REG0[]", "move:NXM_NX_REG0[]->", "move:foo->reg0", "move:NXM_NX_REG0[]->NXM_OF_ETH_TYPE[0..31]", "move:NXM_OF_ETH_TYPE[]->NXM_NX_REG0[0..15]",
          "move:NXM_OF_IP_SRC[]->NXM_NX_REG0[]", "move:OXM_OF_METADATA[]->NXM_NX_XXREG0[0..63]", "move:NXM_NX_DP_HASH[]->NXM_NX_REG0[]", "move:in_port->reg0[0..15]", "move:skb_priority->reg0", "move:dl_vlan->reg0[0..11]", "move:NXM_NX_REG0_W[]->NXM_NX_REG1[]", "push:NXM_NX_REG0[]", "push:NXM_NX_REG2[1..5]", "push:reg0", "push:NXM_OF_ETH_TYPE[]", "pop:NXM_NX_REG0[]", "pop:NXM_OF_ETH_TYPE[]",
          "push:foo", "push:NXM_NX_REG0[]x", "push:skb_priority", "pop:xxreg0[0..99]", "push", "push:NXM_OF_IP_SRC[]", "pop:tun_erspan_idx"]),
    ("", ["resubmit:1", "resubmit(1,2)", "resubmit(,2)", "resubmit(1,)", "resubmit(,)", "resubmit", "resubmit:x", "resubmit(1,x)", "resubmit(1,256)", "resubmit(1,255)", "resubmit(,255)", "resubmit(in_port,2)", "resubmit(LOCAL,2)", "resubmit(,2,ct)", "resubmit(,2,foo)", "resubmit:IN_PORT", "resubmit(,0)", "resubmit:65300"]),
    ("ip,ct_state=+trk+est,", ["resubmit(,2,ct)"]),
    ("", ["learn()", "learn(table=5)", "learn(table=255)", "learn(table=256)", "learn(table=x)", "learn(table=1,idle_timeout=5,hard_timeout=10,priority=20,cookie=0x5,send_flow_rem,delete_learned,limit=3,fin_idle_timeout=2,fin_hard_timeout=3)", "learn(table=0,priority=32768)", "learn(limit=0)", "learn(result_dst=NXM_NX_REG0[5])", "learn(result_dst=NXM_NX_REG0[])", "learn(result_dst=NXM_OF_ETH_TYPE[0])",
          "learn(NXM_OF_VLAN_TCI[0..11])", "learn(NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[])", "learn(eth_type=0x800)", "learn(dl_type=0x800,nw_proto=6,tcp_dst=80)", "learn(dl_type=0x800,nw_proto=6,tcp_dst=NXM_OF_TCP_SRC[])", "learn(table=1,NXM_OF_VLAN_TCI[0..11],NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[])", "learn(load:5->NXM_NX_REG0[])", "learn(load:5->NXM_NX_REG0[5..7])",
          "learn(load:8->NXM_NX_REG0[5..7])", "learn(load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..15])", "learn(load:NXM_OF_IN_PORT[]->NXM_NX_REG0[0..14])", "learn(load:5)", "learn(load:->NXM_NX_REG0[])", "learn(load:5x->NXM_NX_REG0[])", "learn(output:NXM_NX_REG0[])", "learn(output:1)", "learn(foo=1)", "learn(NXM_OF_ETH_DST[]=NXM_NX_REG0[])", "learn(NXM_OF_ETH_DST[]=foo)", "learn(NXM_NX_REG0[0..7]=5)",
          "learn(NXM_NX_REG0[0..7]=256)", "learn(NXM_NX_REG0[0..7]=x)", "learn(reg0=5)", "learn(in_port=1)", "learn(in_port=LOCAL,dl_dst=1:2:3:4:5:6)", "learn(NXM_OF_IP_SRC[]=NXM_OF_IP_DST[])", "learn(eth_type=0x800,NXM_OF_IP_SRC[]=NXM_OF_IP_DST[])", "learn(eth_type=0x800,nw_src=1.2.3.4,load:0x1->NXM_OF_IP_DST[])", "learn(load:0->NXM_OF_ETH_TYPE[])", "learn(tun_erspan_idx=5)",
          "learn(cookie=-1)", "learn(idle_timeout=70000)", "learn(table=1,NXM_NX_REG0[]=0x5,load:0x1->OXM_OF_METADATA[],output:OXM_OF_METADATA[0..31])", "learn(xreg0=5,xxreg1=7)", "learn(ct_mark=5)", "learn(actset_output=1)"]),
    ("ip,", ["learn(eth_type=0x800,NXM_OF_IP_SRC[]=NXM_OF_IP_DST[],load:NXM_OF_IP_SRC[]->NXM_NX_REG0[])", "learn(table=2,dl_type=0x800,nw_src=10.0.0.1,nw_dst=nw_src)"]),
    ("", ["conjunction(1,1/2)", "conjunction(1234, 2/3)", "conjunction(1,1/2),conjunction(2,2/2)", "conjunction(1,1/1)", "conjunction(1,1/65)", "conjunction(1,0/2)", "conjunction(1,3/2)", "conjunction(1,64/64)", "conjunction(x)", "conjunction(1,2)", "conjunction(1,1/2),output:1", "output:1,conjunction(1,1/2)", "conjunction(1,1/2),note:11", "conjunction(4294967295,1/2)", "conjunction(1,1/2)x"]),
    ("", ["note:112233", "note:11.22.33.44.55.66.77", "note:", "note", "note:1", "note:xx", "note:112233445566", "note:11223344556677889900aabbcc", "exit", "exit,output:1", "output:1,exit", "unroll_xlate", "debug_recirc", "debug_slow", "sample(probability=5)", "sample(probability=0)", "sample(probability=65535,collector_set_id=1,obs_domain_id=2,obs_point_id=3)", "sample(probability=1,sampling_port=1)",
          "sample(probability=1,sampling_port=x)", "sample(probability=1,ingress)", "sample(probability=1,sampling_port=LOCAL,egress)", "sample(collector_set_id=1)", "sample(foo=1)", "sample(probability=65536)", "clone(1)", "clone(output:1,set_queue:2)", "clone()", "clone(drop)", "clone(clone(clone(1)))", "clone(foo)", "clone(meter:1)", "clone(goto_table:1)", "clone(clear_actions)", "clone(resubmit(,1)),output:2",
          "clone(mod_vlan_vid:5),mod_vlan_vid:6", "clone(push_vlan:0x8100,set_vlan_vid:3),2", "check_pkt_larger(100)->NXM_NX_REG0[0]", "check_pkt_larger(65536)->NXM_NX_REG0[0]", "check_pkt_larger(100)->NXM_NX_REG0[]", "check_pkt_larger(100)->foo", "check_pkt_larger(100)", "check_pkt_larger(x)->NXM_NX_REG0[0]", "check_pkt_larger(1500)->reg1[7],resubmit(,1)"]),
    ("", ["meter:1", "meter:0", "meter:x", "meter:4294901760", "meter:4294901761", "meter:1,output:2", "output:2,meter:1", "meter:1,meter:2", "clear_actions", "clear_actions,output:1", "output:1,clear_actions", "write_actions(output:1)", "write_actions()", "write_actions(drop)", "write_actions(output:1,mod_vlan_vid:5)", "write_actions(group:1,set_field:5->reg0,push_vlan:0x8100)", "write_actions(resubmit(,1))",
          "write_actions(exit)", "write_actions(note:11)", "write_actions(clone(1))", "write_actions(write_actions(1))", "write_actions(meter:1)", "write_actions(controller(id=5))", "write_actions(enqueue:1:2)", "write_actions(move:reg0->reg1)", "write_actions(set_queue:1,dec_ttl,pop_vlan)", "write_actions(output:1),output:2", "output:2,write_actions(output:1)", "write_metadata:5", "write_metadata:0x5/0xff", "write_metadata:x",
          "write_metadata:5/x", "write_metadata:0xffffffffffffffff", "write_metadata:18446744073709551616", "goto_table:1", "goto_table:0", "goto_table:255", "goto_table:256", "goto_table:x", "goto_table", "output:1,goto_table:5", "goto_table:5,output:1", "goto_table:1,goto_table:2", "meter:1,output:1,clear_actions,write_actions(output:2),write_metadata:5,goto_table:7", "write_metadata:5,clear_actions", "goto_table:5,write_metadata:1",
          "clear_actions,clear_actions", "write_actions(output:1),clear_actions", "apply_actions"]),
    ("table=5,", ["goto_table:5", "goto_table:6", "goto_table:4", "resubmit(,4)"]),
    ("ip,", ["ct()", "ct(commit)", "ct(commit,force)", "ct(force)", "ct(table=5)", "ct(table=255)", "ct(table=x)", "ct(zone=5)", "ct(zone=NXM_NX_REG0[0..15])", "ct(zone=NXM_NX_REG0[0..7])", "ct(zone=foo)", "ct(alg=ftp)", "ct(alg=foo)", "ct(commit,nat)", "ct(nat)", "ct(commit,nat(src=1.2.3.4))", "ct(commit,nat(dst=1.2.3.4-1.2.3.9:80-90))", "ct(commit,nat(src=1.2.3.4,persistent,hash))", "ct(commit,nat(src=1.2.3.4,random))",
             "ct(commit,nat(src))", "ct(commit,nat(src=1.2.3.9-1.2.3.4))", "ct(commit,nat(src=1.2.3.4:90-80))", "ct(commit,nat(src=1.2.3.4x))", "ct(commit,nat(src=1.2.3.4,dst=1.2.3.4))", "ct(commit,nat(hash))", "ct(commit,nat(src=1.2.3.4,hash,random))", "ct(commit,nat(foo))", "ct(commit,exec(set_field:5->ct_mark))", "ct(commit,exec(load:5->NXM_NX_CT_MARK[],set_field:7/7->ct_label))", "ct(exec(output:1))", "ct(exec(set_field:5->reg0))",
             "ct(exec(move:reg0->ct_mark))", "ct(foo)", "ct(commit,nat(src=2001::1))", "ct(commit,zone=3,table=4,nat(src=1.2.3.4),exec(set_field:1->ct_mark),alg=ftp)", "ct_clear", "nat(src=1.2.3.4)", "ct(commit,nat(src=1.2.3.4:80))", "ct(zone=70000)"]),
    ("", ["ct()", "ct(commit)", "set_field:5->ct_label", "nat"]), ("ipv6,", ["ct(commit,nat(src=2001::1-2001::5:80))", "ct(commit,nat(src=[2001::1]:80-90))", "ct(commit,nat(src=2001::1))", "ct(commit,nat(src=1.2.3.4))", "ct(commit,nat(dst=[2001::1]-[2001::9]))"]),
    ("tcp,", ["ct(commit,alg=ftp)", "ct(commit,alg=tftp)"]), ("udp,", ["ct(commit,alg=tftp)"]), ("ip,ct_state=+inv+trk,", ["ct(commit)"]),
    ("", ["set_tunnel:5", "set_tunnel64:5", "set_tunnel:0x123456789", "set_tunnel:x", "set_tunnel", "encap(ethernet)", "encap(nsh)", "encap(nsh(md_type=1))", "encap(nsh(md_type=2,tlv(0x1000,10,0x12345678)))", "encap(nsh(md_type=3))", "encap(nsh(foo=1))", "encap(foo)", "encap()", "encap(mpls)", "encap(ethernet(a=1))", "decap()", "decap", "decap(packet_type(ns=0,type=0))", "decap(packet_type(ns=1,type=0x800))", "decap(packet_type(ns=9,type=0))", "decap(foo)", "decap(packet_type(type=0))", "dec_nsh_ttl"]),
    ("dl_type=0x894f,", ["dec_nsh_ttl", "set_field:5->nsh_ttl", "set_field:64->nsh_ttl", "set_field:5->nsh_c1", "set_field:0x1/0xf->nsh_c2", "set_field:5->nsh_spi", "load:5->nsh_si[]"]),
]

# the whole line, where what matters is not in one place
LINES = ["tcp", "tcp,action", "tcp,action=1", "tcp,actions=", "tcp actions = output:1", "actions=output:1", "tcp,actions=1,actions=2", "actions", "", "tcp,actions=output:1,in_port=2", "in_port=1 actions=drop", "tcp,action:1", "idle_timeout=5,actions=learn(table=1,idle_timeout=3)", "foo=actions=1"]


def flows():
    """Every flow of the lists above, once."""
    seen = {}
    for field, before, values in FIELDS:
        for value in values:
            seen["%s%s=%s,actions=drop" % (before, field, value) if value != "" else "%s%s,actions=drop" % (before, field)] = True
    for match in SHORTHANDS + MATCHES + KEYS:
        seen["%s%sactions=drop" % (match, "," if match else "")] = True
    for match, actions in ACTIONS:
        for action in actions:
            seen["%sactions=%s" % (match, action)] = True
    for line in LINES:
        seen[line] = True
    return list(seen)
