// traffic-management - `help traffic_management`.
// The text is testpmd 22.11's, its faults included.

export const HELP_TRAFFIC_MANAGEMENT = `
Traffic Management:
--------------
show port tm cap (port_id)
       Display the port TM capability.

show port tm level cap (port_id) (level_id)
       Display the port TM hierarchical level capability.

show port tm node cap (port_id) (node_id)
       Display the port TM node capability.

show port tm node type (port_id) (node_id)
       Display the port TM node type.

show port tm node stats (port_id) (node_id) (clear)
       Display the port TM node stats.

add port tm node shaper profile (port_id) (shaper_profile_id) (cmit_tb_rate) (cmit_tb_size) (peak_tb_rate) (peak_tb_size) (packet_length_adjust) (packet_mode)
       Add port tm node private shaper profile.

del port tm node shaper profile (port_id) (shaper_profile_id)
       Delete port tm node private shaper profile.

add port tm node shared shaper (port_id) (shared_shaper_id) (shaper_profile_id)
       Add/update port tm node shared shaper.

del port tm node shared shaper (port_id) (shared_shaper_id)
       Delete port tm node shared shaper.

set port tm node shaper profile (port_id) (node_id) (shaper_profile_id)
       Set port tm node shaper profile.

add port tm node wred profile (port_id) (wred_profile_id) (color_g) (min_th_g) (max_th_g) (maxp_inv_g) (wq_log2_g) (color_y) (min_th_y) (max_th_y) (maxp_inv_y) (wq_log2_y) (color_r) (min_th_r) (max_th_r) (maxp_inv_r) (wq_log2_r)
       Add port tm node wred profile.

del port tm node wred profile (port_id) (wred_profile_id)
       Delete port tm node wred profile.

add port tm nonleaf node (port_id) (node_id) (parent_node_id) (priority) (weight) (level_id) (shaper_profile_id) (n_sp_priorities) (stats_mask) (n_shared_shapers) [(shared_shaper_id_0) (shared_shaper_id_1)...]
       Add port tm nonleaf node.

add port tm nonleaf node pktmode (port_id) (node_id) (parent_node_id) (priority) (weight) (level_id) (shaper_profile_id) (n_sp_priorities) (stats_mask) (n_shared_shapers) [(shared_shaper_id_0) (shared_shaper_id_1)...]
       Add port tm nonleaf node with pkt mode enabled.

add port tm leaf node (port_id) (node_id) (parent_node_id) (priority) (weight) (level_id) (shaper_profile_id) (cman_mode) (wred_profile_id) (stats_mask) (n_shared_shapers) [(shared_shaper_id_0) (shared_shaper_id_1)...]
       Add port tm leaf node.

del port tm node (port_id) (node_id)
       Delete port tm node.

set port tm node parent (port_id) (node_id) (parent_node_id) (priority) (weight)
       Set port tm node parent.

suspend port tm node (port_id) (node_id)       Suspend tm node.

resume port tm node (port_id) (node_id)       Resume tm node.

port tm hierarchy commit (port_id) (clean_on_fail)
       Commit tm hierarchy.

set port tm mark ip_ecn (port) (green) (yellow) (red)
    Enables/Disables the traffic management marking for IP ECN (Explicit Congestion Notification) packets on a given port

set port tm mark ip_dscp (port) (green) (yellow) (red)
    Enables/Disables the traffic management marking on the port for IP dscp packets

set port tm mark vlan_dei (port) (green) (yellow) (red)
    Enables/Disables the traffic management marking on the port for VLAN packets with DEI enabled

`;
