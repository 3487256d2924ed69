// C's rounding of ties, as printf of a C library prints them.
import { expect, it } from "vitest";
import { fixed } from "../src/printf.ts";

it.each([
  [1.125, 2, "1.12"],
  [1.375, 2, "1.38"],
  [0.5, 0, "0"],
  [1.5, 0, "2"],
  [2.5, 0, "2"],
  [0.125, 2, "0.12"],
  [0.25, 1, "0.2"],
  [0.75, 1, "0.8"],
  [-1.125, 2, "-1.12"],
  [1.005, 2, "1.00"],
  [1.12500000001, 2, "1.13"],
  [99.995, 2, "100.00"],
  [0, 2, "0.00"],
  [12345678.125, 2, "12345678.12"],
] as const)("%d with %d digits is %s", (value, digits, text) => expect(fixed(value, digits)).toBe(text));
