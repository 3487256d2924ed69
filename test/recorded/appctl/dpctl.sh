ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure
ovs-vsctl add-port br0 p1 -- set Interface p1 type=internal ofport_request=1
ovs-vsctl add-port br0 p2 -- set Interface p2 type=internal ofport_request=2
ovs-appctl dpctl/dump-dps
ovs-appctl dpctl/show
ovs-appctl dpctl/show ovs-netdev
ovs-appctl dpctl/show netdev@ovs-netdev
ovs-appctl dpctl/show nodp
ovs-appctl dpctl/show -s
ovs-appctl dpctl/add-flow 'in_port(2),eth(src=50:54:00:00:00:01,dst=50:54:00:00:00:02),eth_type(0x0800),ipv4(src=10.0.0.1,dst=10.0.0.2/255.255.255.0,proto=17,frag=no),udp(dst=53)' 3
ovs-appctl dpctl/add-flow netdev@ovs-netdev 'in_port(3),eth(),eth_type(0x0806),arp()' 'push_vlan(vid=5,pcp=0),2,pop_vlan,1'
ovs-appctl dpctl/add-flow 'in_port(3),eth(),eth_type(0x0800),ipv4(frag=no)' drop
ovs-appctl dpctl/dump-flows
ovs-appctl dpctl/dump-flows --names
ovs-appctl dpctl/dump-flows -m | sed 's/ufid:[-0-9a-f]*/ufid:U/; s/dp-extra-info:.*//'
ovs-appctl dpctl/dump-flows netdev@ovs-netdev
ovs-appctl dpctl/dump-flows ovs-netdev
ovs-appctl dpctl/dump-flows nodp
ovs-appctl dpctl/dump-flows filter=udp
ovs-appctl dpctl/dump-flows filter='in_port=2'
ovs-appctl dpctl/dump-flows filter=in_port=p2
ovs-appctl dpctl/dump-flows filter=ip,nw_dst=10.0.0.0/24
ovs-appctl dpctl/dump-flows filter=foo
ovs-appctl dpctl/dump-flows filter=ip,foo=3
ovs-appctl dpctl/dump-flows type=ovs
ovs-appctl dpctl/dump-flows type=offloaded
ovs-appctl dpctl/dump-flows type=dpdk
ovs-appctl dpctl/dump-flows type=foo
ovs-appctl dpctl/dump-flows type=all
ovs-appctl dpctl/dump-flows pmd=0
ovs-appctl dpctl/dump-flows pmd=-1
ovs-appctl dpctl/dump-flows pmd=foo
ovs-appctl dpctl/dump-flows foo=1
ovs-appctl dpctl/dump-flows -x
ovs-appctl dpctl/dump-flows --foo
ovs-appctl dpctl/show
ovs-appctl dpctl/mod-flow 'in_port(3),eth(),eth_type(0x0800),ipv4(frag=no)' 2
ovs-appctl dpctl/mod-flow 'in_port(3),eth(),eth_type(0x86dd),ipv6(frag=no)' 2
ovs-appctl dpctl/dump-flows
ovs-appctl dpctl/add-flow 'in_port(3),eth(),eth_type(0x0800),ipv4(frag=no)' 2
ovs-appctl dpctl/add-flow 'eth_type(0x0800)' 2
ovs-appctl dpctl/add-flow 'in_port(3)' foo
ovs-appctl dpctl/add-flow 'in_port(foo)' 3
ovs-appctl dpctl/add-flow 'in_port(3),foo(1)' 3
ovs-appctl dpctl/add-flow 'in_port(3)'
ovs-appctl dpctl/add-flow
ovs-appctl dpctl/add-flow nodp 'in_port(3)' 3
ovs-appctl dpctl/add-flow netdev@ovs-netdev 'in_port(3)' 3 4
ovs-appctl dpctl/add-flow 'in_port(p2),eth(),eth_type(0x88cc)' p1
ovs-appctl dpctl/dump-flows
ovs-appctl dpctl/del-flow 'in_port(3),eth(),eth_type(0x0800),ipv4(frag=no)'
ovs-appctl dpctl/del-flow 'in_port(3),eth(),eth_type(0x0800),ipv4(frag=no)'
ovs-appctl dpctl/del-flow 'in_port(3'
ovs-appctl dpctl/del-flow
ovs-appctl dpctl/del-flow nodp 'in_port(3)'
ovs-appctl dpctl/dump-flows
ovs-appctl dpctl/get-flow ufid:00000000-0000-0000-0000-000000000001
ovs-appctl dpctl/get-flow foo
ovs-appctl dpctl/get-flow
ovs-appctl dpctl/get-flow ufid:00000000-0000-0000-0000-000000000001
ovs-appctl dpctl/get-flow netdev@ovs-netdev ufid:00000000-0000-0000-0000-000000000001
ovs-appctl dpctl/get-flow --names ufid:00000000-0000-0000-0000-000000000001
ovs-appctl dpctl/del-flow 'ufid:00000000-0000-0000-0000-000000000001'
ovs-appctl dpctl/del-flows
ovs-appctl dpctl/dump-flows
ovs-appctl dpctl/show
ovs-appctl dpctl/parse-actions '1,2,push_vlan(vid=3,pcp=1)'
ovs-appctl dpctl/parse-actions 'foo'
ovs-appctl dpif/dump-flows br0
ovs-appctl dpif/dump-flows br9
ovs-appctl dpif/dump-flows
ovs-appctl dpif/dump-flows -m
ovs-appctl dpif/show
ovs-appctl dpif/dump-dps
