ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev
ovs-vsctl add-port br0 p1 -- set Interface p1 type=internal ofport_request=1
ovs-vsctl add-port br0 p2 -- set Interface p2 type=internal ofport_request=2
ovs-appctl bridge/dump-flows br0
ovs-ofctl add-flow br0 'table=3,priority=7,cookie=0x12,idle_timeout=30,tcp,tp_dst=80,in_port=1,actions=mod_dl_src:00:00:00:00:00:01,output:2'
ovs-ofctl add-flow br0 'udp,actions=drop'
ovs-appctl bridge/dump-flows br0
ovs-appctl bridge/dump-flows --offload-stats br0
ovs-appctl bridge/dump-flows br9
ovs-appctl bridge/dump-flows
ovs-appctl dpif/show-dp-features br0
ovs-appctl dpif/show-dp-features br9
ovs-appctl dpctl/cache-get-size
ovs-appctl dpctl/offload-stats-show
ovs-appctl dpctl/ct-bkts
ovs-appctl bond/hash 50:54:00:00:00:01
ovs-appctl bond/hash 50:54:00:00:00:01 5
ovs-appctl bond/hash 50:54:00:00:00:01 5 7
ovs-appctl bond/hash foo
ovs-appctl list-commands
