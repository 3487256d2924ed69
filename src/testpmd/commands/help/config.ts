// config - `help config`.
// The text is testpmd 22.11's, its faults included.

export const HELP_CONFIG = `
Configuration:
--------------
Configuration changes only become active when forwarding is started/restarted.

set default
    Reset forwarding to the default configuration.

set verbose (level)
    Set the debug verbosity level X.

set log global|(type) (level)
    Set the log level.

set nbport (num)
    Set number of ports.

set nbcore (num)
    Set number of cores.

set coremask (mask)
    Set the forwarding cores hexadecimal mask.

set portmask (mask)
    Set the forwarding ports hexadecimal mask.

set burst (num)
    Set number of packets per burst.

set burst tx delay (microseconds) retry (num)
    Set the transmit delay time and number of retries, effective when retry is enabled.

set rxoffs (x[,y]*)
    Set the offset of each packet segment on receiving if split feature is engaged. Affects only the queues configured with split offloads.

set rxpkts (x[,y]*)
    Set the length of each segment to scatter packets on receiving if split feature is engaged. Affects only the queues configured with split offloads.

set rxhdrs (eth[,ipv4])*
    Set the protocol hdr of each segment to scatter packets on receiving if split feature is engaged. Affects only the queues configured with split offloads.
    Supported values: eth|ipv4|ipv6|ipv4-tcp|ipv6-tcp|ipv4-udp|ipv6-udp|ipv4-sctp|ipv6-sctp|grenat|inner-eth|inner-ipv4|inner-ipv6|inner-ipv4-tcp|inner-ipv6-tcp|inner-ipv4-udp|inner-ipv6-udp|inner-ipv4-sctp|inner-ipv6-sctp

set txpkts (x[,y]*)
    Set the length of each segment of TXONLY and optionally CSUM packets.

set txsplit (off|on|rand)
    Set the split policy for the TX packets. Right now only applicable for CSUM and TXONLY modes

set txtimes (x, y)
    Set the scheduling on timestamps timings for the TXONLY mode

set corelist (x[,y]*)
    Set the list of forwarding cores.

set portlist (x[,y]*)
    Set the list of forwarding ports.

set port setup on (iterator|event)
    Select how attached port is retrieved for setup.

set tx loopback (port_id) (on|off)
    Enable or disable tx loopback.

set all queues drop (port_id) (on|off)
    Set drop enable bit for all queues.

set vf mac antispoof (port_id) (vf_id) (on|off).
    Set MAC antispoof for a VF from the PF.

vlan set stripq (on|off) (port_id,queue_id)
    Set the VLAN strip for a queue on a port.

set vf vlan stripq (port_id) (vf_id) (on|off)
    Set the VLAN strip for all queues in a pool for a VF from the PF.

set vf vlan insert (port_id) (vf_id) (vlan_id)
    Set VLAN insert for a VF from the PF.

set vf vlan antispoof (port_id) (vf_id) (on|off)
    Set VLAN antispoof for a VF from the PF.

vlan set (strip|filter|qinq_strip|extend) (on|off) (port_id)
    Set the VLAN strip or filter or qinq strip or extend

vlan set (inner|outer) tpid (value) (port_id)
    Set the VLAN TPID for Packet Filtering on a port

rx_vlan add (vlan_id|all) (port_id)
    Add a vlan_id, or all identifiers, to the set of VLAN identifiers filtered by port_id.

rx_vlan rm (vlan_id|all) (port_id)
    Remove a vlan_id, or all identifiers, from the set of VLAN identifiers filtered by port_id.

rx_vlan add (vlan_id) port (port_id) vf (vf_mask)
    Add a vlan_id, to the set of VLAN identifiersfiltered for VF(s) from port_id.

rx_vlan rm (vlan_id) port (port_id) vf (vf_mask)
    Remove a vlan_id, to the set of VLAN identifiersfiltered for VF(s) from port_id.

rx_vxlan_port add (udp_port) (port_id)
    Add an UDP port for VXLAN packet filter on a port

rx_vxlan_port rm (udp_port) (port_id)
    Remove an UDP port for VXLAN packet filter on a port

tx_vlan set (port_id) vlan_id[, vlan_id_outer]
    Set hardware insertion of VLAN IDs (single or double VLAN depends on the number of VLAN IDs) in packets sent on a port.

tx_vlan set pvid port_id vlan_id (on|off)
    Set port based TX VLAN insertion.

tx_vlan reset (port_id)
    Disable hardware insertion of a VLAN header in packets sent on a port.

csum set (ip|udp|tcp|sctp|outer-ip|outer-udp) (hw|sw) (port_id)
    Select hardware or software calculation of the checksum when transmitting a packet using the csum forward engine.
    ip|udp|tcp|sctp always concern the inner layer.
    outer-ip concerns the outer IP layer in    outer-udp concerns the outer UDP layer in case the packet is recognized as a tunnel packet by the forward engine (vxlan, gre and ipip are supported)
    Please check the NIC datasheet for HW limits.

csum parse-tunnel (on|off) (tx_port_id)
    If disabled, treat tunnel packets as non-tunneled packets (treat inner headers as payload). The port
    argument is the port used for TX in csum forward engine.

csum show (port_id)
    Display tx checksum offload configuration

tso set (segsize) (portid)
    Enable TCP Segmentation Offload in csum forward engine.
    Please check the NIC datasheet for HW limits.

tso show (portid)    Display the status of TCP Segmentation Offload.

set port (port_id) gro on|off
    Enable or disable Generic Receive Offload in csum forwarding engine.

show port (port_id) gro
    Display GRO configuration.

set gro flush (cycles)
    Set the cycle to flush GROed packets from reassembly tables.

set port (port_id) gso (on|off)    Enable or disable Generic Segmentation Offload in csum forwarding engine.

set gso segsz (length)
    Set max packet length for output GSO segments, including packet header and payload.

show port (port_id) gso
    Show GSO configuration.

set fwd (io|mac|macswap|flowgen|rxonly|txonly|csum|icmpecho|noisy|5tswap|shared_rxq)
    Set packet forwarding mode.

mac_addr add (port_id) (XX:XX:XX:XX:XX:XX)
    Add a MAC address on port_id.

mac_addr remove (port_id) (XX:XX:XX:XX:XX:XX)
    Remove a MAC address from port_id.

mac_addr set (port_id) (XX:XX:XX:XX:XX:XX)
    Set the default MAC address for port_id.

mac_addr add port (port_id) vf (vf_id) (mac_address)
    Add a MAC address for a VF on the port.

mcast_addr add (port_id) (mcast_addr)
    Add a multicast MAC addresses on port_id.

mcast_addr remove (port_id) (mcast_addr)
    Remove a multicast MAC address from port_id.

set vf mac addr (port_id) (vf_id) (XX:XX:XX:XX:XX:XX)
    Set the MAC address for a VF from the PF.

set eth-peer (port_id) (peer_addr)
    set the peer address for certain port.

set port (port_id) uta (mac_address|all) (on|off)
    Add/Remove a or all unicast hash filter(s)from port X.

set promisc (port_id|all) (on|off)
    Set the promiscuous mode on port_id, or all.

set allmulti (port_id|all) (on|off)
    Set the allmulti mode on port_id, or all.

set flow_ctrl rx (on|off) tx (on|off) (high_water) (low_water) (pause_time) (send_xon) mac_ctrl_frame_fwd (on|off) autoneg (on|off) (port_id)
set flow_ctrl rx (on|off) (portid)
set flow_ctrl tx (on|off) (portid)
set flow_ctrl high_water (high_water) (portid)
set flow_ctrl low_water (low_water) (portid)
set flow_ctrl pause_time (pause_time) (portid)
set flow_ctrl send_xon (send_xon) (portid)
set flow_ctrl mac_ctrl_frame_fwd (on|off) (portid)
set flow_ctrl autoneg (on|off) (port_id)
    Set the link flow control parameter on a port.

set pfc_ctrl rx (on|off) tx (on|off) (high_water) (low_water) (pause_time) (priority) (port_id)
    Set the priority flow control parameter on a port.

set pfc_queue_ctrl (port_id) rx (on|off) (tx_qid) (tx_tc) tx (on|off) (rx_qid) (rx_tc) (pause_time)
    Set the queue priority flow control parameter on a given Rx and Tx queues of a port.

set port (port_id) rxq (queue_id) avail_thresh (0..99)>
     set available descriptors threshold for Rx queue

set stat_qmap (tx|rx) (port_id) (queue_id) (qmapping)
    Set statistics mapping (qmapping 0..15) for RX/TX queue on port.
    e.g., 'set stat_qmap rx 0 2 5' sets rx queue 2 on port 0 to mapping 5.

set xstats-hide-zero on|off
    Set the option to hide the zero values for xstats display.
set record-core-cycles on|off
    Set the option to enable measurement of CPU cycles.
set record-burst-stats on|off
    Set the option to enable display of RX and TX bursts.
set port (port_id) vf (vf_id) rx|tx on|off
    Enable/Disable a VF receive/transmit from a port

set port (port_id) vf (vf_id) rxmode (AUPE|ROPE|BAM|MPE) (on|off)
    AUPE:accepts untagged VLAN;ROPE:accept unicast hash

    BAM:accepts broadcast packets;MPE:accepts all multicast packets

    Enable/Disable a VF receive mode of a port

set port (port_id) queue (queue_id) rate (rate_num)
    Set rate limit for a queue of a port

set port (port_id) vf (vf_id) rate (rate_num) queue_mask (queue_mask_value)
    Set rate limit for queues in VF of a port

set flush_rx (on|off)
   Flush (default) or don't flush RX streams before forwarding. Mainly used with PCAP drivers.

set link-up port (port_id)
	Set link up for a port.

set link-down port (port_id)
	Set link down for a port.

set port (port_id) ptype_mask (ptype_mask)
    set packet types classification for a specific port

show port meter cap (port_id)
    Show port meter capability information

add port meter profile srtcm_rfc2697 (port_id) (profile_id) (cir) (cbs) (ebs) (packet_mode)
    meter profile add - srtcm rfc 2697

add port meter profile trtcm_rfc2698 (port_id) (profile_id) (cir) (pir) (cbs) (pbs) (packet_mode)
    meter profile add - trtcm rfc 2698

add port meter profile trtcm_rfc4115 (port_id) (profile_id) (cir) (eir) (cbs) (ebs) (packet_mode)
    meter profile add - trtcm rfc 4115

del port meter profile (port_id) (profile_id)
    meter profile delete

create port meter (port_id) (mtr_id) (profile_id) (policy_id) (meter_enable)
(stats_mask) (shared) (use_pre_meter_color) [(dscp_tbl_entry0) (dscp_tbl_entry1)...
(dscp_tbl_entry63)]
    meter create

enable port meter (port_id) (mtr_id)
    meter enable

disable port meter (port_id) (mtr_id)
    meter disable

del port meter (port_id) (mtr_id)
    meter delete

add port meter policy (port_id) (policy_id) g_actions (actions)
y_actions (actions) r_actions (actions)
    meter policy add

del port meter policy (port_id) (policy_id)
    meter policy delete

set port meter profile (port_id) (mtr_id) (profile_id)
    meter update meter profile

set port meter dscp table (port_id) (mtr_id) [(dscp_tbl_entry0)
(dscp_tbl_entry1)...(dscp_tbl_entry63)]
    update meter dscp table entries

set port meter policer action (port_id) (mtr_id) (action_mask)
(action0) [(action1) (action2)]
    meter update policer action

set port meter stats mask (port_id) (mtr_id) (stats_mask)
    meter update stats

set port (port_id) fec_mode auto|off|rs|baser
    set fec mode for a specific port

`;
