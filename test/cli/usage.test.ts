// What a user may type wrong: each is refused with exit code 2 and one line that names it, found and expected.
import { describe, expect, it } from "vitest";
import { cli, expectOneLine } from "../support/cli.ts";
import { pcapPath } from "../support/recordings.ts";

const MIX = pcapPath("in/mix.pcap");

describe("a command line that is wrong is refused", () => {
  it.each<[words: string[], line: string]>([
    [[], "verb: found none, expected replay, testpmd, lab, compare, bench, negotiate, doctor (ringbed --help)"],
    [["nosuch"], "verb: found nosuch, expected replay, testpmd, lab, compare, bench, negotiate, doctor"],
    [
      ["repaly", MIX],
      "verb: found repaly, expected replay, testpmd, lab, compare, bench, negotiate, doctor (did you mean replay?)",
    ],
    [["--nosuch"], "option: found --nosuch, expected one that --help lists"],
    [["replay"], "capture: found none, expected at least one"],
    [["replay", MIX, "--nosuch"], "option: found --nosuch, expected one that --help lists"],
    [["replay", MIX, "--sped", "1x"], "(did you mean one of --seed, --speed?)"],
    [["replay", MIX, "-x"], "option: found -x"],
    [["replay", MIX, "--loop"], "option: found --loop without a value, expected --loop <n>"],
    [["replay", MIX, "-w"], "without a value"],
    [["doctor", "extra"], "too many arguments"],
    [["bench", "extra"], "too many arguments"],
    [["bench", "--seconds", "0"], "seconds: found 0, expected a number from 0.01 to 60"],
    [["bench", "--seconds", "x"], "seconds: found x"],
    [["bench", "--runs", "0"], "runs: found 0, expected a whole number from 1 to 1000"],
  ])("%j", async (words, line) => expectOneLine(await cli(...words), 2, line));
});

