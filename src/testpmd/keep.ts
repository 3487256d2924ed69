// keep - what a command or block remembers of one program or one port and nothing else reads: testpmd's static variables.

/** A value per owner, made when first asked for; it goes with its owner. */
export function keepPer<Owner extends object, Kept>(make: (owner: Owner) => Kept): (owner: Owner) => Kept {
  const kept = new WeakMap<Owner, { readonly value: Kept }>();
  return (owner) => {
    const found = kept.get(owner) ?? { value: make(owner) };
    kept.set(owner, found);
    return found.value;
  };
}
