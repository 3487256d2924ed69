# Policers on both ways, and what the database and the device say of them.
ovs-vsctl set Open_vSwitch . other_config:pmd-cpu-mask=0x2
ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ovs-vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_null1,no-rx=1
ovs-vsctl set port p1 qos=@newqos -- --id=@newqos create qos type=egress-policer other-config:cir=46000000 other-config:cbs=2048
ovs-appctl -t ovs-vswitchd qos/show p1
ovs-appctl -t ovs-vswitchd qos/show-types p1
ovs-vsctl --columns=type,other_config list qos
ovs-vsctl set interface p1 ingress_policing_rate=368000 ingress_policing_burst=1000
ovs-vsctl --columns=ingress_policing_rate,ingress_policing_burst list interface p1
ovs-vsctl destroy QoS p1 -- clear Port p1 qos
ovs-vsctl clear Port p1 qos
ovs-vsctl --all destroy qos
ovs-appctl -t ovs-vswitchd qos/show p1
ovs-vsctl set port p1 qos=@newqos -- --id=@newqos create qos type=nosuch
ovs-appctl qos/show p1
ovs-appctl qos/show nosuch
ovs-vsctl del-br br0
