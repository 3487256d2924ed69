# The virtio guide's example of rx interrupts: a guest's l3fwd-power sleeps until the switch has packets for it.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ovs-vsctl add-port br0 vhost0 -- set Interface vhost0 type=dpdkvhostuser ofport_request=3
ovs-ofctl del-flows br0
ovs-ofctl add-flow br0 in_port=1,actions=output:3
ovs-ofctl add-flow br0 in_port=3,actions=output:2
qemu-system-x86_64 -name vm0 -smp 2 -m 1024M \
    -chardev socket,id=char0,path=/usr/local/var/run/openvswitch/vhost0 -netdev type=vhost-user,id=net0,chardev=char0,vhostforce,queues=1 \
    -device virtio-net-pci,mac=02:00:00:00:00:01,netdev=net0,mq=on,vectors=4
modprobe vfio enable_unsafe_noiommu_mode=1
modprobe vfio-pci
dpdk-devbind.py -b vfio-pci 00:03.0
l3fwd-power -l 0-1 -- -p 1 -P --config="(0,0,1)" --no-numa --parse-ptype 2>&1 &
sleep 1
ovs-vsctl add-port br0 phy1 -- set Interface phy1 type=dpdk options:dpdk-devargs=0000:01:00.1 ofport_request=2
ovs-vsctl add-port br0 phy0 -- set Interface phy0 type=dpdk options:dpdk-devargs=0000:01:00.0 ofport_request=1
sleep 1
kill -INT $!
wait
