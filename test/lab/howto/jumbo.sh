$ ovs-vsctl add-port br0 dpdk-p0 -- set Interface dpdk-p0 type=dpdk \
      options:dpdk-devargs=0000:01:00.0 mtu_request=9000
$ ovs-vsctl get Interface dpdk-p0 mtu
$ ovs-vsctl set Interface dpdk-p0 mtu_request=6200
$ ovs-vsctl get Interface dpdk-p0 mtu
