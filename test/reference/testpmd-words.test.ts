// What a comparison reads from a testpmd command line.
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { readTestpmdWords } from "../../src/reference/testpmd-words.ts";

const PCAP = "net_pcap0,rx_pcap=in/a.pcap,rx_pcap=b.pcap,tx_pcap=out/p0.pcap";

describe("the files of a command line", () => {
  it("are found in vdevs, options and commands, and placed", () => {
    const words = ["-l", "0-1", "--vdev", PCAP, "--", "-i", "--cmdline-file=x.cmd", "--eth-peers-configfile", "peers"];
    const read = readTestpmdWords(words, ["load y.cmd", "start"], { input: (path) => `/kept/${path}` });
    expect(read.inputs).toEqual(["in/a.pcap", "b.pcap", "x.cmd", "peers", "y.cmd"]);
    expect(read.outputs).toEqual(["p0.pcap"]);
    expect(read.placed).toEqual([
      "-l",
      "0-1",
      "--vdev",
      "net_pcap0,rx_pcap=/kept/in/a.pcap,rx_pcap=/kept/b.pcap,tx_pcap=p0.pcap",
      "--",
      "-i",
      "--cmdline-file=/kept/x.cmd",
      "--eth-peers-configfile",
      "/kept/peers",
    ]);
    expect(read.placedCommands).toEqual(["load /kept/y.cmd", "start"]);
    expect(read.asGiven("Read CLI commands from /kept/y.cmd, p0.pcap")).toBe(
      "Read CLI commands from y.cmd, out/p0.pcap",
    );
  });

  it("are by default where they are given", () => {
    expect(readTestpmdWords([`--vdev=${PCAP}`], []).placed).toEqual([
      `--vdev=net_pcap0,rx_pcap=${resolve("in/a.pcap")},rx_pcap=${resolve("b.pcap")},tx_pcap=p0.pcap`,
    ]);
  });

  it("that are written must have names of their own", () => {
    const words = ["--vdev", "net_pcap0,tx_pcap=a/x", "--vdev", "net_pcap1,tx_pcap=b/x"];
    expect(() => readTestpmdWords(words, [])).toThrow("tx_pcap: found x twice, expected a name of its own each");
  });
});

describe("what decides how runs are compared", () => {
  const RING = ["--vdev", "net_ring0"];
  it.each<[what: string, words: string[], commands: string[], endless: boolean]>([
    ["a capture ends", ["--vdev", PCAP], ["set fwd mac", "start"], false],
    ["one that is looped does not", ["--vdev", `${PCAP},infinite_rx=1`], [], true],
    ["net_null does not", ["--vdev", "net_null0"], [], true],
    ["but it does where it receives nothing", ["--vdev", "net_null0,no-rx=1"], [], false],
    ["txonly does not", ["--vdev", PCAP], ["set fwd txonly"], true],
    ["nor does flowgen", ["--vdev", PCAP, "--", "--forward-mode=flowgen"], [], true],
    ["a ring is empty", RING, ["start"], false],
    ["but not after tx_first", RING, ["start tx_first 8"], true],
    ["nor after --tx-first", [...RING, "--", "--tx-first"], [], true],
    ["a port that is attached counts", ["--vdev", PCAP], ["port attach net_null0"], true],
  ])("%s", (_, words, commands, endless) => expect(readTestpmdWords(words, commands).endless).toBe(endless));

  it("drivers are those of ports in their order", () => {
    const words = ["--vdev", PCAP, "--vdev=net_null1", "--", "-i"];
    expect(readTestpmdWords(words, ["port attach net_ring7"]).drivers).toEqual(["net_pcap", "net_null", "net_ring"]);
  });

  it("lengths are drawn under txsplit rand", () => {
    expect(readTestpmdWords([], ["set txsplit rand"]).drawn).toBe(true);
    expect(readTestpmdWords([], ["set txsplit on"]).drawn).toBe(false);
  });

  it.each([
    [["--", "-i"], true],
    [["--", "--interactive"], true],
    [["--", "--i"], true],
    [["--", "-ai"], true],
    [["--", "-a"], false],
    [["-i"], false],
    [["--", "--burst=1"], false],
  ])("%j interactive: %j", (words, interactive) => expect(readTestpmdWords(words, []).interactive).toBe(interactive));
});
