ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure protocols=OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15
ovs-vsctl add-port br0 p1 -- set Interface p1 type=internal ofport_request=1
ovs-vsctl add-port br0 p2 -- set Interface p2 type=internal ofport_request=2
ovs-ofctl add-flow br0 table=0,actions=drop
ovs-ofctl add-flow br0 table=3,actions=drop
ovs-ofctl dump-tables br0
ovs-ofctl -O OpenFlow11 dump-tables br0
ovs-ofctl -O OpenFlow12 dump-tables br0
ovs-ofctl -O OpenFlow13 dump-tables br0
ovs-ofctl -O OpenFlow14 dump-tables br0
ovs-ofctl -O OpenFlow15 dump-tables br0
ovs-ofctl dump-table-features br0
ovs-ofctl -O OpenFlow11 dump-table-features br0
ovs-ofctl -O OpenFlow13 dump-table-features br0
ovs-ofctl -O OpenFlow14 dump-table-features br0
ovs-ofctl -O OpenFlow15 dump-table-features br0
ovs-ofctl dump-table-desc br0
ovs-ofctl -O OpenFlow13 dump-table-desc br0
ovs-ofctl -O OpenFlow14 dump-table-desc br0
ovs-ofctl mod-table br0 0 drop
ovs-ofctl -O OpenFlow11 mod-table br0 0 drop
ovs-ofctl -O OpenFlow11 mod-table br0 1 continue
ovs-ofctl -O OpenFlow11 mod-table br0 2 controller
ovs-ofctl -O OpenFlow11 dump-tables br0
ovs-ofctl -O OpenFlow11 mod-table br0 3 evict
ovs-ofctl -O OpenFlow13 mod-table br0 3 drop
ovs-ofctl -O OpenFlow13 mod-table br0 all drop
ovs-ofctl -O OpenFlow14 mod-table br0 3 drop
ovs-ofctl -O OpenFlow14 mod-table br0 3 evict
ovs-ofctl -O OpenFlow14 mod-table br0 4 vacancy:20,80
ovs-ofctl -O OpenFlow14 dump-table-desc br0
ovs-ofctl -O OpenFlow14 mod-table br0 3 noevict
ovs-ofctl -O OpenFlow14 mod-table br0 4 novacancy
ovs-ofctl -O OpenFlow14 mod-table br0 4 vacancy:80,20
ovs-ofctl -O OpenFlow14 mod-table br0 4 vacancy:20
ovs-ofctl -O OpenFlow14 mod-table br0 4 foo
ovs-ofctl -O OpenFlow14 mod-table br0 300 drop
ovs-ofctl -O OpenFlow14 mod-table br0 254 evict
ovs-ofctl -O OpenFlow14 mod-table br0 foo drop
ovs-ofctl -O OpenFlow11 mod-table br0 300 drop
ovs-ofctl mod-table br0 0 foo
ovs-ofctl mod-table br0 0
ovs-ofctl mod-table br0 0 a b
ovs-ofctl -O OpenFlow15 dump-table-desc br0
