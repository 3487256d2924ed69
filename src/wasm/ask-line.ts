// ask-line - how an OVS thread on the wall's clock has its questions answered: it stands in the middle of a poll, and the thread that runs
// ovs-vswitchd decides. The words lie in linear memory, which both see, whatever process they are in; the question itself is where the engine
// wrote it (wasm/ovs-upcall), the answer's actions where the engine looks for them.
// Invariant: A1 the asker touches nothing of its own between `ask` and `take`, the decider nothing after `answer`.

/** What pmdAnswer takes behind the lcore. */
export type PmdAnswer = readonly [
  answer: number,
  words: number,
  flags: number,
  port: number,
  putWords: number,
  putFlags: number,
  putPort: number,
  cookie: number,
];

const ARGUMENTS = 8;
const STATE = ARGUMENTS;
const IDLE = 0;
const ASKED = 1;
const ANSWERED = 2;
/** Bytes of a line. */
export const ASK_LINE_BYTES = 64;

export class AskLine {
  private readonly words: Int32Array;

  /** at: linear address, a cache line's, at first zero */
  constructor(buffer: ArrayBufferLike, at: number) {
    this.words = new Int32Array(buffer, at, ARGUMENTS + 1);
  }

  ask(): void {
    Atomics.store(this.words, STATE, ASKED);
  }

  get isAsked(): boolean {
    return Atomics.load(this.words, STATE) === ASKED;
  }

  answer(answer: PmdAnswer): void {
    this.words.set(answer);
    Atomics.store(this.words, STATE, ANSWERED);
  }

  get isAnswered(): boolean {
    return Atomics.load(this.words, STATE) === ANSWERED;
  }

  /** Of a line that is answered. */
  take(): PmdAnswer {
    const [answer = 0, words = 0, flags = 0, port = 0, putWords = 0, putFlags = 0, putPort = 0, cookie = 0] =
      this.words;
    Atomics.store(this.words, STATE, IDLE);
    return [answer, words, flags, port, putWords, putFlags, putPort, cookie];
  }
}
