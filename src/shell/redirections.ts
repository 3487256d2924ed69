// redirections - where a command's input comes from and its output goes: files, here-documents, other descriptors.
import { UsageError } from "../errors.ts";
import type { ShellCore } from "./command.ts";
import type { Node } from "./grammar.ts";
import { type LineInput, type Streams, textInput } from "./host.ts";
import { expandHereDocument, expandString } from "./words.ts";

type Sink = (text: string) => void;

export class Redirections {
  private readonly shell: ShellCore;
  private input: LineInput | undefined;
  /** In the order they stand: `2>&1 >file` is not `>file 2>&1`. */
  private readonly outputs: ((sinks: { out: Sink; err: Sink }) => void)[] = [];

  constructor(shell: ShellCore) {
    this.shell = shell;
  }

  /** Takes a redirection. @returns the commands of a pipeline that a here-document's line goes on with. @throws UsageError */
  async add(node: Node): Promise<Node[]> {
    const { shell } = this;
    if (node.type === "herestring_redirect") {
      this.input = textInput(`${await expandString(node.namedChild(0)!.text, shell)}\n`);
      return [];
    }
    if (node.type === "heredoc_redirect") return this.hereDocument(node);
    const fd = node.namedChildren.find((child) => child?.type === "file_descriptor")?.text;
    const operator = node.children.find((child) => child !== null && !child.isNamed)!.type;
    const word = node.childForFieldName("destination");
    const target = word === null ? "" : await expandString(word.text, shell);
    if (operator === "<") {
      const read = shell.host.readText(shell.host.resolve(shell.cwd, target));
      if ("error" in read) throw new UsageError(`${target}: ${read.error}`);
      this.input = textInput(read.text);
      return [];
    }
    if (operator === ">&" && /^\d$/.test(target)) {
      const [from, to] = [fd ?? "1", target];
      this.outputs.push((sinks) => {
        const sink = to === "2" ? sinks.err : sinks.out;
        if (from === "2") sinks.err = sink;
        else sinks.out = sink;
      });
      return [];
    }
    const sink = this.file(target, operator.includes(">>"));
    const both = operator.startsWith("&") || operator === ">&";
    this.outputs.push((sinks) => {
      if (both || fd === "2") sinks.err = sink;
      if (both || fd !== "2") sinks.out = sink;
    });
    return [];
  }

  private async hereDocument(node: Node): Promise<Node[]> {
    const { shell } = this;
    const start = node.namedChildren.find((child) => child?.type === "heredoc_start")?.text ?? "";
    const body = node.namedChildren.find((child) => child?.type === "heredoc_body")?.text ?? "";
    const stripped = node.child(0)!.type === "<<-" ? body.replace(/^\t+/gm, "") : body;
    const literal = /["'\\]/.test(start);
    this.input = textInput(literal ? stripped : await expandHereDocument(stripped, shell));
    const piped: Node[] = [];
    for (const child of node.namedChildren) {
      if (child?.type === "file_redirect") await this.add(child);
      if (child?.type === "pipeline") piped.push(...child.namedChildren.flatMap((part) => part ?? []));
    }
    return piped;
  }

  private file(target: string, append: boolean): Sink {
    const { shell } = this;
    if (target === "/dev/null") return () => {};
    const path = shell.host.resolve(shell.cwd, target);
    const write = (text: string, more: boolean): void => {
      const failed = shell.host.writeText(path, text, more);
      if (failed !== undefined) throw new UsageError(`${target}: ${failed}`);
    };
    write("", append);
    return (text) => write(text, true);
  }

  /** Runs a command with its streams turned. */
  run(streams: Streams, command: (streams: Streams) => Promise<number>): Promise<number> {
    const sinks = { out: streams.out.bind(streams), err: streams.err.bind(streams) };
    for (const turn of this.outputs) turn(sinks);
    return command({ input: this.input ?? streams.input, ...sinks });
  }
}
