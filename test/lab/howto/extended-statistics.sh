$ ovs-vsctl set bridge br0 datapath_type=netdev \
  protocols=OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14
$ ovsdb-client dump Bridge protocols
$ ovs-ofctl -O OpenFlow14 dump-ports br0
