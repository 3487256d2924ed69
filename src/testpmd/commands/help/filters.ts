// filters - `help filters`.
// The text is testpmd 22.11's, its faults included.

export const HELP_FILTERS = `
filters:
--------

flow validate {port_id} [group {group_id}] [priority {level}] [ingress] [egress] pattern {item} [/ {item} [...]] / end actions {action} [/ {action} [...]] / end
    Check whether a flow rule can be created.

flow create {port_id} [group {group_id}] [priority {level}] [ingress] [egress] pattern {item} [/ {item} [...]] / end actions {action} [/ {action} [...]] / end
    Create a flow rule.

flow destroy {port_id} rule {rule_id} [...]
    Destroy specific flow rules.

flow flush {port_id}
    Destroy all flow rules.

flow query {port_id} {rule_id} {action}
    Query an existing flow rule.

flow list {port_id} [group {group_id}] [...]
    List existing flow rules sorted by priority, filtered by group identifiers.

flow isolate {port_id} {boolean}
    Restrict ingress traffic to the defined flow rules

flow aged {port_id} [destroy]
    List and destroy aged flows flow rules

flow indirect_action {port_id} create [action_id {indirect_action_id}] [ingress] [egress] action {action} / end
    Create indirect action.

flow indirect_action {port_id} update {indirect_action_id} action {action} / end
    Update indirect action.

flow indirect_action {port_id} destroy action_id {indirect_action_id} [...]
    Destroy specific indirect actions.

flow indirect_action {port_id} query {indirect_action_id}
    Query an existing indirect action.

set vxlan ip-version (ipv4|ipv6) vni (vni) udp-src (udp-src) udp-dst (udp-dst) ip-src (ip-src) ip-dst (ip-dst) eth-src (eth-src) eth-dst (eth-dst)
       Configure the VXLAN encapsulation for flows.

set vxlan-with-vlan ip-version (ipv4|ipv6) vni (vni) udp-src (udp-src) udp-dst (udp-dst) ip-src (ip-src) ip-dst (ip-dst) vlan-tci (vlan-tci) eth-src (eth-src) eth-dst (eth-dst)
       Configure the VXLAN encapsulation for flows.

set vxlan-tos-ttl ip-version (ipv4|ipv6) vni (vni) udp-src (udp-src) udp-dst (udp-dst) ip-tos (ip-tos) ip-ttl (ip-ttl) ip-src (ip-src) ip-dst (ip-dst) eth-src (eth-src) eth-dst (eth-dst)
       Configure the VXLAN encapsulation for flows.

set nvgre ip-version (ipv4|ipv6) tni (tni) ip-src (ip-src) ip-dst (ip-dst) eth-src (eth-src) eth-dst (eth-dst)
       Configure the NVGRE encapsulation for flows.

set nvgre-with-vlan ip-version (ipv4|ipv6) tni (tni) ip-src (ip-src) ip-dst (ip-dst) vlan-tci (vlan-tci) eth-src (eth-src) eth-dst (eth-dst)
       Configure the NVGRE encapsulation for flows.

set raw_encap {flow items}
	Configure the encapsulation with raw data.

set raw_decap {flow items}
	Configure the decapsulation with raw data.

`;
