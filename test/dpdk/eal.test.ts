// What EAL's arguments come to; what they print is compared with the real program in recorded-options.test.ts.
import { describe, expect, it } from "vitest";
import { type Eal, ealInit } from "../../src/dpdk/eal/eal.ts";
import { LOG_ERR, LOG_INFO, LOG_NOTICE, LOG_WARNING, type LogType } from "../../src/dpdk/eal/eal-log.ts";
import { Exit } from "../../src/dpdk/io.ts";

const MACHINE = { cpus: [0, 1, 2, 3, 200], affinity: [1, 3], numaNodes: 2 };
const QUIET = { out: (): void => undefined, err: (): void => undefined };

const init = (...words: string[]): Eal => ealInit("dpdk-testpmd", words, MACHINE, QUIET);
const lcores = (...words: string[]): [number, number[]][] =>
  init(...words).lcores.map(({ id, cpus }) => [id, [...cpus]]);

describe("lcores", () => {
  it.each<[string[], [number, number[]][]]>([
    [
      [],
      [
        [1, [1]],
        [3, [3]],
      ],
    ],
    [
      ["-l", "0,2"],
      [
        [0, [0]],
        [2, [2]],
      ],
    ],
    [
      ["-l", "2,0-1"],
      [
        [0, [0]],
        [1, [1]],
        [2, [2]],
      ],
    ],
    [
      ["-c", "a"],
      [
        [1, [1]],
        [3, [3]],
      ],
    ],
    [
      ["--lcores", "0@0,1@0"],
      [
        [0, [0]],
        [1, [0]],
      ],
    ],
    [
      ["--lcores", "(1-3)@2"],
      [
        [1, [2]],
        [2, [2]],
        [3, [2]],
      ],
    ],
    [
      ["--lcores", "1-3"],
      [
        [1, [1]],
        [2, [2]],
        [3, [3]],
      ],
    ],
    [
      ["--lcores", "(1-3)"],
      [
        [1, [1, 2, 3]],
        [2, [1, 2, 3]],
        [3, [1, 2, 3]],
      ],
    ],
    [
      ["--lcores", "7@(0,2-3),5@200"],
      [
        [5, [200]],
        [7, [0, 2, 3]],
      ],
    ],
    [
      ["--lcores", "(3-1)@1"],
      [
        [1, [1]],
        [2, [1]],
        [3, [1]],
      ],
    ],
    [
      ["-l", "0-3", "-S", "2"],
      [
        [0, [0]],
        [1, [1]],
        [3, [3]],
      ],
    ],
    [
      ["-l", "0-3", "-s", "0x8"],
      [
        [0, [0]],
        [1, [1]],
        [2, [2]],
      ],
    ],
  ])("%j", (words, expected) => expect(lcores(...words)).toEqual(expected));

  it.each<[string[], number]>([
    [[], 1],
    [["-l", "2,3"], 2],
    [["-l", "2,3", "--main-lcore", "3"], 3],
    [["--main-lcore=0x3"], 3],
  ])("the main lcore of %j is %i", (words, expected) => expect(init(...words).mainLcore).toBe(expected));
});

describe("values", () => {
  it("are EAL's defaults when nothing is said", () => {
    const { filePrefix, memoryMb, noHuge, inMemory, noPci, maxSimdBitwidth, words } = init();
    expect({ filePrefix, memoryMb, noHuge, inMemory, noPci, maxSimdBitwidth, words }).toEqual({
      filePrefix: "rte",
      memoryMb: 0,
      noHuge: false,
      inMemory: false,
      noPci: false,
      maxSimdBitwidth: 256,
      words: [],
    });
  });

  it("are what the options say", () => {
    const eal = init("-m", "64", "--no-huge", "--file-prefix=x", "--no-pci", "--force-max-simd-bitwidth=512");
    expect(eal).toMatchObject({ memoryMb: 64, noHuge: true, filePrefix: "x", noPci: true, maxSimdBitwidth: 512 });
  });

  it("the application gets operands before -- and all behind it", () => {
    expect(init("foo", "-l", "1", "bar", "--", "-i", "--", "x").words).toEqual(["foo", "bar", "-i", "--", "x"]);
  });

  it("devices keep their order; of one name the first counts; PCI devices are no vdevs", () => {
    const words = ["net_null1,size=4", "net_null0", "net_null1,size=8", "0000:00:01.0"].flatMap((v) => ["--vdev", v]);
    expect(init(...words, "-a", "net_ring0").vdevs.map(({ name, args }) => `${name} ${args}`)).toEqual([
      "net_null1 size=4",
      "net_null0 ",
    ]);
  });

  it("a secondary process finds no primary", () => {
    expect(() => init("--proc-type=secondary")).toThrow(Exit);
  });
});

describe("--log-level", () => {
  /** Levels at which a type's lines pass. */
  function passing(type: LogType, ...options: string[]): number[] {
    let printed = 0;
    const io = {
      out: (): void => undefined,
      err: (): void => {
        printed++;
      },
    };
    const { log } = ealInit(
      "dpdk-testpmd",
      options.map((option) => `--log-level=${option}`),
      MACHINE,
      io,
    );
    return [1, 2, 3, 4, 5, 6, 7, 8].filter((level) => {
      printed = 0;
      log.log(type, level, "x");
      return printed === 1;
    });
  }
  const upTo = (level: number): number[] => Array.from({ length: level }, (_, i) => i + 1);

  it.each<[LogType, string[], number]>([
    ["lib.eal", [], LOG_INFO],
    ["pmd.net.pcap", [], LOG_NOTICE],
    ["lib.vhost.data", [], LOG_WARNING],
    ["testpmd", [], 8],
    ["testpmd", ["notice"], LOG_NOTICE],
    ["pmd.net.pcap", ["8"], LOG_NOTICE],
    ["pmd.net.pcap", ["pmd.net.pcap:8"], 8],
    ["pmd.net.pcap", ["pmd.*:debug"], 8],
    ["pmd.net.pcap", ["pmd.net.p?ap:8"], 8],
    ["pmd.net.pcap", ["pmd.net.[o-q]cap:8"], 8],
    ["pmd.net.pcap", ["pmd.net.[!p]cap:8"], LOG_NOTICE],
    ["pmd.net.pcap", ["net.pcap:8"], LOG_NOTICE],
    ["pmd.net.pcap", ["net.pcap,8"], 8],
    ["pmd.net.pcap", ["net\\.(pcap|null),8"], LOG_NOTICE],
    ["pmd.net.pcap", ["net\\.\\(pcap\\|null\\),8"], 8],
    ["pmd.net.pcap", ["pmd.*:8", "5"], LOG_WARNING],
    ["pmd.net.pcap", ["pmd.*:8", "pmd.*:4"], 8],
    ["lib.eal", ["lib.*:8", "lib.*:4"], LOG_ERR],
    ["lib.eal", ["lib.*:8", "bad", "lib.*:4"], 8],
  ])("%s with %j passes up to %i", (type, options, level) => {
    expect(passing(type, ...options)).toEqual(upTo(level));
  });
});
