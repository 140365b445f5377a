/** How far the reading of a data set is. */

export interface ReadProgress {
  readonly done: number;
  /** What was done so often, e.g. `images decoded`. */
  readonly what: string;
  /** Of the source that was read, from 0 to 1; absent where its end is not known. */
  readonly share?: number;
}

/** Nobody reads faster. */
const EVERY_MS = 100;

/** Passes progress on now and then; the `last` always. */
export function paced(
  tell: ((progress: ReadProgress) => void) | undefined,
): (progress: ReadProgress, last?: boolean) => void {
  if (tell === undefined) return () => {};
  let told = performance.now();
  return (progress, last = false) => {
    const now = performance.now();
    if (!last && now - told < EVERY_MS) return;
    told = now;
    tell(progress);
  };
}
