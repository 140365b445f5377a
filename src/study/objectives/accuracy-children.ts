/** The child process that holds this thread's native sessions; started when first used. */
import { ChildPool, type ChildTask, type RequestOptions } from "../../runtime/child/index.ts";
import { EnvironmentFault, faultOf } from "../environment.ts";

let pool: ChildPool | undefined;

/** One for each thread: what trains and what scores takes turns, and reads a data set once. */
export function children(): ChildPool {
  pool ??= new ChildPool();
  return pool;
}

/** What a task comes to; of the errors that it throws, none but their text would reach its parent. */
export type Outcome<T> =
  | { readonly value: T }
  | { readonly fault: { readonly message: string; readonly remedy: string } };

/** In the child: a task whose environment faults its parent can tell from other errors. */
export async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined) throw error;
    return { fault: { message: fault.message, remedy: fault.remedy } };
  }
}

/** @throws EnvironmentFault where the machine failed and not the task */
export async function inChild<Input, T>(
  task: ChildTask<Input, Outcome<T>>,
  input: Input,
  options: RequestOptions,
): Promise<T> {
  let outcome: Outcome<T>;
  try {
    outcome = await children().run(task, input, options);
  } catch (error) {
    throw faultOf(error) ?? error;
  }
  if ("fault" in outcome) throw new EnvironmentFault(outcome.fault.message, outcome.fault.remedy);
  return outcome.value;
}
