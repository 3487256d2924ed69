// printf - C's "%.Nf" where JavaScript's toFixed differs: a value exactly between two goes to the even one.

/** value: finite, below 1e15 in size. digits: behind the point, 0 to 6 */
export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  // a tie is exact in binary, so that it is one in the decimal digits behind these, all of which toFixed(30) gives
  const isTie = /^50*$/.test(value.toFixed(30).split(".")[1]!.slice(digits));
  const last = Number(text.at(-1));
  return isTie && last % 2 === 1 ? `${text.slice(0, -1)}${last - 1}` : text; // toFixed went up
}
