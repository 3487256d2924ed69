// statements - carries out what the grammar found: lists, pipelines, loops, conditions, functions, redirections. A pipeline's commands run one
// after the other, each with all that the one before it printed.
import { UsageError } from "../errors.ts";
import { evaluate } from "./arithmetic.ts";
import { type Job, Leave, type ShellCore } from "./command.ts";
import { Compound } from "./compound.ts";
import type { Node } from "./grammar.ts";
import { type LineInput, type Streams, textInput } from "./host.ts";
import { Redirections } from "./redirections.ts";
import { testWords } from "./test-command.ts";
import { expandString, expandWord } from "./words.ts";

const NOTHING: LineInput = { line: async () => undefined };

export class Statements {
  private readonly shell: ShellCore;
  private readonly compound: Compound;

  constructor(shell: ShellCore) {
    this.shell = shell;
    this.compound = new Compound(shell, this);
  }

  /** Runs the statements below a node, in order; `&` behind one sends it to the background. */
  async run(parent: Node, streams: Streams): Promise<number> {
    const children = parent.children.flatMap((child) => child ?? []);
    for (const [i, node] of children.entries()) {
      if (!node.isNamed || node.type === "comment") continue;
      const background = children[i + 1]?.type === "&" || hasAmpersand(node);
      if (background) this.start(node, streams);
      else await this.checked(node, streams);
    }
    return this.shell.lastCode;
  }

  /** Runs a statement; with `set -e` its failure ends the shell. */
  async checked(node: Node, streams: Streams): Promise<number> {
    const { shell } = this;
    shell.lastCode = await this.guarded(node, streams);
    const tested =
      node.type === "list" || node.type === "negated_command" || /^(if|while|case)_statement$/.test(node.type);
    if (shell.lastCode !== 0 && shell.errexit && !tested) throw new Leave("exit", shell.lastCode);
    return shell.lastCode;
  }

  /** What words and commands object to becomes a line on standard error. */
  async guarded(node: Node, streams: Streams): Promise<number> {
    try {
      return await this.statement(node, streams);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      streams.err(`ringbed: ${error.message}\n`);
      return 1;
    }
  }

  private start(node: Node, streams: Streams): void {
    const { shell } = this;
    const inner = shell.subshell();
    const id = Math.max(1, ...shell.jobs.keys()) + 1;
    const run = async (): Promise<number> => {
      try {
        return await new Statements(inner).guarded(node, { ...streams, input: NOTHING });
      } catch (error) {
        if (error instanceof Leave) return error.value;
        throw error;
      }
    };
    const control: Pick<Job, "interrupt"> = { interrupt: undefined };
    inner.job = control;
    shell.jobs.set(id, { id, done: run(), interrupt: () => control.interrupt?.() });
    shell.lastCode = 0;
  }

  private async statement(node: Node, streams: Streams): Promise<number> {
    const { shell } = this;
    switch (node.type) {
      case "command":
        return this.command(node, streams);
      case "variable_assignment":
        await this.assign(node);
        return 0;
      case "variable_assignments":
        for (const child of node.namedChildren) if (child !== null) await this.assign(child);
        return 0;
      case "declaration_command":
        return this.declare(node);
      case "unset_command":
        for (const child of node.namedChildren) if (child !== null) shell.unset(child.text);
        return 0;
      case "pipeline":
        return this.pipeline(node, streams);
      case "list":
        return this.list(node, streams);
      case "negated_command":
        return (await this.guarded(node.namedChild(0)!, streams)) === 0 ? 1 : 0;
      case "redirected_statement":
        return this.redirected(node, streams);
      case "compound_statement":
        return node.child(0)!.type === "((" ? this.arithmetic(node) : this.run(node, streams);
      case "program":
      case "do_group":
        return this.run(node, streams);
      case "subshell":
        return this.subshell(node, streams);
      case "if_statement":
        return this.compound.condition(node, streams);
      case "for_statement":
        return this.compound.forEach(node, streams);
      case "c_style_for_statement":
        return this.compound.forCounted(node, streams);
      case "while_statement":
        return this.compound.loopWhile(node, streams);
      case "case_statement":
        return this.compound.cases(node, streams);
      case "function_definition":
        shell.functions.set(node.childForFieldName("name")!.text, node.childForFieldName("body")!);
        return 0;
      case "test_command":
        return this.test(node);
      default:
        throw new UsageError(
          `line ${node.startPosition.row + 1}: found ${node.type.replaceAll("_", " ")}, which this shell does not know`,
        );
    }
  }

  private async assign(node: Node): Promise<void> {
    const { shell } = this;
    const name = node.childForFieldName("name")!.text;
    const value = node.childForFieldName("value");
    if (value?.type === "array") throw new UsageError(`${name}: found an array, which this shell does not know`);
    const text = value === null ? "" : await expandString(value.text, shell);
    shell.set(name, node.children.some((child) => child?.type === "+=") ? (shell.get(name) ?? "") + text : text);
  }

  private async declare(node: Node): Promise<number> {
    const keyword = node.child(0)!.type;
    for (const child of node.namedChildren) {
      if (child === null) continue;
      const assigned = child.type === "variable_assignment";
      const name = assigned ? child.childForFieldName("name")!.text : child.text;
      if (keyword === "local") this.shell.keep(name);
      if (assigned) await this.assign(child);
      if (keyword === "export" && /^\w+$/.test(name)) this.shell.export(name);
    }
    return 0;
  }

