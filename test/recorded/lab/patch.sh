# Two bridges joined by patch ports.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2 other_config:emc-insert-inv-prob=1
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
ovs-vsctl add-br br1 -- set bridge br1 datapath_type=netdev
ovs-vsctl add-port br0 pa -- set Interface pa type=patch options:peer=pb ofport_request=9 -- add-port br1 pb -- set Interface pb type=patch options:peer=pa ofport_request=9
ovs-vsctl add-port br1 p2 -- set Interface p2 type=dpdk options:dpdk-devargs=net_pcap2,tx_pcap=out2.pcap ofport_request=2 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_pcap1,rx_pcap=capture.pcap,tx_pcap=out1.pcap ofport_request=1
ovs-ofctl add-flow br0 "in_port=1,ip,actions=mod_nw_tos:16,output:9"
ovs-vsctl set Interface p1 other_config:pmd-rxq-affinity=0:1
sleep 1
ovs-appctl revalidator/wait
ovs-appctl dpif-netdev/pmd-stats-show
ovs-appctl dpctl/dump-flows
ovs-ofctl dump-flows br0
ovs-ofctl dump-ports br0
ovs-vsctl del-br br0
ovs-vsctl del-br br1
