// table-features - what OVS 3.1's OpenFlow tables can do, as dump-tables and dump-table-features print it for each OpenFlow version
// (lib/ofp-table.c): tables that are as the one before are not told again.
import type { OfVersion } from "../openflow/protocol.ts";

/** What is told of a table. */
export interface TableText {
  readonly id: number;
  /** `active=1, lookup=0, matched=0`; undefined: not told */
  readonly counts?: string | undefined;
  readonly features?: TableFeatures | undefined;
}

export interface TableFeatures {
  /** Lines that are told again whenever anything is. */
  readonly head: readonly string[];
  /** undefined: the version does not tell */
  readonly instructions: Instructions | undefined;
  readonly matching: readonly string[];
}

interface Instructions {
  /** `next tables: 1-253` and the instructions. */
  readonly lines: readonly string[];
  readonly actions: readonly string[];
  /** Actions that are the same need not be told again. */
  readonly actionsCompare: boolean;
}

export const LAST_TABLE = 253;
const MAX_ENTRIES = "max_entries=1000000";
const METADATA = "metadata: match=0xffffffffffffffff write=0xffffffffffffffff";

const ACTIONS_OF10 =
  "output enqueue set_vlan_vid set_vlan_pcp strip_vlan mod_dl_src mod_dl_dst mod_nw_src mod_nw_dst mod_nw_tos mod_tp_src mod_tp_dst";
const ACTIONS_OF11 =
  "output group set_vlan_vid set_vlan_pcp strip_vlan push_vlan mod_dl_src mod_dl_dst mod_nw_src mod_nw_dst mod_nw_tos mod_nw_ecn " +
  "mod_nw_ttl mod_tp_src mod_tp_dst dec_ttl set_mpls_label set_mpls_tc set_mpls_ttl dec_mpls_ttl push_mpls pop_mpls set_queue";
const ACTIONS_OF12 =
  "output group set_field strip_vlan push_vlan mod_nw_ttl dec_ttl set_mpls_ttl dec_mpls_ttl push_mpls pop_mpls set_queue";

const SET_OF12 =
  "metadata in_port_oxm eth_{src,dst} vlan_{vid,pcp} mpls_{label,tc} ip_{src,dst} ipv6_{src,dst,label} ip_dscp nw_ecn " +
  "arp_{op,spa,tpa,sha,tha} tcp_{src,dst} udp_{src,dst} sctp_{src,dst} icmp_{type,code} icmpv6_{type,code} nd_{target,sll,tll}";
const SET_OF13 =
  "tun_{id,src,dst,ipv6_{src,dst},flags,gbp_{id,flags},erspan_{idx,ver,dir,hwid},metadata0...metadata63} metadata in_{port,port_oxm} " +
  "pkt_mark ct_{mark,label} reg0...reg15 xreg0...xreg7 xxreg0...xxreg3 eth_{src,dst} vlan_{tci,vid,pcp} mpls_{label,tc,ttl} ip_{src,dst} " +
  "ipv6_{src,dst,label} nw_tos ip_dscp nw_{ecn,ttl} arp_{op,spa,tpa,sha,tha} tcp_{src,dst} udp_{src,dst} sctp_{src,dst} " +
  "icmp_{type,code} icmpv6_{type,code} nd_{target,sll,tll,reserved,options_type} nsh_{flags,spi,si,c1...c4,ttl}";

const EXACT = "exact match or wildcard: ";
const MATCHING_OF10 = `${EXACT}in_port eth_{src,dst,type} vlan_{vid,pcp} ip_{src,dst} nw_{proto,tos} tcp_{src,dst}`;
const MATCHING_OF11 =
  `${EXACT}metadata in_port eth_{src,dst,type} vlan_{vid,pcp} mpls_{label,tc} ip_{src,dst} nw_{proto,tos} ` +
  "tcp_{src,dst}";
const MATCHING_OF12 =
  `${EXACT}metadata in_port_oxm eth_{src,dst,type} vlan_{vid,pcp} mpls_{label,tc} ip_{src,dst} ipv6_{src,dst,label} ` +
  "nw_proto ip_dscp nw_ecn arp_{op,spa,tpa,sha,tha} tcp_{src,dst} udp_{src,dst} sctp_{src,dst} icmp_{type,code} icmpv6_{type,code} " +
  "nd_{target,sll,tll}";