  private async command(node: Node, streams: Streams): Promise<number> {
    const { shell } = this;
    const words: string[] = [];
    const restore: (() => void)[] = [];
    const redirections = new Redirections(shell);
    for (const child of node.namedChildren) {
      if (child === null) continue;
      if (child.type === "variable_assignment") {
        restore.push(shell.hold(child.childForFieldName("name")!.text));
        await this.assign(child);
        shell.export(child.childForFieldName("name")!.text);
      } else if (child.type.endsWith("_redirect")) await redirections.add(child);
      else words.push(...(await expandWord(child.text, shell)));
    }
    if (shell.xtrace) streams.err(`+ ${words.join(" ")}\n`);
    const run = (inner: Streams): Promise<number> => shell.runWords(words, inner);
    const code = await redirections.run(streams, run);
    for (const back of restore) back();
    return code;
  }

  /** Calls a function. */
  async call(body: Node, args: readonly string[], streams: Streams): Promise<number> {
    const { shell } = this;
    const leave = shell.enter(args);
    try {
      return await this.statement(body, streams);
    } catch (error) {
      if (error instanceof Leave && error.what === "return") return error.value;
      throw error;
    } finally {
      leave();
    }
  }

  private async pipeline(node: Node, streams: Streams): Promise<number> {
    const parts = node.namedChildren.flatMap((child) => child ?? []);
    const both = node.children.flatMap((child) =>
      child?.type === "|" || child?.type === "|&" ? [child.type === "|&"] : [],
    );
    return this.pipe(parts, both, streams);
  }

  /** both: whether standard error goes down the pipe behind part i as well */
  private async pipe(parts: readonly Node[], both: readonly boolean[], streams: Streams): Promise<number> {
    const { shell } = this;
    let input = streams.input;
    let failed = 0;
    let code = 0;
    for (const [i, part] of parts.entries()) {
      const last = i === parts.length - 1;
      let text = "";
      const collect = (more: string): void => {
        text += more;
      };
      const err = both[i] ? collect : streams.err;
      const inner = new Statements(shell.subshell());
      code = await inner.leaving(part, { input, out: last ? streams.out : collect, err: last ? streams.err : err });
      if (code !== 0) failed = code;
      input = textInput(text);
    }
    return shell.pipefail ? failed : code;
  }

  /** As a shell of its own: `exit` ends only it. */
  private async leaving(node: Node, streams: Streams): Promise<number> {
    try {
      return await this.guarded(node, streams);
    } catch (error) {
      if (error instanceof Leave) return error.value;
      throw error;
    }
  }

  private async list(node: Node, streams: Streams): Promise<number> {
    const [left, right] = node.namedChildren;
    const code = await this.guarded(left!, streams);
    this.shell.lastCode = code;
    const wanted = node.children.some((child) => child?.type === "&&") ? code === 0 : code !== 0;
    return wanted ? this.guarded(right!, streams) : code;
  }

  private async redirected(node: Node, streams: Streams): Promise<number> {
    const redirections = new Redirections(this.shell);
    const piped: Node[] = [];
    for (const child of node.namedChildren) {
      if (child?.type.endsWith("_redirect")) piped.push(...(await redirections.add(child)));
    }
    const body = node.childForFieldName("body");
    const first = (inner: Streams): Promise<number> => (body === null ? Promise.resolve(0) : this.guarded(body, inner));
    if (piped.length === 0) return redirections.run(streams, first);
    let text = "";
    await redirections.run({ ...streams, out: (more) => (text += more) }, first);
    return this.pipe(piped, [], { ...streams, input: textInput(text) });
  }

  private async subshell(node: Node, streams: Streams): Promise<number> {
    const inner = this.shell.subshell();
    try {
      return await new Statements(inner).run(node, streams);
    } catch (error) {
      if (error instanceof Leave) return error.value;
      throw error;
    }
  }

  private async arithmetic(node: Node): Promise<number> {
    const text = await expandString(node.text.slice(2, -2), this.shell);
    return evaluate(text, this.shell) !== 0n ? 0 : 1;
  }

  private async test(node: Node): Promise<number> {
    const { shell } = this;
    const double = node.child(0)!.type === "[[";
    const words: string[] = [];
    for (const leaf of leaves(node).slice(1, -1)) {
      if (double || !leaf.isNamed) words.push(await expandString(leaf.text, shell));
      else words.push(...(await expandWord(leaf.text, shell)));
    }
    return testWords(words, { host: shell.host, cwd: shell.cwd, patterns: double }) ? 0 : 1;
  }
}

/** A condition's words and operators in their order. */
function leaves(node: Node): Node[] {
  if (!/^(test_command|.*_expression)$/.test(node.type)) return [node];
  return node.children.flatMap((child) => (child === null ? [] : leaves(child)));
}

/** The grammar puts a `&` behind a here-document's word inside the redirection. */
function hasAmpersand(node: Node): boolean {
  if (node.type !== "redirected_statement") return false;
  return node.namedChildren.some(
    (child) =>
      child?.type === "heredoc_redirect" && child.children.some((part) => part?.type === "ERROR" && part.text === "&"),
  );
}
