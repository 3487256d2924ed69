// compound - conditions and loops: `if`, `for`, `while`, `until`, `case`.
import { evaluate } from "./arithmetic.ts";
import { Leave, type Runner, type ShellCore } from "./command.ts";
import type { Node } from "./grammar.ts";
import type { Streams } from "./host.ts";
import { expandPattern, expandString, expandWord } from "./words.ts";

export class Compound {
  private readonly shell: ShellCore;
  private readonly statements: Runner;

  constructor(shell: ShellCore, statements: Runner) {
    this.shell = shell;
    this.statements = statements;
  }

  /** Statements between two of a node's marks. */
  private async between(node: Node, from: string, streams: Streams): Promise<number> {
    let inside = false;
    let code = 0;
    for (const child of node.children) {
      if (child === null) continue;
      if (!child.isNamed) inside = inside || child.type === from;
      if (!child.isNamed || child.type === "comment" || child.type.endsWith("_clause")) continue;
      if (inside) code = await this.statements.checked(child, streams);
    }
    return code;
  }

  /** What stands between `if`, `elif` or `while` and what follows it. */
  private async holds(node: Node, streams: Streams): Promise<boolean> {
    let code = 0;
    for (const child of node.children) {
      if (child === null || child.type === "then" || child.type === "do_group") break;
      if (child.isNamed && child.type !== "comment") code = await this.statements.guarded(child, streams);
      this.shell.lastCode = code;
    }
    return code === 0;
  }

  async condition(node: Node, streams: Streams): Promise<number> {
    if (await this.holds(node, streams)) return this.between(node, "then", streams);
    for (const clause of node.namedChildren) {
      if (clause?.type === "elif_clause" && (await this.holds(clause, streams)))
        return this.between(clause, "then", streams);
      if (clause?.type === "else_clause") return this.between(clause, "else", streams);
    }
    return 0;
  }

  /** Runs a loop's body once. @returns whether the loop goes on */
  private async round(body: Node, streams: Streams): Promise<boolean> {
    try {
      await this.statements.run(body, streams);
      return true;
    } catch (error) {
      if (!(error instanceof Leave) || (error.what !== "break" && error.what !== "continue")) throw error;
      if (error.value > 1) throw new Leave(error.what, error.value - 1);
      return error.what === "continue";
    }
  }

  async forEach(node: Node, streams: Streams): Promise<number> {
    const { shell } = this;
    const name = node.childForFieldName("variable")!.text;
    const body = node.childForFieldName("body")!;
    const values: string[] = [];
    for (const child of node.childrenForFieldName("value"))
      if (child !== null) values.push(...(await expandWord(child.text, shell)));
    const listed = node.children.some((child) => child?.type === "in");
    for (const value of listed ? values : shell.positional) {
      shell.set(name, value);
      if (!(await this.round(body, streams))) break;
    }
    return shell.lastCode;
  }

  async forCounted(node: Node, streams: Streams): Promise<number> {
    const { shell } = this;
    const text = /^for\s*\(\(([\s\S]*?)\)\)/.exec(node.text)?.[1] ?? ";;";
    const [begin = "", condition = "", step = ""] = text.split(";");
    const value = async (part: string): Promise<bigint> => evaluate(await expandString(part, shell), shell);
    const body = node.childForFieldName("body")!;
    await value(begin);
    while (condition.trim() === "" || (await value(condition)) !== 0n) {
      if (!(await this.round(body, streams))) break;
      await value(step);
    }
    return shell.lastCode;
  }

  async loopWhile(node: Node, streams: Streams): Promise<number> {
    const until = node.child(0)!.type === "until";
    const body = node.childForFieldName("body")!;
    while ((await this.holds(node, streams)) !== until) if (!(await this.round(body, streams))) break;
    return 0;
  }

  async cases(node: Node, streams: Streams): Promise<number> {
    const { shell } = this;
    const word = await expandString(node.childForFieldName("value")!.text, shell);
    for (const item of node.namedChildren) {
      if (item?.type !== "case_item") continue;
      for (const pattern of item.childrenForFieldName("value")) {
        if (pattern === null || !(await expandPattern(pattern.text, shell)).test(word)) continue;
        return this.between(item, ")", streams);
      }
    }
    return 0;
  }
}
