// clock - the time that everything of one backer goes by: milliseconds, which only the backer's caller sets.

export interface Clock {
  readonly nowMs: number;
}
