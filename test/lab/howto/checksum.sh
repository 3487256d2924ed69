$ ovs-vsctl add-port br0 dpdk-p0 -- set Interface dpdk-p0 type=dpdk \
  options:dpdk-devargs=0000:01:00.0 options:rx-checksum-offload=false
$ ovs-vsctl set Interface dpdk-p0 options:rx-checksum-offload=false