const MATCHING_OF13 = [
  "arbitrary mask: dp_hash " +
    "tun_{id,src,dst,ipv6_{src,dst},flags,gbp_{id,flags},erspan_{idx,ver,dir,hwid},gtpu_{flags,msgtype},metadata0...metadata63} " +
    "metadata pkt_mark ct_{state,mark,label,nw_{src,dst},ipv6_{src,dst},tp_{src,dst}} reg0...reg15 xreg0...xreg7 xxreg0...xxreg3 " +
    "eth_{src,dst} vlan_{tci,vid} ip_{src,dst} ipv6_{src,dst,label} ip_frag arp_{spa,tpa,sha,tha} tcp_{src,dst,flags} udp_{src,dst} " +
    "sctp_{src,dst} nd_{target,sll,tll} nsh_{flags,c1...c4}",
  `${EXACT}recirc_id packet_type conj_id in_{port,port_oxm} actset_output ct_{zone,nw_proto} eth_type vlan_pcp ` +
    "mpls_{label,tc,bos,ttl} nw_{proto,tos} ip_dscp nw_{ecn,ttl} arp_op icmp_{type,code} icmpv6_{type,code} " +
    "nd_{reserved,options_type} nsh_{mdtype,np,spi,si,ttl}",
];

/** Actions that the switch has in a version. */
export function switchActions(version: OfVersion): string {
  return version === 1 ? ACTIONS_OF10 : version === 2 ? ACTIONS_OF11 : ACTIONS_OF12;
}

/** miss: what 1.1's and 1.2's tables are said to do with a packet that nothing matches */
export function statsFeatures(version: OfVersion, id: number, miss: string): TableFeatures | undefined {
  if (version === 1) return { head: [MAX_ENTRIES], instructions: undefined, matching: [MATCHING_OF10] };
  if (version > 3) return undefined;
  const words = "apply_actions clear_actions write_actions write_metadata";
  const lines = [`instructions: ${words}${id === LAST_TABLE ? "" : " goto_table"}`];
  const actions = [`actions: ${switchActions(version)}`];
  if (version === 3) actions.push(`supported on Set-Field: ${SET_OF12}`);
  return {
    head: [...(version === 3 ? [METADATA] : []), `config=${miss}`, MAX_ENTRIES],
    instructions: { lines, actions, actionsCompare: version === 3 },
    matching: [version === 2 ? MATCHING_OF11 : MATCHING_OF12],
  };
}

/** Of 1.3 and later. */
export function fullFeatures(version: OfVersion, id: number): TableFeatures {
  const isLast = id === LAST_TABLE;
  const meter = version < 6 ? "meter " : "";
  const words = `${meter}apply_actions clear_actions write_actions write_metadata${isLast ? "" : " goto_table"}`;
  const head = version < 5 ? [] : ["eviction: not supported", "vacancy events: not supported"];
  return {
    head: [METADATA, ...head, MAX_ENTRIES],
    instructions: {
      lines: [...(isLast ? [] : ["next tables: 1-253"]), `instructions: ${words}`],
      actions: [`actions: ${switchActions(version)}`, `supported on Set-Field: ${SET_OF13}`],
      actionsCompare: true,
    },
    matching: MATCHING_OF13,
  };
}

const indented = (lines: readonly string[], blanks: number): string =>
  lines.map((line) => `${" ".repeat(blanks)}${line}\n`).join("");
const isSame = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a?.join("\n") === b?.join("\n");

function instructionsText(now: Instructions, before: Instructions | undefined): string {
  const sameActions = isSame(now.actions, before?.actions);
  if (isSame(now.lines, before?.lines) && sameActions) return "    (same instructions)\n";
  const head = `    instructions (table miss and others):\n${indented(now.lines, 6)}`;
  if (sameActions && now.actionsCompare) return `${head}      (same actions)\n`;
  return `${head}      Write-Actions and Apply-Actions features:\n${indented(now.actions, 8)}`;
}

function featuresText(now: TableFeatures, before: TableFeatures | undefined): string {
  const matching = isSame(now.matching, before?.matching)
    ? "    (same matching)\n"
    : `    matching:\n${indented(now.matching, 6)}`;
  const { instructions } = now;
  const done = instructions === undefined ? "" : instructionsText(instructions, before?.instructions);
  return `${indented(now.head, 4)}${done}${matching}`;
}

const isSameFeatures = (a: TableFeatures | undefined, b: TableFeatures | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** Tables with a blank line between them; those that are all like the one before are named only. */
export function tablesText(tables: readonly TableText[]): string {
  const parts: string[] = [];
  let likes = 0;
  const tellLikes = (end: number): void => {
    if (likes === 1) parts.push(`  table ${end}: ditto\n`);
    else if (likes > 1) parts.push(`  tables ${end - likes + 1}...${end}: ditto\n`);
    likes = 0;
  };
  tables.forEach(({ id, counts, features }, i) => {
    const before = tables[i - 1];
    const same = before !== undefined && isSameFeatures(features, before.features);
    if (same && counts === before.counts) {
      likes++;
      return;
    }
    tellLikes(id - 1);
    const rest =
      features === undefined ? "" : same ? "    (same features)\n" : featuresText(features, before?.features);
    parts.push(`  table ${id}:\n${counts === undefined ? "" : `    ${counts}\n`}${rest}`);
  });
  tellLikes(tables.at(-1)?.id ?? 0);
  return parts.join("\n");
}
