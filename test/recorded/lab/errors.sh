# What is refused, and how: ports, devices, columns, flows, commands.
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ovs-vsctl add-br br0
ovs-vsctl add-port br1 p1
ovs-vsctl del-port br0 nosuch
ovs-vsctl set Interface nosuch mtu_request=9000
ovs-vsctl set Interface br0 nosuch=1
ovs-vsctl get Bridge br0 nosuch
ovs-vsctl nosuch
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk
ovs-vsctl get Interface p1 ofport error
ovs-vsctl add-port br0 p2 -- set Interface p2 type=dpdk options:dpdk-devargs=net_nosuch0
ovs-vsctl get Interface p2 ofport error
ovs-vsctl add-port br0 p3 -- set Interface p3 type=dpdk options:dpdk-devargs=net_null3,no-rx=1
ovs-vsctl add-port br0 p4 -- set Interface p4 type=dpdk options:dpdk-devargs=net_null3,no-rx=1
ovs-vsctl get Interface p4 ofport
ovs-vsctl add-port br0 p5 -- set Interface p5 type=nosuch
ovs-vsctl add-port br0 p3
ovs-ofctl add-flow br0 in_port=nosuch,actions=drop
ovs-ofctl add-flow br0 ip_src=10.0.0.1,actions=drop
ovs-ofctl add-flow br0 nw_src=10.0.0.1,actions=drop
ovs-ofctl add-flow br0 tp_dst=80,actions=drop
ovs-ofctl add-flow br0 actions=outputt:1
ovs-ofctl add-flow br0 in_port=1
ovs-ofctl add-flow br0 actions=goto_table:0
ovs-ofctl add-flow br0 table=3,actions=goto_table:2
ovs-ofctl -O OpenFlow13 add-flow br0 actions=group:7
ovs-ofctl add-flow br0 table=300,actions=drop
ovs-ofctl add-flow br0 priority=70000,actions=drop
ovs-ofctl add-flow nosuch actions=drop
ovs-ofctl nosuch br0
ovs-ofctl add-flow br0
ovs-ofctl mod-port br0 nosuch down
ovs-appctl nosuch
sleep 1
ovs-appctl dpif-netdev/pmd-stats-show nosuch
ovs-appctl fdb/show nosuch
ovs-appctl netdev-dpdk/detach net_null3
ovs-appctl netdev-dpdk/detach nosuch
ovs-vsctl show
ovs-vsctl del-port br0 p3
ovs-appctl netdev-dpdk/detach net_null3
ovs-vsctl del-br br0
ovs-vsctl show
