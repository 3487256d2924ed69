ovs-vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail-mode=secure protocols=OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15
ovs-vsctl add-port br0 p1 -- set Interface p1 type=internal ofport_request=1
ovs-vsctl add-port br0 p2 -- set Interface p2 type=internal ofport_request=2
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=1,type=all,bucket=output:1,bucket=output:2'
ovs-ofctl -O OpenFlow15 add-group br0 'group_id=2,type=select,selection_method=hash,fields(ip_src),bucket=bucket_id:1,weight:5,watch_port:1,actions=output:1,bucket=bucket_id:2,weight:7,actions=output:2'
ovs-ofctl add-group br0 'group_id=3,type=indirect,bucket=output:1'
ovs-ofctl -O OpenFlow11 add-group br0 'group_id=4,type=ff,bucket=watch_port:1,output:1,bucket=watch_group:1,output:2'
ovs-ofctl dump-groups br0
ovs-ofctl -O OpenFlow11 dump-groups br0
ovs-ofctl -O OpenFlow13 dump-groups br0
ovs-ofctl -O OpenFlow15 dump-groups br0
ovs-ofctl -O OpenFlow15 --names dump-groups br0
ovs-ofctl -O OpenFlow15 dump-groups br0 2
ovs-ofctl -O OpenFlow13 dump-groups br0 2
ovs-ofctl -O OpenFlow15 dump-groups br0 all
ovs-ofctl -O OpenFlow15 dump-groups br0 99
ovs-ofctl -O OpenFlow15 dump-groups br0 foo
ovs-ofctl dump-group-stats br0
ovs-ofctl -O OpenFlow11 dump-group-stats br0
ovs-ofctl -O OpenFlow13 dump-group-stats br0 1
ovs-ofctl -O OpenFlow15 dump-group-stats br0 group_id=1
ovs-ofctl -O OpenFlow15 dump-group-stats br0 9
ovs-ofctl dump-group-features br0
ovs-ofctl -O OpenFlow12 dump-group-features br0
ovs-ofctl -O OpenFlow13 dump-group-features br0
ovs-ofctl -O OpenFlow15 dump-group-features br0
ovs-ofctl -O OpenFlow11 dump-group-features br0
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=1,type=all,bucket=output:1'
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=9,type=foo,bucket=output:1'
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=9'
ovs-ofctl -O OpenFlow13 add-group br0 'type=all'
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=9,type=all,bucket=output:nobody'
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=9,type=all,bucket=output:60000'
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=9,type=indirect,bucket=output:1,bucket=output:2'
ovs-ofctl -O OpenFlow13 add-group br0 'group_id=9,type=all,bucket=group:77'
ovs-ofctl -O OpenFlow13 mod-group br0 'group_id=1,type=all,bucket=output:2'
ovs-ofctl -O OpenFlow13 mod-group br0 'group_id=10,type=all,bucket=output:2'
ovs-ofctl -O OpenFlow13 --may-create mod-group br0 'group_id=10,type=all,bucket=output:2'
ovs-ofctl -O OpenFlow15 --may-create mod-group br0 'group_id=11,type=all,bucket=output:2'
ovs-ofctl -O OpenFlow15 insert-buckets br0 'group_id=2,command_bucket_id=last,bucket=bucket_id:7,weight:3,actions=output:LOCAL'
ovs-ofctl -O OpenFlow13 insert-buckets br0 'group_id=2,command_bucket_id=last,bucket=bucket_id:8,weight:3,actions=output:LOCAL'
ovs-ofctl -O OpenFlow15 remove-buckets br0 'group_id=2,command_bucket_id=1'
ovs-ofctl -O OpenFlow15 remove-buckets br0 'group_id=2,command_bucket_id=55'
ovs-ofctl -O OpenFlow15 remove-buckets br0 'group_id=2'
ovs-ofctl -O OpenFlow15 dump-groups br0
printf 'group_id=21,type=all\ngroup_id=22,type=indirect,bucket=output:1\n' | ovs-ofctl -O OpenFlow13 add-groups br0 -
printf 'group_id=23,type=all\nfoo\n' | ovs-ofctl -O OpenFlow13 add-groups br0 -
printf 'group_id=24,type=all\ngroup_id=24,type=all\n' | ovs-ofctl -O OpenFlow13 add-groups br0 -
printf 'group_id=25,type=all\ngroup_id=25,type=all\n' | ovs-ofctl -O OpenFlow14 --bundle add-groups br0 -
ovs-ofctl -O OpenFlow13 dump-groups br0
ovs-ofctl -O OpenFlow13 del-groups br0 group_id=21
ovs-ofctl -O OpenFlow13 del-groups br0 22
ovs-ofctl -O OpenFlow13 del-groups br0 group_id=99
ovs-ofctl -O OpenFlow13 del-groups br0 foo
ovs-ofctl del-groups br0
ovs-ofctl -O OpenFlow13 dump-groups br0
ovs-ofctl -O OpenFlow13 add-meter br0 'meter=1,kbps,band=type=drop,rate=100'
ovs-ofctl -O OpenFlow13 add-meter br0 'meter=2,pktps,burst,stats,band=type=drop,rate=100,burst_size=10'
ovs-ofctl -O OpenFlow13 add-meter br0 'meter=1,kbps,band=type=drop,rate=100'
ovs-ofctl add-meter br0 'meter=1,kbps,band=type=drop,rate=100'
ovs-ofctl -O OpenFlow13 add-meter br0 'meter=3,kbps,band=type=dscp_remark,prec_level=1,rate=100'
ovs-ofctl -O OpenFlow13 add-meter br0 'meter=3,kbps,band=type=foo,rate=100'
ovs-ofctl -O OpenFlow13 add-meter br0 'meter=3,kbps'
ovs-ofctl -O OpenFlow13 add-meter br0 'kbps,band=type=drop,rate=100'
ovs-ofctl -O OpenFlow13 add-meter br0 'foo'
ovs-ofctl -O OpenFlow13 add-meter br0 'meter=0,kbps,band=type=drop,rate=100'
ovs-ofctl -O OpenFlow13 add-meter br0 'meter=300000,kbps,band=type=drop,rate=100'
ovs-ofctl -O OpenFlow13 mod-meter br0 'meter=1,kbps,band=type=drop,rate=200'
ovs-ofctl -O OpenFlow13 mod-meter br0 'meter=7,kbps,band=type=drop,rate=200'
ovs-ofctl -O OpenFlow13 dump-meters br0
ovs-ofctl -O OpenFlow15 dump-meters br0
ovs-ofctl dump-meters br0
ovs-ofctl -O OpenFlow13 dump-meter br0 meter=1
ovs-ofctl -O OpenFlow13 dump-meter br0 meter=9
ovs-ofctl -O OpenFlow13 dump-meter br0 foo
ovs-ofctl -O OpenFlow13 meter-stats br0
ovs-ofctl -O OpenFlow13 meter-stats br0 meter=2
ovs-ofctl -O OpenFlow15 meter-stats br0 meter=9
ovs-ofctl -O OpenFlow13 meter-features br0
ovs-ofctl -O OpenFlow15 meter-features br0
ovs-ofctl meter-features br0
ovs-ofctl -O OpenFlow13 del-meter br0 meter=9
ovs-ofctl -O OpenFlow13 del-meter br0 meter=1
ovs-ofctl -O OpenFlow13 del-meters br0
ovs-ofctl -O OpenFlow13 dump-meters br0
ovs-ofctl -O OpenFlow13 add-groups br0 /tmp/ringbed-no-such-file
