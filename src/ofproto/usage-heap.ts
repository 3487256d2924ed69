// usage-heap - a binary heap of counted things, the most counted on top (lib/heap.c): among equals, which is on top is what OVS has there.

export interface HeapNode {
  count: number;
  /** In the heap's array. */
  at: number;
}

export class UsageHeap<T extends HeapNode> {
  private readonly nodes: T[] = [];

  get top(): T | undefined {
    return this.nodes[0];
  }

  insert(node: T): void {
    node.at = this.nodes.length;
    this.nodes.push(node);
    this.rise(node);
  }

  remove(node: T): void {
    const last = this.nodes.pop()!;
    if (last === node) return;
    this.place(last, node.at);
    this.settle(last);
  }

  change(node: T, count: number): void {
    node.count = count;
    this.settle(node);
  }

  private settle(node: T): void {
    if (!this.rise(node)) this.sink(node);
  }

  private place(node: T, at: number): void {
    this.nodes[at] = node;
    node.at = at;
  }

  private swap(upper: T, lower: T): void {
    const at = upper.at;
    this.place(upper, lower.at);
    this.place(lower, at);
  }

  private rise(node: T): boolean {
    const from = node.at;
    while (node.at > 0) {
      const parent = this.nodes[(node.at - 1) >>> 1]!;
      if (node.count <= parent.count) break;
      this.swap(parent, node);
    }
    return node.at < from;
  }

  private sink(node: T): void {
    for (;;) {
      const left = this.nodes[2 * node.at + 1];
      const right = this.nodes[2 * node.at + 2];
      let largest = left !== undefined && left.count > node.count ? left : node;
      if (right !== undefined && right.count > largest.count) largest = right;
      if (largest === node) return;
      this.swap(node, largest);
    }
  }
}
