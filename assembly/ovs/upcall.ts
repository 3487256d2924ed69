// upcall - a question to TypeScript in the middle of a poll: the packet's key and bytes are laid out for it, and the lcore says who waits.
// Whoever runs the lcore comes back with it, has it answered (pmdAnswer), and goes on.
import { FLOW_BYTES } from "../abi/flow";
import {
  UPCALL_DEPTH, UPCALL_ID, UPCALL_KEY, UPCALL_KIND, UPCALL_LENGTH, UPCALL_MASK, UPCALL_NOW, UPCALL_PACKET, UPCALL_USERDATA,
} from "../abi/ovs-upcalls";
import { TRACE_BIT } from "../abi/trace";
import { Mbuf, mbufData } from "../mbuf/mbuf";
import { Lcore } from "../memory/lcore-context";
import { Burst } from "./burst";
import { keyExpand } from "./flow-key";
import { Pmd } from "./pmd";

if (UPCALL_MASK != UPCALL_KEY + FLOW_BYTES) ERROR();

/** kind: UPCALL_*; userdata: of UPCALL_ACTION */
export function ask(lcore: usize, pmd: Pmd, kind: u32, key: usize, m: usize, userdata: u32): void {
  const question: usize = pmd.question;
  store<u32>(question, kind, UPCALL_KIND);
  store<u32>(question, mbufData(m) as u32, UPCALL_PACKET);
  store<u32>(question, changetype<Mbuf>(m).pktLen, UPCALL_LENGTH);
  store<u32>(question, userdata, UPCALL_USERDATA);
  store<u32>(question, changetype<Burst>(pmd.burst as usize).depth, UPCALL_DEPTH);
  store<u32>(question, changetype<Mbuf>(m).id & ~TRACE_BIT, UPCALL_ID);
  store<u64>(question, changetype<Lcore>(lcore).clock, UPCALL_NOW);
  memory.fill(question + UPCALL_KEY, 0, 2 * FLOW_BYTES);
  keyExpand(key, question + UPCALL_KEY);
  pmd.polling = 1;
  changetype<Lcore>(lcore).upcall = changetype<usize>(pmd) as u32;
}
