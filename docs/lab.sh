# A guest's testpmd between two ports of OVS-DPDK, after OVS's howto; the EMC takes every flow.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x6 other_config:emc-insert-inv-prob=1
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ovs-vsctl add-port br0 phy0 -- set Interface phy0 type=dpdk options:dpdk-devargs=0000:01:00.0 ofport_request=1
ovs-vsctl add-port br0 phy1 -- set Interface phy1 type=dpdk options:dpdk-devargs=0000:01:00.1 ofport_request=2
ovs-vsctl add-port br0 vhost0 -- set Interface vhost0 type=dpdkvhostuser ofport_request=3
ovs-vsctl add-port br0 vhost1 -- set Interface vhost1 type=dpdkvhostuser ofport_request=4
ovs-ofctl del-flows br0
ovs-ofctl add-flow br0 in_port=1,actions=output:3
ovs-ofctl add-flow br0 in_port=4,actions=output:2
qemu-system-x86_64 -name vm0 -cpu host -enable-kvm -m 4096M -smp 2 \
    -object memory-backend-file,id=mem,size=4096M,mem-path=/dev/hugepages,share=on -numa node,memdev=mem -mem-prealloc \
    -chardev socket,id=char0,path=/usr/local/var/run/openvswitch/vhost0 -netdev type=vhost-user,id=net0,chardev=char0,vhostforce \
    -device virtio-net-pci,mac=00:00:00:00:00:01,netdev=net0,mrg_rxbuf=off \
    -chardev socket,id=char1,path=/usr/local/var/run/openvswitch/vhost1 -netdev type=vhost-user,id=net1,chardev=char1,vhostforce \
    -device virtio-net-pci,mac=00:00:00:00:00:02,netdev=net1,mrg_rxbuf=off -drive file=guest.qcow2
testpmd -c 0x3 -n 4 -- --burst=64 -i --auto-start
sleep 1
stop
quit
ovs-appctl dpif-netdev/pmd-rxq-show
ovs-appctl dpif-netdev/pmd-stats-show
ovs-appctl dpctl/dump-flows
ovs-ofctl dump-flows br0
