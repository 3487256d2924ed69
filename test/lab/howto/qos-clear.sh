$ ovs-appctl -t ovs-vswitchd qos/show vhost-user0
$ ovs-vsctl destroy QoS vhost-user0 -- clear Port vhost-user0 qos
$ ovs-appctl -t ovs-vswitchd qos/show vhost-user0
