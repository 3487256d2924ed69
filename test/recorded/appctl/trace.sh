ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure protocols=OpenFlow10,OpenFlow13,OpenFlow15
ovs-vsctl add-port br0 p1 -- set Interface p1 type=internal ofport_request=1
ovs-vsctl add-port br0 p2 -- set Interface p2 type=internal ofport_request=2
ovs-vsctl add-port br0 p3 -- set Interface p3 type=internal ofport_request=3
ovs-vsctl add-br br1 -- set bridge br1 datapath_type=netdev
ovs-vsctl add-port br0 pa -- set Interface pa type=patch options:peer=pb ofport_request=9 -- add-port br1 pb -- set Interface pb type=patch options:peer=pa ofport_request=1
ovs-vsctl add-port br1 q2 -- set Interface q2 type=internal ofport_request=2
# every argument form
ovs-ofctl add-flow br0 'table=0,priority=10,tcp,actions=mod_dl_src:50:54:00:00:00:09,resubmit(,1)'
ovs-ofctl add-flow br0 'table=0,priority=5,udp,actions=output:p2,output:pa'
ovs-ofctl add-flow br0 'table=1,priority=7,tcp,tp_dst=80,actions=output:3'
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=1,type=select,bucket=output:2,bucket=output:3'
ovs-ofctl -O OpenFlow13 add-flow br0 'priority=20,icmp,actions=group:1,output:1'
ovs-ofctl -O OpenFlow13 add-flow br0 'priority=20,mpls,mpls_label=16,actions=pop_mpls:0x0800,resubmit(,2)'
ovs-ofctl -O OpenFlow13 add-flow br0 'table=2,ip,nw_dst=10.0.0.0/8,actions=output:2'
ovs-ofctl -O OpenFlow13 add-flow br0 'table=2,priority=0,actions=drop'
ovs-appctl ofproto/trace br0 'in_port=1,tcp,nw_dst=10.0.0.1,tp_dst=80'
ovs-appctl ofproto/trace br0 'in_port=p1,tcp,nw_dst=10.0.0.1,tp_dst=80'
ovs-appctl ofproto/trace br0 'in_port=p1,tcp,nw_dst=10.0.0.1,tp_dst=80' --names
ovs-appctl ofproto/trace --names br0 'in_port=p1,tcp,nw_dst=10.0.0.1,tp_dst=80'
ovs-appctl ofproto/trace br0 'in_port=p1,tcp,nw_dst=10.0.0.1,tp_dst=80' --no-names
ovs-appctl ofproto/trace br0 'in_port=1,tcp,nw_dst=10.0.0.1,tp_dst=81'
ovs-appctl ofproto/trace br0 'in_port=1,udp,nw_dst=10.0.0.1,tp_dst=81'
ovs-appctl ofproto/trace br0 'in_port=1,udp,nw_dst=10.0.0.1,tp_dst=81' --names
ovs-appctl ofproto/trace br0 'in_port=9,arp'
ovs-appctl ofproto/trace br0 'in_port=77,udp'
ovs-appctl ofproto/trace br0 'udp'
ovs-appctl ofproto/trace br0 'in_port=LOCAL,udp'
ovs-appctl ofproto/trace br0 ''
ovs-appctl ofproto/trace br0 in_port=1,icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,icmp_type=8,icmp_code=0
ovs-appctl ofproto/trace br0 in_port=1,icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,icmp_type=8,icmp_code=0 --names
ovs-appctl ofproto/trace br0 in_port=1,icmp,nw_src=10.0.0.1,nw_dst=10.0.0.2,nw_ttl=64,icmp_type=8,icmp_code=0 -generate
ovs-appctl ofproto/trace br0 in_port=1,mpls,mpls_label=16,mpls_bos=1,mpls_ttl=9
ovs-appctl ofproto/trace br0 in_port=1,mpls,mpls_label=17,mpls_bos=1,mpls_ttl=9
ovs-appctl ofproto/trace br0 in_port=1,tcp,tp_dst=80 -generate
ovs-appctl ofproto/trace -generate br0 in_port=1,udp
ovs-appctl ofproto/trace br0 in_port=1,udp --generate
ovs-appctl ofproto/trace br0 in_port=1,udp -consistent
ovs-appctl ofproto/trace br0 in_port=1,udp --ct-next trk,new
ovs-appctl ofproto/trace br0 in_port=1,udp --ct-next 'trk|est'
ovs-appctl ofproto/trace br0 in_port=1,udp --ct-next foo
ovs-appctl ofproto/trace br0 in_port=1,udp --ct-next
ovs-appctl ofproto/trace br0 in_port=1 50540000000a50540000000908004500001c00000000401100000a0000010a00000200350035000800000000
ovs-appctl ofproto/trace br0 in_port=1 50540000000a50540000000908004500001c00000000401100000a0000010a00000200350035000800000000 --names
ovs-appctl ofproto/trace br0 in_port=1,dl_vlan=9 50540000000a50540000000908060001
ovs-appctl ofproto/trace br0 in_port=1 5054
ovs-appctl ofproto/trace br0 in_port=1 zz
ovs-appctl ofproto/trace br0 in_port=1 -generate 5054
ovs-appctl ofproto/trace br0 in_port=1 extra more words here and there
ovs-appctl ofproto/trace br1 in_port=2,udp -generate
ovs-appctl ofproto/trace br1 in_port=2,dl_src=50:54:00:00:00:01,dl_dst=50:54:00:00:00:02,arp -generate
ovs-appctl ofproto/trace br1 in_port=1,dl_src=50:54:00:00:00:02,dl_dst=50:54:00:00:00:01,arp
ovs-appctl ofproto/trace br1 in_port=1,dl_src=50:54:00:00:00:02,dl_dst=50:54:00:00:00:01,arp --names
# of the datapath
ovs-appctl ofproto/trace 'in_port(2),eth(src=50:54:00:00:00:05,dst=50:54:00:00:00:07),eth_type(0x0800),ipv4(src=192.168.0.1,dst=192.168.0.2,proto=6,tos=0,ttl=64,frag=no),tcp(src=1,dst=80)'
ovs-appctl ofproto/trace ovs-netdev 'in_port(2),eth(src=50:54:00:00:00:05,dst=50:54:00:00:00:07),eth_type(0x0800),ipv4(src=192.168.0.1,dst=192.168.0.2,proto=6,tos=0,ttl=64,frag=no),tcp(src=1,dst=80)'
ovs-appctl ofproto/trace netdev@ovs-netdev 'in_port(2),eth_type(0x0800),ipv4(proto=17)'
ovs-appctl ofproto/trace 'in_port(p1),eth(src=50:54:00:00:00:05,dst=50:54:00:00:00:07),eth_type(0x0800),ipv4(src=192.168.0.1,dst=192.168.0.2,proto=17,tos=0,ttl=64,frag=no),udp(src=1,dst=80)' --names
ovs-appctl ofproto/trace 'in_port(2),eth_type(0x0800),ipv4(src=192.168.0.1,dst=192.168.0.2,proto=17,tos=0,ttl=64,frag=no)'
ovs-appctl ofproto/trace 'in_port(2),eth_type(0x0800),ipv4(src=192.168.0.1,dst=192.168.0.2,proto=17,tos=0,ttl=64,frag=no)' -generate
ovs-appctl ofproto/trace 'in_port(99),eth_type(0x0800)'
ovs-appctl ofproto/trace 'eth_type(0x0800)'
ovs-appctl ofproto/trace 'recirc_id(0x77),in_port(2)'
ovs-appctl ofproto/trace 'in_port(nobody),eth_type(0x0800)'
ovs-appctl ofproto/trace 'in_port(2),foo(1)'
ovs-appctl ofproto/trace 'in_port(2' 
ovs-appctl ofproto/trace 'in_port(2)' 50540000000a50540000000908004500001c00000000401100000a0000010a00000200350035000800000000
ovs-appctl ofproto/trace nodp 'in_port(2)'
ovs-appctl ofproto/trace system@ovs-netdev 'in_port(2)'
ovs-appctl ofproto/trace dummy@br0 in_port=1
ovs-appctl ofproto/trace br0 'in_port(2)'
ovs-appctl ofproto/trace ovs-netdev in_port=1
# bad flows
ovs-appctl ofproto/trace
ovs-appctl ofproto/trace br0
ovs-appctl ofproto/trace br9 in_port=1
ovs-appctl ofproto/trace br0 foo=1
ovs-appctl ofproto/trace br0 in_port=1,nw_dst=1.2.3.4
ovs-appctl ofproto/trace br0 in_port=1,tcp,udp
ovs-appctl ofproto/trace br0 in_port=1,tcp,tp_dst=99999
ovs-appctl ofproto/trace br0 in_port=1,tcp,tp_dst=80,tp_dst=81
ovs-appctl ofproto/trace br0 in_port=nobody,tcp
ovs-appctl ofproto/trace br0 in_port=1,ip,nw_dst=10.0.0.0/8
ovs-appctl ofproto/trace br0 in_port=1,dl_src=5
ovs-appctl ofproto/trace 'in_port=1,tcp'
# packet-out
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp output:2
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp output:p2 --names
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp 'resubmit(,0)'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp drop
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp ''
ovs-appctl ofproto/trace-packet-out br0 in_port=CONTROLLER,udp output:1,output:2
ovs-appctl ofproto/trace-packet-out br0 udp flood
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp -generate output:2
ovs-appctl ofproto/trace-packet-out br0 in_port=1 50540000000a50540000000908004500001c00000000401100000a0000010a00000200350035000800000000 output:2
ovs-appctl ofproto/trace-packet-out 'in_port(2),eth_type(0x0800)' output:2
ovs-appctl ofproto/trace-packet-out ovs-netdev 'in_port(2),eth_type(0x0800)' output:2
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp goto_table:1
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp 'write_actions(output:2)'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp mod_tp_dst:5,output:2
ovs-appctl ofproto/trace-packet-out br0 in_port=1,icmp mod_tp_dst:5,output:2
ovs-appctl ofproto/trace-packet-out -consistent br0 in_port=1,icmp mod_tp_dst:5,output:2
ovs-appctl ofproto/trace-packet-out -consistent br0 in_port=1,udp mod_tp_dst:5,output:2
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp foo
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp output:nobody
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp
ovs-appctl ofproto/trace-packet-out br0
ovs-appctl ofproto/trace-packet-out
ovs-appctl ofproto/trace-packet-out br9 in_port=1 output:1
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp group:1
# words in odd places
ovs-appctl ofproto/trace 'in_port(2)' -generate 50540000000a50540000000908004500001c00000000401100000a0000010a00000200350035000800000000
ovs-appctl ofproto/trace 50540000000a50540000000908004500001c00000000401100000a0000010a00000200350035000800000000
ovs-appctl ofproto/trace br0 50540000000a50540000000908004500001c00000000401100000a0000010a00000200350035000800000000
ovs-appctl ofproto/trace netdev 'in_port(2),eth(),eth_type(0x0806)'
ovs-appctl ofproto/trace ovs-netdev 'in_port(2),eth(),eth_type(0x0806)' 50540000000a50540000000908060001
ovs-appctl ofproto/trace ovs-netdev 'in_port(2),eth(),eth_type(0x0806)' -generate
ovs-appctl ofproto/trace ovs-netdev in_port=1 50540000000a50540000000908060001
ovs-appctl ofproto/trace br0 in_port=1 '50 54 00 00 00 0a 50 54 00 00 00 09 08 06 00 01'
ovs-appctl ofproto/trace br0 in_port=1 50540000000a5054000000090806000
ovs-appctl ofproto/trace br0 in_port=1 ''
ovs-appctl ofproto/trace '' in_port=1
ovs-appctl ofproto/trace ''
ovs-appctl ofproto/trace br0 in_port=1,udp -generate -generate
ovs-appctl ofproto/trace br0 in_port=1,udp --names --names
ovs-appctl ofproto/trace br0 in_port=1,udp -names
ovs-appctl ofproto/trace br0 in_port=1,udp -x
ovs-appctl ofproto/trace br0 in_port=1,udp,reg1=5,metadata=7
ovs-appctl ofproto/trace br0 in_port=1,reg1=5,metadata=7,pkt_mark=3 50540000000a50540000000908060001
ovs-appctl ofproto/trace br0 in_port=1,tun_id=5,udp
ovs-appctl ofproto/trace br0 'in_port=1,packet_type=(1,0x800),nw_proto=17'
ovs-appctl ofproto/trace br0 in_port=1,dl_vlan=9,dl_vlan_pcp=3,ip
ovs-appctl ofproto/trace br0 in_port=1,ipv6,ipv6_src=::1,nw_proto=58,icmpv6_type=135,nd_target=::2
ovs-appctl ofproto/trace br0 in_port=1,ip,nw_frag=later
ovs-appctl ofproto/trace br0 in_port=LOCAL
ovs-appctl ofproto/trace br0 in_port=controller
ovs-appctl ofproto/trace br0 tcp,in_port=1,tcp_flags=syn
ovs-appctl ofproto/trace br0 tcp,in_port=1,tcp_flags=syn,udp_src=5
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp output:p2
ovs-appctl ofproto/trace-packet-out br0 --names in_port=1,udp output:2
ovs-appctl ofproto/trace-packet-out --names -consistent br0 in_port=1,udp output:2
ovs-appctl ofproto/trace-packet-out -consistent br0 in_port=1,udp
ovs-appctl ofproto/trace-packet-out -consistent br0 in_port=1,udp foo
ovs-appctl ofproto/trace-packet-out br9 in_port=1,udp foo
ovs-appctl ofproto/trace-packet-out br0 in_port=1,foo bar
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp group:99
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp output:70000
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp output:65300
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp 'resubmit(,254)'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp 'resubmit(,255)'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,arp mod_nw_src:1.2.3.4
ovs-appctl ofproto/trace-packet-out br0 in_port=1,arp 'set_field:1.2.3.4->ip_src'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp meter:7
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp 'drop,output:1'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp 'normal,set_queue:3,flood'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp 'controller'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp 'table'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp 'mod_vlan_vid:5,2,in_port'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp 'learn(table=9,NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[]),2'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,udp -generate 'learn(table=9,NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[]),2'
ovs-ofctl dump-flows br0 table=9
# names of ports, which bridge's they are
ovs-ofctl add-flow br0 'priority=50,in_port=1,arp,actions=output:9,set_field:5->reg0,resubmit(2,1),2'
ovs-ofctl add-flow br0 'table=1,priority=50,in_port=2,arp,actions=output:3'
ovs-ofctl add-flow br1 'priority=50,in_port=1,arp,actions=resubmit(,1),output:2'
ovs-ofctl add-flow br1 'table=1,priority=50,in_port=1,arp,actions=output:2,in_port,enqueue:2:3'
ovs-appctl ofproto/trace br0 in_port=1,arp --names
ovs-appctl ofproto/trace br0 in_port=1,arp -generate
ovs-appctl ofproto/trace br1 in_port=2,ip
ovs-appctl ofproto/trace br1 in_port=2,ip,nw_frag=first
ovs-ofctl set-frags br0 drop
ovs-appctl ofproto/trace br0 in_port=2,ip,nw_frag=first
ovs-appctl ofproto/trace br1 in_port=2,ip,nw_frag=first
ovs-ofctl set-frags br0 normal
ovs-ofctl add-flow br0 'priority=60,in_port=3,cookie=0x1234,actions=learn(table=7,in_port=3,output:NXM_OF_IN_PORT[]),write_actions(output:1)' 
ovs-ofctl -O OpenFlow13 add-flow br0 'priority=60,in_port=3,cookie=0x1234,actions=learn(table=7,in_port=3,output:NXM_OF_IN_PORT[]),write_actions(output:1)'
ovs-appctl ofproto/trace br0 in_port=3,ip --names
ovs-appctl ofproto/trace br0 in_port=3,ip --names -generate
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=2,type=all,bucket=output:2,bucket=mod_dl_src:00:00:00:00:00:01,output:3'
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=3,type=ff,bucket=watch_port:2,output:2,bucket=watch_port:3,output:3'
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=4,type=indirect,bucket=output:2'
ovs-ofctl -O OpenFlow15 add-group br0 'group_id=5,type=select,selection_method=hash,fields(ip_src),bucket=weight:3,watch_port:2,output:2,bucket=output:3'
ovs-appctl ofproto/trace-packet-out br0 in_port=1,ip group:2 
ovs-appctl ofproto/trace-packet-out br0 --names in_port=1,ip group:2 
ovs-appctl ofproto/trace-packet-out br0 in_port=1,ip group:3 
ovs-appctl ofproto/trace-packet-out br0 in_port=1,ip group:4
ovs-appctl ofproto/trace-packet-out br0 --names in_port=1,ip group:4
ovs-appctl ofproto/trace-packet-out br0 in_port=1,ip group:5
# ports and bundles that are special
ovs-vsctl set port p1 tag=7 -- set port q2 tag=5
ovs-appctl ofproto/trace br1 in_port=2,ip,dl_src=50:54:00:00:00:01 -generate
ovs-appctl ofproto/trace br1 in_port=2,ip,dl_src=50:54:00:00:00:01,dl_vlan=3
ovs-ofctl mod-port br1 2 no-forward
ovs-appctl ofproto/trace br1 in_port=1,ip,dl_vlan=5
ovs-ofctl mod-port br0 1 no-receive
ovs-appctl ofproto/trace br0 in_port=1,ip
ovs-appctl ofproto/trace br1 in_port=LOCAL,ip,dl_vlan=5,dl_dst=01:80:c2:00:00:00
ovs-appctl ofproto/trace br1 in_port=9,ip
