/** The child process that holds this thread's native sessions; started when first used. */
import { ChildPool } from "../../runtime/child/index.ts";

let pool: ChildPool | undefined;

/** One for each thread: what trains and what scores takes turns, and reads a data set once. */
export function children(): ChildPool {
  pool ??= new ChildPool();
  return pool;
}
