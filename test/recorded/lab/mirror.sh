# A mirror of everything that comes in by one port, to another.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2 other_config:emc-insert-inv-prob=1
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ovs-vsctl add-port br0 p2 -- set Interface p2 type=dpdk options:dpdk-devargs=net_pcap2,tx_pcap=out2.pcap ofport_request=2 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p3 -- set Interface p3 type=dpdk options:dpdk-devargs=net_pcap3,tx_pcap=out3.pcap ofport_request=3 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_pcap1,rx_pcap=capture.pcap,tx_pcap=out1.pcap ofport_request=1
ovs-ofctl del-flows br0
ovs-ofctl add-flow br0 "in_port=1,actions=mod_dl_dst:02:00:00:00:00:22,output:2"
ovs-vsctl -- set Bridge br0 mirrors=@m -- --id=@p1 get Port p1 -- --id=@p3 get Port p3 -- --id=@m create Mirror name=m0 select-src-port=@p1 output-port=@p3
ovs-vsctl set Interface p1 other_config:pmd-rxq-affinity=0:1
sleep 1
ovs-appctl revalidator/wait
ovs-appctl dpif-netdev/pmd-stats-show
ovs-appctl dpctl/dump-flows
ovs-ofctl dump-flows br0
ovs-ofctl dump-ports br0
ovs-vsctl clear Bridge br0 mirrors
ovs-vsctl --columns=name list Mirror
ovs-vsctl del-br br0
