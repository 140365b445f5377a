/** Ctrl-C, and being asked to end: once to stop in order, twice to stop at once. */

export interface StopSignal {
  readonly signal: AbortSignal;
  /** Gives the signals back to Node. */
  release(): void;
}

/** @param onStop told once, at the first signal */
export function stopOnSignal(onStop: () => void = () => {}): StopSignal {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
    onStop();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  return {
    signal: controller.signal,
    release: () => void process.off("SIGINT", stop).off("SIGTERM", stop),
  };
}
