# Flows that come round and round, at the default insertion probability, for two seconds after one.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
ovs-vsctl add-port br0 p2 -- set Interface p2 type=dpdk options:dpdk-devargs=net_null2 ofport_request=2 other_config:pmd-rxq-affinity=0:1
ovs-ofctl add-flow br0 in_port=1,ip,nw_dst=10.0.0.0/8,actions=output:2
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_pcap1,rx_pcap=capture.pcap,infinite_rx=1 ofport_request=1
ovs-vsctl set Interface p1 other_config:pmd-rxq-affinity=0:1
sleep 1
ovs-appctl dpif-netdev/pmd-stats-clear
sleep 2
ovs-appctl dpif-netdev/pmd-stats-show
ovs-vsctl del-br br0
