# Two ports joined by the howto's flows. The input's queue is held back, isolated by the output's pinning, until all is set up.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2 other_config:emc-insert-inv-prob=1
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ovs-vsctl add-port br0 phy1 -- set Interface phy1 type=dpdk options:dpdk-devargs=net_pcap1,tx_pcap=out.pcap ofport_request=2 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 phy0 -- set Interface phy0 type=dpdk options:dpdk-devargs=net_pcap0,rx_pcap=capture.pcap,tx_pcap=back.pcap ofport_request=1
ovs-ofctl del-flows br0
ovs-ofctl add-flow br0 in_port=1,action=output:2
ovs-ofctl add-flow br0 in_port=2,action=output:1
ovs-vsctl show
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-vsctl set Interface phy0 other_config:pmd-rxq-affinity=0:1
sleep 1
ovs-appctl revalidator/wait
ovs-appctl dpif-netdev/pmd-stats-show
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-appctl dpctl/dump-flows
ovs-appctl dpif/show
ovs-appctl dpctl/show
ovs-ofctl dump-flows br0
ovs-ofctl dump-ports br0
ovs-vsctl list Interface phy0
ovs-vsctl del-port br0 phy0
ovs-vsctl del-port br0 phy1
ovs-vsctl show
