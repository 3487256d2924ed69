# Rewrites of every header with checksums.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2 other_config:emc-insert-inv-prob=1
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
ovs-vsctl add-port br0 p2 -- set Interface p2 type=dpdk options:dpdk-devargs=net_pcap2,tx_pcap=out2.pcap ofport_request=2 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p3 -- set Interface p3 type=dpdk options:dpdk-devargs=net_pcap3,tx_pcap=out3.pcap ofport_request=3 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_pcap1,rx_pcap=capture.pcap,tx_pcap=out1.pcap ofport_request=1
ovs-ofctl add-flow br0 "in_port=1,priority=10,ip,actions=mod_nw_src:1.2.3.4,mod_nw_dst:5.6.7.8,mod_nw_tos:64,output:2"
ovs-ofctl add-flow br0 "in_port=1,priority=20,tcp,actions=mod_tp_src:1000,mod_tp_dst:2000,mod_nw_src:9.9.9.9,output:2"
ovs-ofctl add-flow br0 "in_port=1,priority=20,udp,actions=mod_tp_src:1000,mod_tp_dst:2000,mod_dl_src:02:aa:bb:cc:dd:ee,output:3"
ovs-ofctl -O OpenFlow13 add-flow br0 "in_port=1,priority=20,icmp,actions=set_field:7->nw_ttl,set_field:1->ip_ecn,output:2"
ovs-ofctl add-flow br0 "in_port=1,priority=20,ipv6,actions=load:0x1->NXM_NX_IPV6_DST[0..63],output:2"
ovs-ofctl add-flow br0 "in_port=1,priority=30,udp6,actions=mod_tp_dst:53,output:3"
ovs-ofctl add-flow br0 "in_port=1,priority=20,arp,actions=load:0x2->NXM_OF_ARP_OP[],move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],output:2"
ovs-vsctl set Interface p1 other_config:pmd-rxq-affinity=0:1
sleep 1
ovs-appctl revalidator/wait
ovs-appctl dpif-netdev/pmd-stats-show
ovs-appctl dpctl/dump-flows
ovs-ofctl dump-flows br0
ovs-ofctl dump-ports br0
ovs-vsctl del-br br0
