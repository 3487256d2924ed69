# Ports come and go, change and move while packets have been: numbers, megaflows, counters, what a new port of an old name is.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2 other_config:emc-insert-inv-prob=1
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ovs-vsctl add-port br0 p2 -- set Interface p2 type=dpdk options:dpdk-devargs=net_pcap2,tx_pcap=out2.pcap other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p3 -- set Interface p3 type=dpdk options:dpdk-devargs=net_pcap3,tx_pcap=out3.pcap other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_pcap1,rx_pcap=capture.pcap,tx_pcap=out1.pcap
ovs-ofctl show br0
ovs-vsctl set Interface p1 other_config:pmd-rxq-affinity=0:1
sleep 1
ovs-appctl revalidator/wait
ovs-appctl fdb/show br0
ovs-vsctl del-port br0 p3
ovs-appctl revalidator/wait
ovs-appctl dpctl/dump-flows
ovs-ofctl dump-ports br0
ovs-vsctl add-port br0 p4 -- set Interface p4 type=dpdk options:dpdk-devargs=net_null4,no-rx=1
ovs-vsctl add-br br1 -- set bridge br1 datapath_type=netdev
ovs-vsctl del-port br0 p4 -- add-port br1 p4 -- set Interface p4 type=dpdk options:dpdk-devargs=net_null4,no-rx=1 ofport_request=7
ovs-ofctl show br1
ovs-appctl dpif/show
ovs-appctl dpctl/show
ovs-vsctl set Interface p4 ofport_request=9
ovs-vsctl get Interface p4 ofport
ovs-vsctl -- --if-exists del-port nosuch -- add-port br1 p5 -- set Interface p5 type=internal
ovs-vsctl list-ports br1
ovs-vsctl port-to-br p5
ovs-vsctl del-br br0
ovs-appctl dpif/show
ovs-vsctl del-br br1
ovs-appctl dpif/show
