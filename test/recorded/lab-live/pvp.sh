# PHY-VM-PHY with a guest of another process: one vhost-user port whose socket is the switch's, one whose socket is the guest's.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
ovs-vsctl add-port br0 vhost0 -- set Interface vhost0 type=dpdkvhostuser ofport_request=3 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 vhost1 -- set Interface vhost1 type=dpdkvhostuserclient options:vhost-server-path=$OVS_RUNDIR/client.sock ofport_request=4 other_config:pmd-rxq-affinity=0:1
ovs-vsctl add-port br0 phy1 -- set Interface phy1 type=dpdk options:dpdk-devargs=net_pcap1,tx_pcap=out.pcap ofport_request=2 other_config:pmd-rxq-affinity=0:1
ovs-ofctl add-flow br0 in_port=1,actions=output:3
ovs-ofctl add-flow br0 in_port=4,actions=output:2
sh -c "(sleep 9; echo stop; echo quit) | stdbuf -oL dpdk-testpmd --lcores 0@0,1@0 --no-pci --no-huge -m 256 --file-prefix=guest$$ --single-file-segments --vdev net_virtio_user0,path=$OVS_RUNDIR/vhost0,mac=52:54:00:00:00:01 --vdev net_virtio_user1,path=$OVS_RUNDIR/client.sock,server=1,mac=52:54:00:00:00:02 -- --no-mlockall --total-num-mbufs=8192 --forward-mode=mac -a -i > guest.log 2>&1" &
sleep 3
ovs-vsctl get Interface vhost0 link_state
ovs-vsctl get Interface vhost1 link_state
ovs-vsctl get Interface vhost0 status:vring_0_size
ovs-vsctl get Interface vhost1 status:mode
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-vsctl add-port br0 phy0 -- set Interface phy0 type=dpdk options:dpdk-devargs=net_pcap0,rx_pcap=capture.pcap ofport_request=1
ovs-vsctl set Interface phy0 other_config:pmd-rxq-affinity=0:1
sleep 3
ovs-ofctl dump-ports br0
ovs-ofctl dump-flows br0
ovs-appctl dpif/show
wait
ovs-vsctl get Interface vhost0 link_state
ovs-vsctl get Interface vhost1 status
ovs-appctl dpif-netdev/pmd-rxq-show
grep -A1 -E 'statistics for port' guest.log
