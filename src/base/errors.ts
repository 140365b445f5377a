/**
 * Errors that a person can act on, and errors that are ours.
 *
 * `UserError` ends a command with one message (what, where, both values, what to do) and no stack
 * trace. Anything else that reaches the top is a defect of Tidemark.
 */

export interface UserErrorOptions {
  /** What to do about it, as one imperative clause. */
  readonly hint?: string;
  /** Process exit code: 1 the work failed, 2 the request was wrong. Default 1. */
  readonly exitCode?: 1 | 2;
  readonly cause?: unknown;
}

export class UserError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2;

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "UserError";
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
  }
}

/** A condition that only a defect of ours can break. Never use it on user input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}
