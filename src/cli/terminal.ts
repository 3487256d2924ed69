// terminal - where a verb prints: the process's streams, or a test's strings.
export interface Terminal {
  /** Standard output. @throws RunError when its reader is gone or its disk is full */
  out(text: string): void;
  /** Standard error. */
  err(text: string): void;
}
