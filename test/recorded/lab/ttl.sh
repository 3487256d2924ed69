# TTLs go down, twice, and packets at their end are not sent.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2 other_config:emc-insert-inv-prob=1
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
ovs-vsctl add-port br0 p2 -- set Interface p2 type=dpdk options:dpdk-devargs=net_pcap2,tx_pcap=out2.pcap ofport_request=2 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p3 -- set Interface p3 type=dpdk options:dpdk-devargs=net_pcap3,tx_pcap=out3.pcap ofport_request=3 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_pcap1,rx_pcap=capture.pcap,tx_pcap=out1.pcap ofport_request=1
ovs-ofctl add-flow br0 "in_port=1,ip,actions=dec_ttl,output:2,dec_ttl,output:3"
ovs-ofctl add-flow br0 "in_port=1,ipv6,actions=dec_ttl,output:2"
ovs-vsctl set Interface p1 other_config:pmd-rxq-affinity=0:1
sleep 1
ovs-appctl revalidator/wait
ovs-appctl dpif-netdev/pmd-stats-show
ovs-appctl dpctl/dump-flows
ovs-ofctl dump-flows br0
ovs-ofctl dump-ports br0
ovs-vsctl del-br br0
