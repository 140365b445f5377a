/** Work in child processes, and sessions there. */
export { isolatedEngine } from "./isolated-engine.ts";
export { ChildPool, type ChildPoolOptions, type RequestOptions } from "./pool.ts";
export { builtModule, type ChildTask, childTask } from "./task.ts";
