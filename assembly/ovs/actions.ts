// actions - lists of datapath actions (struct dp_netdev_actions): what megaflows keep and upcalls bring. What is in them is said in
// abi/ovs-actions. A list is replaced, never changed, so that one under way goes on as it was.
import { blockGet, blockPut } from "./blocks";

@unmanaged
export class ActionList {
  words: u32;
  flags: u32; // ACTIONS_*
  port: u32; // of ACTIONS_ALONE
  cookie: u32; // what TypeScript knows the megaflow by
  next: u32; // of lists that wait to be freed
}

/** Where the words begin. */
export const ACTION_LIST_WORDS: usize = 20;
if (offsetof<ActionList>() != ACTION_LIST_WORDS) ERROR();

function listBytes(words: u32): u32 {
  return (ACTION_LIST_WORDS as u32) + (words << 2);
}

/** words: u32[n]. @returns 0 when the memory is used up */
export function actionListNew(blocks: usize, words: usize, n: u32, flags: u32, port: u32, cookie: u32): usize {
  const at = blockGet(blocks, listBytes(n));
  if (!at) return 0;
  const list = changetype<ActionList>(at);
  list.words = n;
  list.flags = flags;
  list.port = port;
  list.cookie = cookie;
  memory.copy(at + ACTION_LIST_WORDS, words, n << 2);
  return at;
}

export function actionListFree(blocks: usize, list: usize): void {
  if (list) blockPut(blocks, list, listBytes(changetype<ActionList>(list).words));
}
