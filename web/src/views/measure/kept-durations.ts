/** How long measurements took in this browser, kept from one visit to the next. */
import { signal } from "@preact/signals";
import { type Durations, type Kind, parseDurations } from "./durations.ts";

const KEY = "tidemark.measure.seconds";

/** Seconds. */
export const durations = signal<Durations>(parseDurations(stored()));

export function keepDuration(kind: Kind, seconds: number): void {
  durations.value = { ...durations.peek(), [kind]: seconds };
  try {
    localStorage.setItem(KEY, JSON.stringify(durations.peek()));
  } catch {
    // A page that may keep nothing says it until it is closed.
  }
}

function stored(): string | null {
  try {
    return globalThis.localStorage?.getItem(KEY) ?? null;
  } catch {
    return null;
  }
}
