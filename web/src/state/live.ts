/** The list of studies, kept up to date by the server's events. */
import { signal } from "@preact/signals";
import type { ApiError, StoreEvent, StudyList } from "../../../src/server/api/types.ts";
import { source } from "../api/source.ts";

export const list = signal<StudyList | undefined>(undefined);
export const problem = signal<ApiError | undefined>(undefined);
export const connected = signal(true);

const listeners = new Set<(event: StoreEvent) => void>();

/** For what follows one study. */
export function onEvent(listener: (event: StoreEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export async function readList(): Promise<void> {
  try {
    list.value = await source.studies();
    problem.value = undefined;
  } catch (error) {
    problem.value = errorOf(error);
  }
}

export function errorOf(error: unknown): ApiError {
  const { message = String(error), hint } = error as { message?: string; hint?: string };
  return { message, ...(hint !== undefined && { hint }) };
}

export function startListening(): () => void {
  void readList();
  return source.listen(
    (event) => {
      if (event.kind === "studies") void readList();
      if (event.kind === "problem") problem.value = event.error;
      if (event.kind === "study" && list.value !== undefined) {
        const { id, state, trials } = event;
        problem.value = undefined;
        list.value = {
          ...list.value,
          studies: list.value.studies.map((s) => (s.id === id ? { ...s, state, trials } : s)),
        };
      }
      for (const listener of listeners) listener(event);
    },
    (up) => {
      // After an outage anything may have changed.
      if (up && !connected.peek()) void readList();
      connected.value = up;
    },
  );
}
