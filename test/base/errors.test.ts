import { expect, test } from "vitest";
import { invariant, UserError } from "../../src/base/errors.ts";

test("a user's error carries what to do, how to exit and what caused it", () => {
  const cause = new Error("inner");
  const e = new UserError("a: 1 > 0", { hint: "swap them", exitCode: 2, cause });
  expect(e).toBeInstanceOf(Error);
  expect(e).toMatchObject({
    name: "UserError",
    message: "a: 1 > 0",
    hint: "swap them",
    exitCode: 2,
    cause,
  });
  const plain = new UserError("b");
  expect(plain.exitCode).toBe(1);
  expect(plain.hint).toBeUndefined();
  expect("cause" in plain).toBe(false);
});

test("a broken invariant is no user's error", () => {
  invariant(1, "never");
  expect(() => invariant(0, "x")).toThrow("invariant broken: x");
  expect(() => invariant(false, "x")).not.toThrow(UserError);
});
