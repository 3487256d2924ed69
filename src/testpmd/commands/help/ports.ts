// ports - `help ports`.
// The text is testpmd 22.11's, its faults included.

export const HELP_PORTS = `
Port Operations:
----------------

port start (port_id|all)
    Start all ports or port_id.

port stop (port_id|all)
    Stop all ports or port_id.

port close (port_id|all)
    Close all ports or port_id.

port reset (port_id|all)
    Reset all ports or port_id.

port attach (ident)
    Attach physical or virtual dev by pci address or virtual device name

port detach (port_id)
    Detach physical or virtual dev by port_id

port config (port_id|all) speed (10|100|1000|10000|25000|40000|50000|100000|200000|auto) duplex (half|full|auto)
    Set speed and duplex for all ports or port_id

port config (port_id|all) loopback (mode)
    Set loopback mode for all ports or port_id

port config all (rxq|txq|rxd|txd) (value)
    Set number for rxq/txq/rxd/txd.

port config all max-pkt-len (value)
    Set the max packet length.

port config all max-lro-pkt-size (value)
    Set the max LRO aggregated packet size.

port config all drop-en (on|off)
    Enable or disable packet drop on all RX queues of all ports when no receive buffers available.

port config all rss (all|default|level-default|level-outer|level-inner|ip|tcp|udp|sctp|tunnel|vlan|none|ipv4|ipv4-frag|ipv4-tcp|ipv4-udp|ipv4-sctp|ipv4-other|ipv6|ipv6-frag|ipv6-tcp|ipv6-udp|ipv6-sctp|ipv6-other|ipv6-ex|ipv6-tcp-ex|ipv6-udp-ex|l2-payload|port|vxlan|geneve|nvgre|gtpu|eth|s-vlan|c-vlan|esp|ah|l2tpv3|pfcp|pppoe|ecpri|mpls|ipv4-chksum|l4-chksum|l2tpv2|l3-pre96|l3-pre64|l3-pre56|l3-pre48|l3-pre40|l3-pre32|l2-dst-only|l2-src-only|l4-dst-only|l4-src-only|l3-dst-only|l3-src-only|<rsstype_id>)
    Set the RSS mode.

port config port-id rss reta (hash,queue)[,(hash,queue)]
    Set the RSS redirection table.

port config (port_id) dcb vt (on|off) (traffic_class) pfc (on|off)
    Set the DCB mode.

port config all burst (value)
    Set the number of packets per burst.

port config all (txpt|txht|txwt|rxpt|rxht|rxwt) (value)
    Set the ring prefetch/host/writeback threshold for tx/rx queue.

port config all (txfreet|txrst|rxfreet) (value)
    Set free threshold for rx/tx, or set tx rs bit threshold.

port config mtu X value
    Set the MTU of port X to a given value

port config (port_id) (rxq|txq) (queue_id) ring_size (value)
    Set a rx/tx queue's ring size configuration, the new value will take effect after command that (re-)start the port or command that setup the specific queue

port (port_id) (rxq|txq) (queue_id) (start|stop)
    Start/stop a rx/tx queue of port X. Only take effect when port X is started

port (port_id) (rxq|txq) (queue_id) deferred_start (on|off)
    Switch on/off a deferred start of port X rx/tx queue. Only take effect when port X is stopped.

port (port_id) (rxq|txq) (queue_id) setup
    Setup a rx/tx queue of port X.

port config (port_id) udp_tunnel_port add|rm vxlan|geneve|ecpri (udp_port)

    Add/remove UDP tunnel port for tunneling offload

port config <port_id> rx_offload vlan_strip|ipv4_cksum|udp_cksum|tcp_cksum|tcp_lro|qinq_strip|outer_ipv4_cksum|macsec_strip|vlan_filter|vlan_extend|scatter|buffer_split|timestamp|security|keep_crc on|off
     Enable or disable a per port Rx offloading on all Rx queues of a port

port (port_id) rxq (queue_id) rx_offload vlan_strip|ipv4_cksum|udp_cksum|tcp_cksum|tcp_lro|qinq_strip|outer_ipv4_cksum|macsec_strip|vlan_filter|vlan_extend|scatter|buffer_split|timestamp|security|keep_crc on|off
    Enable or disable a per queue Rx offloading only on a specific Rx queue

port config (port_id) tx_offload vlan_insert|ipv4_cksum|udp_cksum|tcp_cksum|sctp_cksum|tcp_tso|udp_tso|outer_ipv4_cksum|qinq_insert|vxlan_tnl_tso|gre_tnl_tso|ipip_tnl_tso|geneve_tnl_tso|macsec_insert|mt_lockfree|multi_segs|mbuf_fast_free|security on|off
    Enable or disable a per port Tx offloading on all Tx queues of a port

port (port_id) txq (queue_id) tx_offload vlan_insert|ipv4_cksum|udp_cksum|tcp_cksum|sctp_cksum|tcp_tso|udp_tso|outer_ipv4_cksum|qinq_insert|vxlan_tnl_tso|gre_tnl_tso|ipip_tnl_tso|geneve_tnl_tso|macsec_insert|mt_lockfree|multi_segs|mbuf_fast_free|security on|off
    Enable or disable a per queue Tx offloading only on a specific Tx queue

bpf-load rx|tx (port) (queue) (J|M|B) (file_name)
    Load an eBPF program as a callback for particular RX/TX queue

bpf-unload rx|tx (port) (queue)
    Unload previously loaded eBPF program for particular RX/TX queue

port config (port_id) tx_metadata (value)
    Set Tx metadata value per port. Testpmd will add this value to any Tx packet sent from this port

port config (port_id) dynf (name) set|clear
    Register a dynf and Set/clear this flag on Tx. Testpmd will set this value to any Tx packet sent from this port

port cleanup (port_id) txq (queue_id) (free_cnt)
    Cleanup txq mbufs for a specific Tx queue

`;
