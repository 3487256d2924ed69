# Two queue pairs, and a guest that goes and comes back.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
ovs-vsctl add-port br0 vhost1 -- set Interface vhost1 type=dpdkvhostuserclient options:vhost-server-path=$OVS_RUNDIR/client.sock ofport_request=4 other_config:pmd-rxq-affinity=0:1,1:1
ovs-vsctl add-port br0 phy1 -- set Interface phy1 type=dpdk options:dpdk-devargs=net_pcap1,tx_pcap=out.pcap ofport_request=2 other_config:pmd-rxq-affinity=0:1
ovs-ofctl add-flow br0 in_port=1,actions=output:4
ovs-ofctl add-flow br0 in_port=4,actions=output:2
ovs-appctl dpif-netdev/pmd-rxq-show
for round in 1 2; do
  sh -c "(sleep 8; echo stop; echo quit) | stdbuf -oL dpdk-testpmd --lcores 0@0,1@0 --no-pci --no-huge -m 256 --file-prefix=guest$$ --single-file-segments --vdev net_virtio_user1,path=$OVS_RUNDIR/client.sock,server=1,queues=2,queue_size=512,mac=52:54:00:00:00:02 -- --no-mlockall --total-num-mbufs=8192 --rxq=2 --txq=2 --forward-mode=macswap -a -i > guest$round.log 2>&1" &
  sleep 4
  ovs-vsctl get Interface vhost1 status:num_of_vrings
  ovs-vsctl get Interface vhost1 status:vring_3_size
  ovs-appctl dpif-netdev/pmd-rxq-show
  ovs-vsctl add-port br0 phy0 -- set Interface phy0 type=dpdk options:dpdk-devargs=net_pcap0,rx_pcap=capture.pcap ofport_request=1
  ovs-vsctl set Interface phy0 other_config:pmd-rxq-affinity=0:1
  sleep 1
  ovs-ofctl dump-ports br0 vhost1
  ovs-vsctl del-port br0 phy0
  wait
  ovs-vsctl get Interface vhost1 link_state
  ovs-vsctl get Interface vhost1 status
  ovs-appctl dpif-netdev/pmd-rxq-show
  grep -A1 -E 'statistics for port' guest$round.log
done
ovs-ofctl dump-flows br0
