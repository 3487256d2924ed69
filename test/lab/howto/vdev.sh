$ ovs-vsctl add-port br0 null0 -- set Interface null0 type=dpdk \
   options:dpdk-devargs=eth_null0
$ ovs-vsctl add-port br0 myeth0 -- set Interface myeth0 type=dpdk \
   options:dpdk-devargs=eth_af_packet0,iface=eth0