describe("an option's value that is wrong is refused", () => {
  it.each<[option: string, value: string, line: string]>([
    ["topology", "nosuch", "topology: found nosuch, expected p2p, pvp, pvvp[:N], pvpv[:N] or loopback"],
    ["topology", "", "topology: found , expected p2p"],
    ["topology", "PVP", "topology: found PVP"],
    ["topology", "pvp:2", "topology: found pvp:2, expected pvp without a number"],
    ["topology", "pvvp:0", "expected 1 to 32 VMs"],
    ["topology", "pvvp:33", "expected 1 to 32 VMs"],
    ["topology", "pvvp:", "expected 1 to 32 VMs"],
    ["topology", "pvvp:1:2", "expected 1 to 32 VMs"],
    ["topology", "pvpv:1e1", "expected 1 to 32 VMs"],
    ["switch", "bridge", "switch: found bridge, expected wire or ovs"],
    ["phy", "bogus", "phy: found bogus, expected nic, pcap"],
    ["fwd-mode", "bogus", "fwd-mode: found bogus, expected io, mac, macswap"],
    ["retry-num", "x", "retry-num: found x"],
    ["retry-num", "-1", "retry-num: found -1, expected a whole number from 0"],
    ["retry-delay-us", "1.5", "retry-delay-us: found 1.5"],
    ["retry-delay-us", "99999999999999999999", "retry-delay-us: found 1"],
    ["ring", "circular", "ring: found circular, expected split, packed"],
    ["mergeable", "yes", "mergeable: found yes, expected on or off"],
    ["ring-size", "0", "ring-size: found 0, expected a whole number from 1 to 32768"],
    ["ring-size", "3", "ring-size: found 3, expected a power of two up to 32768"],
    ["ring-size", "65536", "ring-size: found 65536"],
    ["ring-size", "", "ring-size: found , expected a whole number"],
    ["burst", "0", "burst: found 0, expected a whole number from 1 to 512"],
    ["burst", "513", "burst: found 513, expected a whole number from 1 to 512"],
    ["queues", "0", "queues: found 0, expected a whole number from 1 to 128"],
    ["queues", "129", "queues: found 129"],
    ["in", "vhost0", "in: found port vhost0, expected one of phy0, phy1"],
    ["speed", "bogus", "speed: found bogus, expected capture, max, Nx, N[kM]pps or N[kMG]bps"],
    ["speed", "0pps", "speed: found 0pps"],
    ["speed", "-1pps", "speed: found -1pps"],
    ["speed", "1e99pps", "speed: found 1e99pps"],
    ["speed", "1Gpps", "speed: found 1Gpps"],
    ["speed", "0.000000001pps", "speed: found"],
    ["speed", "0.000001pps", "over more than 106 days"],
    ["loop", "0", "loop: found 0, expected a whole number from 1"],
    ["loop", "x", "loop: found x"],
    ["limit", "0", "limit: found 0"],
    ["limit", "99999999999999999999", "limit: found 1"],
    ["direction", "bogus", "direction: found bogus, expected in, out, all"],
    ["seed", "-1", "seed: found -1, expected a whole number from 0 to 4294967295"],
    ["seed", "x", "seed: found x"],
    ["trace", "x", "trace: found x, expected N or N-M"],
    ["trace", "0", "trace: found 0-0, expected packet numbers from 1"],
    ["trace", "5-3", "trace: found 5-3"],
    ["trace", "4294967296", "trace: found 4294967296"],
    ["tx-first", "-1", "tx-first: found -1"],
    ["total-num-mbufs", "1024", "total-num-mbufs: found 1024, expected a whole number from 1025"],
    ["mac", "bogus", "mac: found bogus, expected PORT=VALUE"],
    ["mac", "phy9=00:00:00:00:00:01", "mac: found port phy9, expected one of phy0, phy1, vm0.eth0, vm0.eth1"],
    ["mac", "vhost0=00:00:00:00:00:01", "mac: found port vhost0"],
    ["mac", "phy0=zz", "mac address: found zz, expected six hexadecimal bytes with colons"],
    ["mac", "phy0=00:00:00:00:00:00:01", "mac address: found 00:00:00:00:00:00:01"],
    ["eth-peer", "bogus", "eth-peer: found bogus, expected PORT=VALUE"],
    ["eth-peer", "phy9=00:00:00:00:00:01", "eth-peer: found port phy9"],
    ["eth-peer", "phy1=", "mac address: found ,"],
    ["expect", "none.pcap", "expect: found no file, expected a readable capture (none.pcap)"],
    ["expect", "phy1=none.pcap", "expect: found no file, expected a readable capture (none.pcap)"],
    ["profile", "none.json", "profile: found no file, expected a readable file (none.json)"],
    ["profile", MIX, "profile: found no JSON, expected a cost profile"],
    ["write", "", "output: found an empty name, expected a file"],
    ["write", "nosuchfolder/x.pcap", "output: found no such folder, expected a file that can be written"],
    ["write", ".", "output: found a folder"],
  ])("--%s %s", async (option, value, line) => {
    expectOneLine(await cli("replay", MIX, `--${option}=${value}`), 2, line);
  });

  it.each<[words: string[], line: string]>([
    [["--fwd-mode", "rxonly", "--retry"], "fwd-mode: found rxonly with retry"],
    [["--queues", "5", "--topology", "pvpv:32"], "queues: found 32 VMs x 5, expected at most 128 a NIC"],
    [["--queues", "128", "--ring-size", "32768"], "memory: found"],
    [["--ring-size", "32768", "--total-num-mbufs", "2000"], "mempool: found too few mbufs"],
    [["--topology", "loopback", "--in", "phy1"], "in: found port phy1, expected one of phy0"],
    [["--expect", `phy1=${MIX}`, "--expect", `phy1=${MIX}`], "expect: found phy1 twice"],
  ])("%j", async (words, line) => expectOneLine(await cli("replay", MIX, ...words), 2, line));
});

describe("--help", () => {
  it.each([["replay"], ["bench"], ["doctor"]])("of %s has an example and ends with 0", async (verb) => {
    const { code, out, err } = await cli(verb, "--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain(`Example:\n  ringbed ${verb}`);
  });

  it("of the program lists the verbs; --version is the package's", async () => {
    expect(await cli("--help")).toMatchObject({ code: 0, err: "", out: expect.stringContaining("replay") });
    expect(await cli("help")).toMatchObject({ code: 0, err: "" });
    expect(await cli("--version")).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it("of replay names every option of the contract", async () => {
    const { out } = await cli("replay", "--help");
    const options =
      "topology switch fwd-mode retry retry-num retry-delay-us ring mergeable in-order indirect ring-size queues burst in speed loop limit direction expect unordered mac seed profile trace json";
    for (const option of options.split(" ")) expect(out).toMatch(new RegExp(`--${option}\\b`));
    expect(out).toContain("-w, --write");
  });
});
