// parse - turns the words of an option into values; limits are the run's business.
import { UsageError } from "../errors.ts";

/** A whole number, in decimal; with limits where no run checks them. */
export function wholeNumber(name: string, low = -Infinity, high = Infinity): (text: string) => number {
  return (text) => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) return value;
    const limits = high === Infinity ? "" : ` from ${low} to ${high}`;
    throw new UsageError(`${name}: found ${text}, expected a whole number${limits}`);
  };
}

/** A number with or without a fraction, inside limits. */
export function decimal(name: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) return value;
    throw new UsageError(`${name}: found ${text}, expected a number from ${low} to ${high}`);
  };
}

/** `on` or `off`. */
export function onOff(name: string): (text: string) => boolean {
  return (text) => {
    if (text !== "on" && text !== "off") throw new UsageError(`${name}: found ${text}, expected on or off`);
    return text === "on";
  };
}

/** `N` or `N-M`. */
export function range(name: string): (text: string) => [number, number] {
  return (text) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(text);
    if (match === null) throw new UsageError(`${name}: found ${text}, expected N or N-M`);
    const first = Number(match[1]);
    return [first, match[2] === undefined ? first : Number(match[2])];
  };
}

/** One of several words. */
export function oneOf<T extends string>(name: string, words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((w) => w === text);
    if (word === undefined) throw new UsageError(`${name}: found ${text}, expected ${words.join(", ")}`);
    return word;
  };
}

/** Adds a repeated option's value to those before it. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
