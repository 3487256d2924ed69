/**
 * The errors a user may meet. `main` prints the message on one line and exits with `exitCode`; anything else is a bug
 * and shows its stack. Messages read `<what>: found X, expected Y (where)`, in lower case without a full stop.
 */
export class RingbedError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
    this.name = new.target.name;
  }
}

/** Usage, configuration or unreadable input: exit code 2. */
export class UsageError extends RingbedError {
  constructor(message: string) {
    super(message, 2);
  }
}

/** An assertion, comparison or loss criterion failed: exit code 1. */
export class CheckError extends RingbedError {
  constructor(message: string) {
    super(message, 1);
  }
}

/** A real peer misbehaved or the run broke (interrupted, disk full, invariant broken): exit code 3. */
export class RunError extends RingbedError {
  constructor(message: string) {
    super(message, 3);
  }
}
