// linear-space - which part of the linear memory that is set aside for peers' pages is free. First fit; neighbours that are free join.
// Invariants: L1 ranges never overlap and stay inside [start, end). L2 what is given back is exactly what was taken.

export interface Range {
  readonly start: number;
  readonly size: number;
}

export class LinearSpace {
  private holes: Range[];

  /** start, size: linear addresses and bytes that nobody else uses */
  constructor(start: number, size: number) {
    this.holes = size > 0 ? [{ start, size }] : [];
  }

  /** Bytes of the largest free piece. */
  get largest(): number {
    return Math.max(0, ...this.holes.map(({ size }) => size));
  }

  /**
   * Takes `size` bytes at an address for which (bias + address) is a multiple of `align`: a mapping's real address has to be aligned, not its
   * linear one. @returns the address; undefined: no piece is large enough
   */
  take(size: number, align: number, bias: number): number | undefined {
    for (const [i, hole] of this.holes.entries()) {
      const at = Math.ceil((bias + hole.start) / align) * align - bias;
      const end = hole.start + hole.size;
      if (at + size > end) continue;
      const rest = [
        { start: hole.start, size: at - hole.start },
        { start: at + size, size: end - at - size },
      ].filter((piece) => piece.size > 0);
      this.holes.splice(i, 1, ...rest);
      return at;
    }
    return undefined;
  }

  give(start: number, size: number): void {
    const sorted = [...this.holes, { start, size }].sort((a, b) => a.start - b.start);
    const joined: Range[] = [];
    for (const hole of sorted) {
      const last = joined.at(-1);
      if (last !== undefined && last.start + last.size === hole.start) {
        joined[joined.length - 1] = { start: last.start, size: last.size + hole.size };
      } else {
        joined.push(hole);
      }
    }
    this.holes = joined;
  }
}
