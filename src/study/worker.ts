/** A worker thread: builds the problem from its specification and evaluates what it is sent. */
import { parentPort, workerData } from "node:worker_threads";
import { invariant, UserError } from "../base/errors.ts";
import type { Design } from "../search/types.ts";
import { errorOf } from "./kinds.ts";
import { type BuiltProblem, buildProblem } from "./problem.ts";
import type { StudySpec } from "./spec.ts";
import type { EvaluationContext, Values } from "./types.ts";

export interface Request {
  readonly stage: number;
  readonly designs: readonly Design[];
  readonly context?: EvaluationContext;
}

export type Reply =
  | {
      readonly kind: "done";
      readonly results: readonly ({ readonly values: Values } | { readonly error: string })[];
    }
  /** The problem is built, and the user's modules are loaded. */
  | { readonly kind: "ready" }
  /** The problem itself cannot be built here; `exitCode` where it is the user's to mend. */
  | {
      readonly kind: "broken";
      readonly message: string;
      readonly hint?: string | undefined;
      readonly exitCode?: 1 | 2;
    };

invariant(parentPort, "worker.ts runs in a worker thread");
const port = parentPort;
const send = (reply: Reply) => port.postMessage(reply);
const problem = build();
problem.then(() => send({ kind: "ready" }), tell);

port.on("message", (request: Request) => {
  void answer(request);
});

async function build(): Promise<BuiltProblem> {
  const built = await buildProblem(workerData as StudySpec);
  await built.prepare();
  return built;
}

async function answer({ designs, stage, context }: Request): Promise<void> {
  try {
    const results = await (await problem).evaluate(designs, stage, context);
    send({
      kind: "done",
      results: results.map((r) => (r instanceof Error ? { error: r.message } : { values: r })),
    });
  } catch (error) {
    tell(error);
  }
}

function tell(error: unknown): void {
  const user = error instanceof UserError ? error : undefined;
  send({
    kind: "broken",
    message: errorOf(error).message,
    ...(user ? { hint: user.hint, exitCode: user.exitCode } : {}),
  });
}
