"""Flows of single packets as ofproto/trace takes them, for compose-packet. Used by record-openflow.py."""

ETH = "dl_src=00:11:22:33:44:55,dl_dst=66:77:88:99:aa:bb"
BODIES = [
    "", "dl_type=0x1234", "dl_type=0x5ff", "dl_type=0x0", "dl_type=0x05ff", "ip", "ip,nw_src=1.2.3.4,nw_dst=5.6.7.8", "ip,nw_proto=50,nw_tos=32,nw_ttl=64,nw_ecn=2", "ip,nw_frag=no,nw_proto=6", "tcp", "tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,tcp_src=1000,tcp_dst=80",
    "tcp,tcp_flags=+syn", "tcp,tp_src=5,tcp_flags=0x010", "tcp,tcp_flags=0x002", "tcp,tcp_flags=syn|ack", "tcp,tcp_flags=0xfff", "udp", "udp,nw_src=1.1.1.1,nw_dst=2.2.2.2,udp_src=53,udp_dst=1234", "udp,nw_src=255.255.255.255,udp_src=65535,udp_dst=65535", "sctp,sctp_src=1,sctp_dst=2", "icmp", "icmp,icmp_type=8",
    "icmp,icmp_type=8,icmp_code=0,nw_src=1.1.1.1", "icmp,icmp_type=3,icmp_code=1", "icmp,icmp_type=0,icmp_code=3", "ip,nw_proto=2", "ip,nw_proto=6,nw_frag=first", "ip,nw_proto=6,nw_frag=later", "udp,nw_frag=later", "udp,nw_frag=first,udp_src=7", "ip,nw_frag=yes,nw_proto=17", "ipv6", "ipv6,ipv6_src=2001:db8::1,ipv6_dst=2001:db8::2,ipv6_label=0x12345,nw_tos=4,nw_ttl=7",
    "tcp6,ipv6_src=::1,tcp_src=1,tcp_dst=2", "udp6,udp_dst=53", "udp6,ipv6_src=fe80::1,nw_frag=later", "sctp6,sctp_src=3", "icmp6", "icmp6,icmpv6_type=128", "icmp6,icmpv6_type=129,icmpv6_code=1", "icmp6,icmpv6_type=135,nd_target=2001:db8::9,nd_sll=1:2:3:4:5:6", "icmp6,icmpv6_type=136,nd_target=::7,nd_tll=6:5:4:3:2:1", "icmp6,icmpv6_type=135", "icmp6,icmpv6_type=136,nd_reserved=5",
    "arp", "arp,arp_op=1,arp_spa=1.2.3.4,arp_tpa=5.6.7.8,arp_sha=1:2:3:4:5:6,arp_tha=6:5:4:3:2:1", "arp,arp_op=2,arp_spa=9.9.9.9", "arp,arp_op=3,arp_spa=1.1.1.1", "rarp,arp_op=3", "rarp,arp_op=1,arp_tpa=4.4.4.4", "mpls", "mpls,mpls_label=5,mpls_tc=3,mpls_ttl=64,mpls_bos=1", "mpls,mpls_label=7", "mplsm,mpls_label=9,mpls_bos=1", "dl_type=0x894f", "dl_type=0x8100", "dl_type=0x88a8",
    "vlan_tci=0x1005,ip", "vlan_tci=0x1005,tcp,tp_dst=80", "dl_vlan=10,dl_vlan_pcp=3,arp,arp_op=1", "dl_vlan=65535,ip", "dl_vlan=5,dl_type=0x1234", "dl_vlan=7,vlan_pcp=5,udp6,udp_src=3", "vlan_tci=0x2005,ip", "vlan_vid=4101,mpls,mpls_bos=1", "dl_vlan=5,ipv6,nw_proto=50", "in_port=1,tcp", "in_port=LOCAL,udp", "reg0=5,metadata=7,tcp", "reg15=0x12345678,pkt_mark=3,tun_id=5,icmp",
    "ct_state=trk|est,ct_zone=5,ct_mark=1,ct_label=7,ip", "conj_id=5,tcp", "skb_priority=3,recirc_id=5,dp_hash=7", "tun_src=1.2.3.4,tun_dst=5.6.7.8,tun_id=9,ip", "xreg0=0x100000002,ip", "actset_output=3,ip", "packet_type=(1,0x800),ip", "packet_type=(1,0x800)",
]
WRONG = ["tcp,udp", "ip,dl_type=0x800", "nw_src=1.2.3.4", "tcp,tp_src=1,tp_src=2", "tcp,nw_src=1.2.3.0/24", "tcp,tp_dst=x", "foo=1", "tcp,foo", "in_port=1/1", "tcp,tp_dst=80,tcp_flags=+syn-ack", "vlan_pcp=3", "arp_op=1", "tcp,nw_proto=6", "ip,nw_proto=6,nw_proto=6", "icmp,tp_src=8", "reg0=1,reg0=2", "in_port=foo", "dl_src=1:2:3:4:5:6/ff:ff:ff:ff:ff:00", "ip,ipv6_src=::1", "tcp,ip"]
PAYLOADS = ["", "00", "deadbeef", "0102030405060708090a0b0c0d0e0f"]


def packets():
    """(flow, payload or None)"""
    out = [(body, None) for body in BODIES + WRONG] + [("%s,%s" % (ETH, body) if body else ETH, None) for body in BODIES]
    return out + [(body, payload) for body in ("tcp", "udp,udp_src=1", "icmp,icmp_type=8", "icmp6,icmpv6_type=128", "udp6", "sctp", "arp") for payload in PAYLOADS]
