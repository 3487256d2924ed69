// broken-pipe - what becomes of a program whose reader has gone away: Node ignores SIGPIPE, C programs end by it, silently.

/** From now on SIGPIPE ends this process, as it does every program that a shell starts. */
export function endOnBrokenPipe(): void {
  const nothing = (): void => {};
  process.on("SIGPIPE", nothing);
  process.removeListener("SIGPIPE", nothing); // without a listener a signal has its default effect
}
