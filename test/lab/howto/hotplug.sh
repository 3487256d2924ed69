$ $DPDK_DIR/tools/dpdk_nic_bind.py --bind=igb_uio 0000:01:00.0
$ ovs-vsctl add-port br0 dpdkx -- set Interface dpdkx type=dpdk \
    options:dpdk-devargs=0000:01:00.0
$ ovs-appctl netdev-dpdk/detach 0000:01:00.0
$ ovs-vsctl del-port br0 dpdkx
$ ovs-appctl netdev-dpdk/detach 0000:01:00.0
