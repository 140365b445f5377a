/** What the page shows now. Parts subscribe to what they show. */
import type { AxisKind } from "../axis.ts";

export interface State {
  /** Trial number. */
  readonly picked: number | undefined;
  readonly hovered: number | undefined;
  readonly x: string;
  readonly y: string;
  readonly xAxis: AxisKind;
  readonly yAxis: AxisKind;
}

export interface Store {
  readonly state: State;
  set(change: Partial<State>): void;
  /** Called after one of `keys` changed. */
  on(keys: readonly (keyof State)[], listener: () => void): void;
}

export function createStore(initial: State): Store {
  let state = initial;
  const listeners: { keys: readonly (keyof State)[]; listener: () => void }[] = [];
  return {
    get state() {
      return state;
    },
    set(change) {
      const before = state;
      state = { ...state, ...change };
      for (const { keys, listener } of listeners)
        if (keys.some((key) => before[key] !== state[key])) listener();
    },
    on(keys, listener) {
      listeners.push({ keys, listener });
    },
  };
}
