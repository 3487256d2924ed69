// smc - the signature match cache: 16 bits of a hash and the 16-bit number of a megaflow, no key. Follows struct smc_cache of OVS 3.1
// (lib/dpif-netdev-private-dfc.h, lib/dpif-netdev.c): 2^18 buckets of four ways; the hash's low 18 bits name the bucket, its high 16 are
// the signature, so they share two bits. What it finds is a guess: the caller compares the packet with the megaflow.
// Memory: SMC_BUCKET_BYTES a bucket, zero at first: u16[4] signatures, u16[4] numbers plus 1, 0: free.
import { SMC_BUCKET_BYTES, SMC_BUCKET_CNT } from "../abi/ovs";
import { randomNext } from "./random";

const WAYS: u32 = 4;
const NUMBERS: usize = 8;
/** Larger numbers are not cached. */
const NUMBER_MAX: u32 = 65534;

// @ts-ignore: decorator
@inline
function bucketOf(smc: usize, hash: u32): usize {
  return smc + (((hash & (SMC_BUCKET_CNT - 1)) as usize) * SMC_BUCKET_BYTES);
}

/** @returns the number that stands with the first way of the hash's signature, -1: none */
export function smcLookup(smc: usize, hash: u32): i32 {
  const bucket = bucketOf(smc, hash), signature = hash >> 16;
  for (let way: u32 = 0; way < WAYS; way++) {
    const at = bucket + (way << 1);
    if (<u32>load<u16>(at) == signature) return (<u32>load<u16>(at, NUMBERS) - 1) as i32;
  }
  return -1;
}

/** Replaces the number of the signature's way, else takes the first free way, else any. chance: where randomNext's state is */
export function smcInsert(smc: usize, hash: u32, number: u32, chance: usize): void {
  if (number > NUMBER_MAX) return;
  const bucket = bucketOf(smc, hash), signature = hash >> 16;
  let way: u32 = 0;
  while (way < WAYS && <u32>load<u16>(bucket + (way << 1)) != signature) way++;
  if (way == WAYS) for (way = 0; way < WAYS && load<u16>(bucket + (way << 1), NUMBERS); way++) {}
  if (way == WAYS) way = randomNext(chance) % WAYS;
  store<u16>(bucket + (way << 1), signature);
  store<u16>(bucket + (way << 1), number + 1, NUMBERS);
}
