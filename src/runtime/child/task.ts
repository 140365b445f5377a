/** Work that a child process can do: a function that a module exports. */

/**
 * A function of one argument, by its module and name, and of one to tell its progress with. What goes
 * in and comes out passes between processes by structured clone: plain data, typed arrays, maps and
 * sets; no functions, no class instances.
 */
export interface ChildTask<Input, Output, Progress = never> {
  /** Of the built module, see `builtModule`. */
  readonly module: URL;
  readonly name: string;
  /** Never called: it carries the types. */
  readonly call?: (input: Input, tell: (progress: Progress) => void) => Promise<Output>;
}

export function childTask<Input, Output, Progress = never>(
  module: URL,
  name: string,
): ChildTask<Input, Output, Progress> {
  return { module, name };
}

/**
 * The built form of a module beside the one that asks: Node runs no `.ts`, so that from the sources
 * (tests) it is the one in dist/.
 *
 * @param from `import.meta.url` of the module that asks
 * @param path relative to it, e.g. `./child.ts`
 */
export function builtModule(from: string, path: string): URL {
  const url = new URL(path, from);
  if (from.endsWith(".ts")) url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, "/dist/");
  url.pathname = url.pathname.replace(/\.ts$/, ".js");
  return url;
}
