// reply - what a command of ovs-appctl answers: text, or an error with text.

export interface Reply {
  readonly text: string;
  /** The server says that it failed. */
  readonly failed?: boolean;
}

/** args: behind the command's name */
export type AppCommand<Target> = (target: Target, args: readonly string[]) => Reply | Promise<Reply>;

export interface CommandShape<Target> {
  readonly usage: string;
  readonly min: number;
  readonly max: number;
  readonly run: AppCommand<Target>;
}

export function ok(text = ""): Reply {
  return { text };
}

export function failed(text: string): Reply {
  return { text, failed: true };
}
