// split-words - strtok: words between separators, of which several in a row count as one.

/** Takes words off the front of a text, each with its own separators. */
export class Words {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The next word; undefined: there is none. The separator behind it is gone with it. */
  next(separators: string): string | undefined {
    const { text } = this;
    while (this.at < text.length && separators.includes(text[this.at]!)) this.at++;
    if (this.at >= text.length) return undefined;
    const start = this.at;
    while (this.at < text.length && !separators.includes(text[this.at]!)) this.at++;
    const word = text.slice(start, this.at);
    this.at++;
    return word;
  }

  /** All that is left. */
  rest(): string | undefined {
    const left = this.text.slice(this.at);
    this.at = this.text.length;
    return left === "" ? undefined : left;
  }
}
