ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure protocols=OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15
ovs-vsctl add-port br0 p1 -- set Interface p1 type=internal ofport_request=1
ovs-vsctl add-port br0 p2 -- set Interface p2 type=internal ofport_request=2
ovs-ofctl add-flow br0 'priority=5,tcp,tp_dst=80,actions=output:1,mod_vlan_vid:7,strip_vlan,mod_nw_tos:8,dec_ttl,resubmit(,3),load:5->NXM_NX_REG1[],move:NXM_NX_REG1[]->NXM_NX_REG2[],enqueue:2:3'
ovs-ofctl add-flow br0 'table=1,priority=7,in_port=p1,dl_vlan=9,actions=set_field:1.2.3.4->ip_src,output:2' 
ovs-ofctl add-flow br0 'table=1,priority=7,in_port=p1,dl_vlan=9,actions=push_vlan:0x8100,set_field:4106->vlan_vid,output:p2' 
ovs-ofctl -O OpenFlow13 add-flow br0 'table=2,priority=7,in_port=p1,dl_vlan=9,ip,actions=push_vlan:0x8100,set_field:4106->vlan_vid,set_field:9->ip_dscp,set_field:1.2.3.4->ip_src,output:p2,write_actions(group:1),goto_table:5'
ovs-ofctl -O OpenFlow13 add-flow br0 'table=2,cookie=0x55,idle_timeout=60,hard_timeout=70,send_flow_rem,priority=9,udp,nw_src=10.0.0.0/8,actions=clear_actions,write_metadata:0x5/0xff'
ovs-ofctl -O OpenFlow14 add-flow br0 'table=4,importance=7,no_packet_counts,no_byte_counts,ipv6,ipv6_src=2001:db8::/32,actions=controller(max_len=77,reason=invalid_ttl,id=5),drop'
ovs-ofctl -O OpenFlow14 add-flow br0 'table=4,importance=7,no_packet_counts,no_byte_counts,ipv6,ipv6_src=2001:db8::/32,actions=controller(max_len=77,reason=invalid_ttl,id=5)'
ovs-ofctl -O OpenFlow15 add-flow br0 'table=6,reset_counts,check_overlap,arp,arp_op=1,actions=meter:1,normal'
ovs-ofctl -O OpenFlow15 add-flow br0 'table=6,mpls,mpls_label=5,actions=pop_mpls:0x0800,set_queue:5,flood,pop_queue'
ovs-ofctl add-flow br0 'table=7,vlan_tci=0x1005/0x1fff,actions=mod_dl_src:00:11:22:33:44:55,mod_dl_dst:00:11:22:33:44:55,mod_nw_src:1.2.3.4'
ovs-ofctl add-flow br0 'table=7,ip,actions=mod_nw_src:1.2.3.4,mod_nw_dst:1.2.3.4,all,local,in_port,learn(table=9,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],output:NXM_OF_IN_PORT[]),bundle(eth_src,0,hrw,ofport,members:1,2),note:aa.bb'
ovs-ofctl add-flow br0 'table=8,reg3=5/0xf,metadata=7,tun_id=9,actions=push:NXM_NX_REG1[],pop:NXM_NX_REG2[],exit,sample(probability=5,collector_set_id=1),multipath(eth_src,50,hrw,12,0,NXM_NX_REG0[0..3])'
ovs-ofctl dump-flows br0
ovs-ofctl -O OpenFlow11 dump-flows br0
ovs-ofctl -O OpenFlow12 dump-flows br0
ovs-ofctl -O OpenFlow13 dump-flows br0
ovs-ofctl -O OpenFlow14 dump-flows br0
ovs-ofctl -O OpenFlow15 dump-flows br0
ovs-ofctl -O OpenFlow10,OpenFlow13 dump-flows br0 table=2
ovs-ofctl -O OpenFlow14 dump-flows br0 --no-stats
ovs-ofctl -O OpenFlow14 dump-flows br0 --names
ovs-ofctl dump-flows br0 --names --no-stats table=1
ovs-ofctl --no-names dump-flows br0 table=1
ovs-ofctl dump-flows br0 --sort
ovs-ofctl dump-flows br0 --rsort
ovs-ofctl dump-flows br0 --sort=nw_src
ovs-ofctl dump-flows br0 --sort=in_port --rsort=priority
ovs-ofctl dump-flows br0 --sort=foo
ovs-ofctl --sort=cookie dump-flows br0
ovs-ofctl -F nxm dump-flows br0 table=7
ovs-ofctl -F openflow10 dump-flows br0 table=7
ovs-ofctl -F OXM dump-flows br0 table=7
ovs-ofctl -O OpenFlow13 -F OXM dump-flows br0 table=7
ovs-ofctl -F foo dump-flows br0
ovs-ofctl -O foo dump-flows br0
ovs-ofctl -O OpenFlow16 dump-flows br0
ovs-ofctl -O OpenFlow1 dump-flows br0
ovs-ofctl -O 1.3 dump-flows br0 table=2
ovs-ofctl -O OpenFlow10+ dump-flows br0 table=2
ovs-ofctl dump-aggregate br0
ovs-ofctl dump-aggregate br0 table=7
ovs-ofctl -O OpenFlow13 dump-aggregate br0
ovs-ofctl -O OpenFlow15 dump-aggregate br0 ip
ovs-ofctl dump-flows br0 'table=2,udp'
ovs-ofctl dump-flows br0 'cookie=0x55/-1'
ovs-ofctl dump-flows br0 out_port=2
ovs-ofctl dump-flows br0 out_port=nobody
ovs-ofctl dump-flows br0 foo=1
ovs-ofctl dump-flows br0 table=300
ovs-ofctl dump-flows br0 priority=5
ovs-ofctl --strict dump-flows br0 priority=5
ovs-ofctl dump-flows br9
ovs-ofctl dump-flows
ovs-ofctl dump-flows br0 a b
ovs-ofctl
ovs-ofctl foo
ovs-ofctl --foo
ovs-ofctl dump-flows --foo br0
ovs-ofctl -x dump-flows br0
ovs-ofctl --version
ovs-ofctl -V
ovs-ofctl mod-flows br0 'table=7,ip,actions=output:1'
ovs-ofctl dump-flows br0 table=7
ovs-ofctl mod-flows br0 'table=9,priority=3,udp,actions=output:1'
ovs-ofctl --strict mod-flows br0 'table=9,priority=4,udp,actions=output:2'
ovs-ofctl --strict mod-flows br0 'table=9,priority=3,udp,actions=output:2'
ovs-ofctl dump-flows br0 table=9
ovs-ofctl --strict del-flows br0 'table=9,priority=9,udp'
ovs-ofctl --strict del-flows br0 'table=9,priority=3,udp'
ovs-ofctl del-flows --strict br0 'table=9,priority=4,udp'
ovs-ofctl dump-flows br0 table=9
ovs-ofctl del-flows br0 'table=7,vlan_tci=0x1005/0x1fff'
ovs-ofctl del-flows br0 'out_port=2'
ovs-ofctl dump-flows br0
ovs-ofctl del-flows br0 'cookie=0x55/0xff'
ovs-ofctl del-flows br0 'foo'
ovs-ofctl del-flows br0 'actions=drop'
ovs-ofctl del-flows br0 'ip,actions=drop'
ovs-ofctl -O OpenFlow13 del-flows br0 'out_group=1'
ovs-ofctl del-flows br0
ovs-ofctl dump-flows br0
ovs-ofctl -O OpenFlow13 dump-flows br0
ovs-ofctl del-flows
ovs-ofctl del-flows br9
ovs-ofctl add-flow br0
ovs-ofctl add-flow br0 ''
ovs-ofctl add-flow br0 'actions=output:99'
ovs-ofctl add-flow br0 'actions=output:70000'
ovs-ofctl add-flow br0 'actions=output:nobody'
ovs-ofctl add-flow br0 'tcp'
ovs-ofctl add-flow br0 'tcp,actions='
ovs-ofctl add-flow br0 'foo=1,actions=drop'
ovs-ofctl add-flow br0 'tp_dst=80,actions=drop'
ovs-ofctl add-flow br0 'priority=99999,actions=drop'
ovs-ofctl add-flow br0 'table=255,actions=drop'
ovs-ofctl -O OpenFlow13 add-flow br0 'table=255,actions=drop'
ovs-ofctl add-flow br0 'table=254,actions=drop'
ovs-ofctl -O OpenFlow13 add-flow br0 'table=254,actions=drop'
ovs-ofctl add-flow br0 'in_port=nobody,actions=drop'
ovs-ofctl -O OpenFlow13 add-flow br0 'actions=meter:5,output:1'
ovs-ofctl -O OpenFlow13 add-flow br0 'actions=group:5'
ovs-ofctl -O OpenFlow13 add-flow br0 'cookie=0x12,priority=7,tcp,actions=set_field:1->udp_src,group:5'
ovs-ofctl -O OpenFlow13 add-flow br0 'cookie=0x12,priority=7,tcp,actions=mod_nw_tos:8,enqueue:1:5,group:5'
ovs-ofctl add-flow br0 'cookie=0x12,priority=7,tcp,actions=mod_nw_tos:8,enqueue:1:5,group:5'
ovs-ofctl -F openflow10 add-flow br0 'priority=7,tcp,actions=group:5'
ovs-ofctl -O OpenFlow15 add-flow br0 'cookie=0x12,priority=7,tcp,actions=mod_nw_tos:8,enqueue:1:5,group:5'
ovs-ofctl -O OpenFlow11 add-flow br0 'cookie=0x12,priority=7,tcp,actions=mod_nw_tos:8,enqueue:1:5,group:5'
ovs-ofctl add-flow br0 'check_overlap,priority=7,tcp,actions=drop'
ovs-ofctl add-flow br0 'check_overlap,priority=7,ip,nw_src=1.2.3.4,actions=drop'
ovs-ofctl add-flow br0 'ip,nw_src=1.2.3.4/8,actions=drop'
ovs-ofctl add-flow br0 'nw_src=1.2.3.4,actions=drop'
ovs-ofctl add-flow br0 'arp,nw_src=1.2.3.4,tp_src=5,actions=drop'
ovs-ofctl add-flow br0 'tcp,nw_tos=3,actions=drop'
ovs-ofctl add-flow br0 'actions=mod_vlan_vid:5000'
ovs-ofctl add-flow br0 'actions=drop,output:1'
ovs-ofctl add-flow br0 'actions=output:1,goto_table:5'
ovs-ofctl add-flow br0 'actions=write_actions(output:1)'
ovs-ofctl add-flow br0 'ip,actions=push_mpls:0x8847,dec_ttl'
ovs-ofctl add-flow br0 'actions=dec_ttl'
ovs-ofctl -O OpenFlow13 add-flow br0 'actions=dec_ttl'
ovs-ofctl add-flow br0 'actions=conjunction(1,1/2)'
ovs-ofctl add-flow br0 'actions=conjunction(1,1/2),output:1'
ovs-ofctl dump-flows br0
ovs-ofctl -O OpenFlow15 dump-flows br0
ovs-ofctl add-flow br0 'reg0=1,actions=group:5'
ovs-ofctl add-flow br0 'table=1,reg0=1,actions=group:5'
ovs-ofctl --no-names add-flow br0 'tcp,actions=group:5'
ovs-ofctl --no-names add-flow br0 'in_port=p1,tcp,actions=output:1'
ovs-ofctl --names add-flow br0 'in_port=p1,tcp,actions=group:5'
ovs-ofctl add-flow br0 'udp,tun_id=5,actions=output:1,group:5'
ovs-ofctl -F nxm add-flow br0 'udp,actions=output:1,group:5'
ovs-ofctl -O OpenFlow12 add-flow br0 'table=3,udp,actions=dec_ttl,group:5'
ovs-ofctl --bundle add-flow br0 'priority=80,actions=group:9'
ovs-ofctl -O OpenFlow13 --bundle add-flow br0 'priority=80,actions=group:9'
ovs-ofctl -O OpenFlow10 --bundle add-flow br0 'priority=80,reg0=5,actions=group:9'
ovs-ofctl --strict mod-flows br0 'table=1,priority=80,reg0=5,actions=group:9'
ovs-ofctl mod-flows br0 'cookie=5/7,actions=group:9'
ovs-ofctl del-flows br0 'table=254'
ovs-ofctl -O OpenFlow11 add-flow br0 'cookie=5,idle_timeout=3,hard_timeout=4,send_flow_rem,actions=group:9'
ovs-ofctl -O OpenFlow14 add-flow br0 'importance=5,no_byte_counts,reset_counts,actions=group:9,output:p1'
ovs-ofctl --names -O OpenFlow14 add-flow br0 'in_port=p1,actions=group:9,output:p1'
