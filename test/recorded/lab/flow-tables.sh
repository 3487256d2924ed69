# Rows of Flow_Table: prefixes of a trie and none, a limit that refuses, one that evicts.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2 other_config:emc-insert-inv-prob=1
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
ovs-vsctl add-port br0 p2 -- set Interface p2 type=dpdk options:dpdk-devargs=net_pcap2,tx_pcap=out2.pcap ofport_request=2 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p3 -- set Interface p3 type=dpdk options:dpdk-devargs=net_pcap3,tx_pcap=out3.pcap ofport_request=3 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_pcap1,rx_pcap=capture.pcap,tx_pcap=out1.pcap ofport_request=1
ovs-vsctl -- --id=@ft create Flow_Table name=main prefixes=none -- set Bridge br0 flow_tables:0=@ft
ovs-vsctl -- --id=@ft create Flow_Table name=src prefixes=ip_src -- set Bridge br0 flow_tables:1=@ft
ovs-vsctl -- --id=@ft create Flow_Table flow_limit=3 -- set Bridge br0 flow_tables:2=@ft
ovs-vsctl -- --id=@ft create Flow_Table flow_limit=3 overflow_policy=evict groups='"NXM_OF_IN_PORT[]"' -- set Bridge br0 flow_tables:3=@ft
ovs-ofctl add-flow br0 "ip,nw_dst=10.1.0.0/16,actions=resubmit(,1)"
ovs-ofctl add-flow br0 "ip,nw_src=192.168.0.0/16,actions=resubmit(,1)"
ovs-ofctl add-flow br0 "priority=1,actions=resubmit(,1)"
ovs-ofctl add-flow br0 "table=1,priority=9,ip,nw_src=192.168.0.0/17,actions=2"
ovs-ofctl add-flow br0 "table=1,priority=8,ip,nw_dst=192.0.0.0/9,actions=3"
ovs-ofctl add-flow br0 "table=1,priority=1,actions=2,3"
for n in 1 2 3 4; do ovs-ofctl add-flow br0 "table=2,priority=$n,actions=drop"; done
for n in 1 2 3 4; do ovs-ofctl add-flow br0 "table=3,idle_timeout=${n}00,priority=$n,actions=drop"; done
ovs-vsctl set Interface p1 other_config:pmd-rxq-affinity=0:1
sleep 1
ovs-appctl revalidator/wait
ovs-appctl dpif-netdev/pmd-stats-show
ovs-appctl dpctl/dump-flows
ovs-ofctl dump-flows br0
ovs-vsctl --columns=name,flow_limit,prefixes,groups list Flow_Table
ovs-vsctl clear Bridge br0 flow_tables
ovs-vsctl del-br br0
