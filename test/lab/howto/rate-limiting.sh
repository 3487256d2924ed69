$ ovs-vsctl set interface vhost-user0 ingress_policing_rate=368000 \
    ingress_policing_burst=1000
$ ovs-vsctl list interface vhost-user0
