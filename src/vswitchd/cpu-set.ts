// cpu-set - the cores of the simulated host and their NUMA nodes, and masks of them (lib/ovs-numa.c). Nodes come in the order of the hash map that
// OVS keeps them in.
import { UsageError } from "../errors.ts";
import { portOrder } from "../ofproto/port-order.ts";

export interface Cpu {
  readonly core: number;
  readonly numa: number;
}

/** MAX_NUMA_NODES. */
const NODES_MAX = 128;
const CORES_MAX = 1024;

/** Nodes of cores, in the order of a map into which they are put as the cores come. */
export function nodeOrder(cpus: readonly Cpu[]): readonly number[] {
  const found = [...new Set(cpus.map(({ numa }) => numa))];
  return portOrder(found.map((number) => ({ number }))).map(({ number }) => number);
}

export class CpuSet {
  readonly cpus: readonly Cpu[];
  /** The system lists a node's cores from the first, or with core 0 last. */
  private readonly zeroLast: boolean;

  /** cpus: by core */
  constructor(cpus: readonly Cpu[], zeroLast = false) {
    this.cpus = cpus;
    this.zeroLast = zeroLast;
  }

  /** Cores in equal shares on the nodes, lowest first. */
  static even(cores: number, nodes: number): CpuSet {
    const each = Math.ceil(cores / nodes);
    return new CpuSet(
      Array.from({ length: cores }, (_, core) => ({ core, numa: Math.floor(core / each) })),
      true,
    );
  }

  /** nodes: of each core, as --dummy-numa has them */
  static of(nodes: readonly number[]): CpuSet {
    return new CpuSet(nodes.map((numa, core) => ({ core, numa })));
  }

  get nodes(): readonly number[] {
    return nodeOrder(this.cpus);
  }

  /** Its core that the system lists first. */
  firstOf(node: number): Cpu | undefined {
    const cores = this.cpus.filter(({ numa }) => numa === node);
    return (this.zeroLast ? cores.find(({ core }) => core !== 0) : undefined) ?? cores[0];
  }

  numaOf(core: number): number | undefined {
    return this.cpus.find((cpu) => cpu.core === core)?.numa;
  }

  /** The cores of a hexadecimal mask that are there, and characters that are no digits, the last first. */
  masked(mask: string): { readonly cpus: readonly Cpu[]; readonly invalid: readonly string[] } {
    const digits = [...mask.replace(/^0[xX]/, "")].reverse();
    const isSet = (core: number): boolean => {
      const digit = Number.parseInt(digits[core >> 2] ?? "0", 16);
      return !Number.isNaN(digit) && ((digit >> (core & 3)) & 1) === 1;
    };
    return {
      cpus: this.cpus.filter(({ core }) => isSet(core)),
      invalid: digits.filter((digit) => !/[0-9a-fA-F]/.test(digit)),
    };
  }
}

/** `0-3,4-7` or `0-3+8,4-7`: cores of node 0, node 1, ... @returns the node of each core. @throws UsageError */
export function parseNodes(text: string): number[] {
  const wrong = (): UsageError => new UsageError(`numa: found ${text}, expected cores by node, such as 0-3,4-7`);
  const nodes = new Map<number, number>();
  text.split(",").forEach((item, node) => {
    for (const part of item.split("+")) {
      const [, first, last] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
      if (first === undefined || node >= NODES_MAX) throw wrong();
      const end = Number(last ?? first);
      if (end < Number(first) || end >= CORES_MAX) throw wrong();
      for (let core = Number(first); core <= end; core++) {
        if (nodes.has(core)) throw wrong();
        nodes.set(core, node);
      }
    }
  });
  return Array.from({ length: nodes.size }, (_, core) => {
    const node = nodes.get(core);
    if (node === undefined) throw wrong();
    return node;
  });
}
