// getopt_long's rules that the programs' own options do not show: optional arguments, permutation, one code for several options.
import { describe, expect, it } from "vitest";
import { Getopt, type GetoptTable } from "../../src/dpdk/eal/getopt.ts";

const TABLE: GetoptTable = {
  short: { a: "none", b: "none", r: "required", o: "optional" },
  long: [
    { name: "alpha", argument: "none", code: "alpha" },
    { name: "alphabet", argument: "none", code: "alphabet" },
    { name: "beta-1", argument: "required", code: "beta" },
    { name: "beta-2", argument: "required", code: "beta" },
    { name: "gamma-1", argument: "none", code: "gamma" },
    { name: "gamma-2", argument: "optional", code: "gamma" },
    { name: "gamma-3", argument: "none", code: "gamma" },
    { name: "delta", argument: "optional", code: "delta" },
    { name: "epsilon", argument: "none", code: "epsilon", whole: true },
  ],
};

/** What is read, as `code=argument` or `code`; then the words as they stand, and the place of the first operand. */
function read(line: string, passes = 1): { read: string[]; words: string; next: number; err: string } {
  let err = "";
  const getopt = new Getopt("p", line.split(" "), TABLE, (text) => {
    err += text;
  });
  const found: string[] = [];
  for (let pass = 0; pass < passes; pass++) {
    if (pass > 0) getopt.restart();
    for (let option = getopt.read(); option !== undefined; option = getopt.read()) {
      const name = option.long?.name ?? option.code;
      found.push(option.argument === undefined ? name : `${name}=${option.argument}`);
      if (option.code === "?" && passes > 1) break;
    }
  }
  return { read: found, words: getopt.words.join(" "), next: getopt.next, err };
}

describe("getopt", () => {
  it.each([
    ["-a", "a"],
    ["-ab", "a b"],
    ["-rx", "r=x"],
    ["-r x", "r=x"],
    ["-r -a", "r=-a"],
    ["-r --", "r=--"],
    ["-arb", "a r=b"],
    ["-o", "o"],
    ["-ox", "o=x"],
    ["-o x", "o"],
    ["--alpha", "alpha"],
    ["--alphab", "alphabet"],
    ["--beta-2=x", "beta-2=x"],
    ["--beta x", "beta-1=x"],
    ["--beta-2=", "beta-2="],
    ["--beta-2 --alpha", "beta-2=--alpha"],
    ["--delta", "delta"],
    ["--d=1=2", "delta=1=2"],
    ["--delta 1", "delta"],
    ["--epsilon", "epsilon"],
    ["x -a y -b", "a b"],
    ["- -a", "a"],
    ["-a -- -b", "a"],
  ])("%s reads %s", (line, expected) => {
    const { read: found, err } = read(line);
    expect({ found: found.join(" "), err }).toEqual({ found: expected, err: "" });
  });

  it.each([
    ["-x", "p: invalid option -- 'x'\n"],
    ["-r", "p: option requires an argument -- 'r'\n"],
    ["--x", "p: unrecognized option '--x'\n"],
    ["--x=1", "p: unrecognized option '--x=1'\n"],
    ["--alpha=1", "p: option '--alpha' doesn't allow an argument\n"],
    ["--beta-1", "p: option '--beta-1' requires an argument\n"],
    ["--alph", "p: option '--alph' is ambiguous; possibilities: '--alpha' '--alphabet'\n"],
    ["--gam=1", "p: option '--gam=1' is ambiguous; possibilities: '--gamma-1' '--gamma-2'\n"],
    ["--eps", "p: unrecognized option '--eps'\n"],
  ])("%s is refused", (line, err) => expect(read(line)).toMatchObject({ read: ["?"], err }));

  it.each([
    ["x -a", "-a x", 1],
    ["x -a y -b z", "-a -b x y z", 2],
    ["x -a -- y -b", "-a -- x y -b", 2],
    ["-a -- x", "-a -- x", 2],
    ["x -r y z", "-r y x z", 2],
    ["x y", "x y", 0],
  ])("%s becomes %s with the first operand at %i", (line, words, next) => {
    expect(read(line)).toMatchObject({ words, next });
  });

  it("reads the same again after a restart", () => {
    expect(read("x -a y --delta=1 -- -b", 2).read).toEqual(["a", "delta=1", "a", "delta=1"]);
  });

  it("goes on inside a cluster that it stopped in", () => {
    expect(read("-axb", 2)).toMatchObject({ read: ["a", "?", "b"] });
  });
});
