// cpu-set - the cores of the simulated host and their NUMA nodes, and masks of them (lib/ovs-numa.c).

export interface Cpu {
  readonly core: number;
  readonly numa: number;
}

export class CpuSet {
  readonly cpus: readonly Cpu[];

  constructor(cpus: readonly Cpu[]) {
    this.cpus = cpus;
  }

  /** Cores in equal shares on the nodes, lowest first. */
  static even(cores: number, nodes: number): CpuSet {
    const each = Math.ceil(cores / nodes);
    return new CpuSet(Array.from({ length: cores }, (_, core) => ({ core, numa: Math.floor(core / each) })));
  }

  get nodes(): readonly number[] {
    return [...new Set(this.cpus.map(({ numa }) => numa))].sort((a, b) => a - b);
  }

  numaOf(core: number): number | undefined {
    return this.cpus.find((cpu) => cpu.core === core)?.numa;
  }

  /** The cores of a hexadecimal mask that are there; undefined: it is none. */
  masked(mask: string): readonly Cpu[] | undefined {
    const digits = mask.replace(/^0x/i, "");
    if (!/^[0-9a-f]+$/i.test(digits)) return undefined;
    const bits = BigInt(`0x${digits}`);
    return this.cpus.filter(({ core }) => ((bits >> BigInt(core)) & 1n) === 1n);
  }
}
