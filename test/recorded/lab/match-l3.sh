# Rules of several masks: masks of megaflows, EMC, subtables.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2 other_config:emc-insert-inv-prob=1
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure protocols=OpenFlow10,OpenFlow13,OpenFlow14
ovs-vsctl add-port br0 p2 -- set Interface p2 type=dpdk options:dpdk-devargs=net_pcap2,tx_pcap=out2.pcap ofport_request=2 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_pcap1,rx_pcap=capture.pcap,tx_pcap=out1.pcap ofport_request=1
ovs-ofctl add-flow br0 "in_port=1,ip,nw_dst=10.0.0.0/8,priority=100,actions=output:2"
ovs-ofctl add-flow br0 "in_port=1,ip,nw_src=192.168.0.0/16,priority=90,actions=dec_ttl,output:2"
ovs-ofctl add-flow br0 "in_port=1,udp,tp_dst=53,priority=110,actions=mod_dl_dst:02:00:00:00:00:99,mod_nw_tos:32,output:2"
ovs-ofctl add-flow br0 "in_port=1,tcp,priority=80,actions=mod_tp_dst:8080,output:2,in_port"
ovs-ofctl add-flow br0 "in_port=1,arp,priority=70,actions=push_vlan:0x8100,set_field:4106->vlan_vid,output:2"
ovs-ofctl -O OpenFlow13 add-flow br0 "in_port=1,dl_vlan=10,priority=120,actions=pop_vlan,output:2"
ovs-ofctl add-flow br0 "in_port=1,ipv6,priority=60,actions=output:2"
ovs-vsctl set Interface p1 other_config:pmd-rxq-affinity=0:1
sleep 1
ovs-appctl revalidator/wait
ovs-appctl dpif-netdev/pmd-stats-show
ovs-appctl dpctl/dump-flows
ovs-ofctl dump-flows br0
ovs-ofctl -O OpenFlow13 dump-flows br0
ovs-ofctl -O OpenFlow14 dump-ports br0
ovs-ofctl dump-aggregate br0
ovs-vsctl del-br br0
