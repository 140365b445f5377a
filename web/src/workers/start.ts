/** Workers by what they do. One of each starts before it is needed, since starting takes as long as much of their work. */

const spare = new Map<"paint" | "front", Worker>();

const begin = {
  paint: () => new Worker(new URL("./paint.worker.ts", import.meta.url), { type: "module" }),
  front: () => new Worker(new URL("./front.worker.ts", import.meta.url), { type: "module" }),
};

/** While the trials are on their way. */
export function warm(): void {
  for (const kind of ["paint", "front"] as const)
    if (!spare.has(kind)) spare.set(kind, begin[kind]());
}

export function startWorker(kind: "paint" | "front"): Worker {
  const ready = spare.get(kind);
  spare.delete(kind);
  return ready ?? begin[kind]();
}
