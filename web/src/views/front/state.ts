/** What the Front view shows of one study: its trials as they come, the choices, and what follows. */
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import { extent } from "../../../../src/report/axis.ts";
import type { View } from "../../../../src/report/page/view.ts";
import type { ApiError, StudyDetail } from "../../../../src/server/api/types.ts";
import { concatBlocks, TRIAL_STATES, type TrialBlock } from "../../../../src/study/block.ts";
import { source } from "../../api/source.ts";
import { route, setQuery } from "../../router.ts";
import { errorOf, onEvent } from "../../state/live.ts";
import type { FrontAnswer, FrontTask } from "../../workers/front.worker.ts";
import type { Progress } from "../../workers/front-of.ts";
import { Latest } from "../../workers/latest.ts";
import { startWorker } from "../../workers/start.ts";
import { readShown, type Shown, writeShown } from "./address.ts";
import { type Axis, axesOf, minimised, TRIAL } from "./axes.ts";
import { countOf, keptOf } from "./filters.ts";

export interface FrontRows {
  /** From best to worst in the first objective. */
  readonly rows: Uint32Array;
  /** 1 of each trial on the front. */
  readonly onFront: Uint8Array;
  /** Ids of the objectives it is a front of, which are their names. */
  readonly of: readonly string[];
}

/** How long the address waits for the hand to rest, ms. */
const ADDRESS_MS = 250;
export const COMPLETE = TRIAL_STATES.indexOf("complete");

export class FrontState {
  readonly study;
  readonly block;
  readonly shown = signal<Shown>(readShown(route.peek().query));
  readonly hovered = signal<number | undefined>(undefined);
  readonly error = signal<ApiError | undefined>(undefined);
  readonly front = signal<FrontRows | undefined>(undefined);
  /** Whether the front was drawn: the other plots wait for it, so that it is there first. */
  readonly settled = signal(false);
  readonly progress = signal<Progress | undefined>(undefined);
  /** Objective whose device and batch the links to a trial's network take. */
  readonly predictedFor = signal<string | undefined>(undefined);

  /** Parts of `shown` one by one: who reads the filters is not called when the view moves. */
  readonly part: {
    readonly [K in Exclude<keyof Shown, "x" | "y" | "colour">]: ReadonlySignal<Shown[K]>;
  };
  readonly axes: ReadonlySignal<readonly Axis[]>;
  readonly x: ReadonlySignal<Axis>;
  readonly y: ReadonlySignal<Axis>;
  readonly colour: ReadonlySignal<Axis | undefined>;
  /** Objectives that the front is of: those of the study, the plotted ones first, or these two alone. */
  readonly goals: ReadonlySignal<readonly Axis[]>;
  /** Whether the plotted two have a front of their own, beside that of the study. */
  readonly planar: ReadonlySignal<boolean>;
  /** 1 of each trial that passes the filters. */
  readonly kept: ReadonlySignal<Uint8Array>;
  readonly keptCount: ReadonlySignal<number>;
  /** The whole of the plane, in the axes' uniform coordinates. */
  readonly whole: ReadonlySignal<View>;
  readonly #ends: (() => void)[] = [];
  #reading = false;
  #wanted = 0;

  constructor(study: StudyDetail, block: TrialBlock) {
    this.study = signal(study);
    this.block = signal(block);
    const part = <K extends keyof Shown>(key: K) => computed(() => this.shown.value[key]);
    const [xId, yId, colourId] = [part("x"), part("y"), part("colour")];
    this.part = {
      xKind: part("xKind"),
      yKind: part("yKind"),
      view: part("view"),
      states: part("states"),
      frontOnly: part("frontOnly"),
      plottedFront: part("plottedFront"),
      region: part("region"),
      ranges: part("ranges"),
      pick: part("pick"),
      history: part("history"),
    };
    const { xKind, yKind, states, frontOnly, plottedFront, region, ranges } = this.part;
    this.axes = computed(() => axesOf(this.study.value, this.block.value));
    const byId = computed(() => new Map(this.axes.value.map((axis) => [axis.id, axis])));
    const chosen = (id: string | undefined, or: () => string) =>
      byId.value.get(id ?? "") ?? byId.value.get(or()) ?? byId.value.get(TRIAL)!;
    this.x = computed(() => chosen(xId.value, () => firstAxes(this.study.value)[0]));
    this.y = computed(() => chosen(yId.value, () => firstAxes(this.study.value)[1]));
    this.colour = computed(() => byId.value.get(colourId.value));
    const plotted = computed(() =>
      [...new Set([this.x.value, this.y.value])].filter(({ goal }) => goal !== undefined),
    );
    const objectives = computed(() => {
      const all = this.axes.value.filter(({ role }) => role === "objective");
      return [...new Set([...plotted.value, ...all])];
    });
    this.planar = computed(() => plotted.value.length === 2 && objectives.value.length > 2);
    this.goals = computed(() =>
      this.planar.value && plottedFront.value ? plotted.value : objectives.value,
    );
    this.kept = computed(() =>
      keptOf(
        {
          states: states.value,
          frontOnly: frontOnly.value,
          region: region.value,
          ranges: ranges.value,
        },
        {
          states: this.block.value.states,
          // Where nothing asks for the front, a new one changes nothing.
          onFront: frontOnly.value ? this.front.value?.onFront : undefined,
          xs: this.x.value.data,
          ys: this.y.value.data,
          xKind: xKind.value,
          yKind: yKind.value,
          axisOf: (id) => byId.value.get(id),
        },
      ),
    );
    this.keptCount = computed(() => countOf(this.kept.value));
    this.whole = computed(() => ({
      x: extent(xKind.value, this.x.value.data, 0.04),
      y: extent(yKind.value, this.y.value.data, 0.04),
    }));
  }

  /** Begins to follow the study, the address and the choices. */
  start(): void {
    const fail = (message: string) => {
      this.error.value = { message };
    };
    const fronts = new Latest<FrontTask, FrontAnswer>(
      startWorker("front"),
      (rows, task) => this.#setFront(rows as Uint32Array, task.of),
      fail,
    );
    let histories: Latest<FrontTask, FrontAnswer> | undefined;
    const historian = () =>
      new Latest<FrontTask, FrontAnswer>(
        startWorker("front"),
        (progress, task) => {
          // Of other objectives it is soon followed by another.
          if (idsOf(this.goals.peek()).join() !== task.of.join()) return;
          this.progress.value = progress as Progress;
        },
        fail,
      );
    this.#ends.push(
      effect(() => {
        const goals = this.goals.value;
        const counted = this.#complete();
        fronts.ask({ kind: "front", of: idsOf(goals), columns: goals.map(minimised), counted });
      }),
      effect(() => {
        if (!this.settled.value) return;
        histories ??= historian();
        const goals = this.goals.value;
        const kept = this.kept.value;
        const { states } = this.block.value;
        const counted = kept.map((one, i) => (states[i] === COMPLETE ? one : 0));
        const given = goals.map((axis) => this.#reference(axis));
        const columns = goals.map(minimised);
        const complete = this.#complete();
        histories.ask({ kind: "progress", of: idsOf(goals), columns, counted, complete, given });
      }),
      this.#followAddress(),
      onEvent((event) => {
        if (event.kind === "studies") void this.#look();
        if (event.kind !== "study" || event.id !== this.study.peek().id) return;
        const { state, trials } = event;
        if (state !== this.study.peek().state)
          this.study.value = { ...this.study.peek(), state, trials };
        void this.#readNew(trials);
      }),
      () => {
        fronts.close();
        histories?.close();
      },
    );
  }

  stop(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  set(patch: Partial<Shown>): void {
    this.shown.value = { ...this.shown.peek(), ...patch };
  }

  axis(id: string): Axis | undefined {
    return this.axes.peek().find((axis) => axis.id === id);
  }

  #complete(): Uint8Array {
    return this.block.value.states.map((code) => (code === COMPLETE ? 1 : 0));
  }

  #reference({ id, goal }: Axis): number | undefined {
    const spec = this.study.peek().spec as { readonly reference?: Record<string, number> } | null;
    const value = spec?.reference?.[id];
    return value === undefined ? undefined : goal === "maximize" ? -value : value;
  }

  #setFront(rows: Uint32Array, of: readonly string[]): void {
    const onFront = new Uint8Array(this.block.peek().count);
    for (const row of rows) onFront[row] = 1;
    this.front.value = { rows, onFront, of };
  }

  /** The choices go to the address once the hand rests; another address changes the choices. */
  #followAddress(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let written = JSON.stringify(writeShown(this.shown.peek()));
    const stopWriting = effect(() => {
      const query = writeShown(this.shown.value);
      clearTimeout(timer);
      timer = setTimeout(() => {
        written = JSON.stringify(query);
        if (route.peek().path[0] === "front") setQuery(query);
      }, ADDRESS_MS);
    });
    const stopReading = effect(() => {
      if (route.value.path[0] !== "front") return;
      const next = readShown(route.value.query);
      const text = JSON.stringify(writeShown(next));
      if (text === written) return;
      written = text;
      this.shown.value = next;
    });
    return () => {
      clearTimeout(timer);
      stopWriting();
      stopReading();
    };
  }

  /** Trials that came since, added to those that are here; the view stays. */
  async #readNew(trials: number): Promise<void> {
    this.#wanted = trials;
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.#wanted !== this.block.peek().count) {
        const wanted = this.#wanted;
        await this.#readOnce();
        // What the server has now need not be what it had when it told.
        if (wanted === this.#wanted) break;
      }
      this.error.value = undefined;
    } catch (error) {
      this.error.value = errorOf(error);
    } finally {
      this.#reading = false;
    }
  }

  /** The list changed: this study may have another name, or be gone. */
  async #look(): Promise<void> {
    try {
      this.study.value = await source.study(this.study.peek().id);
    } catch (error) {
      this.error.value = errorOf(error);
    }
  }

  async #readOnce(): Promise<void> {
    const { id } = this.study.peek();
    const have = this.block.peek();
    const page = await source.trials(id, have.count);
    if (page.first < have.count) {
      // Another study under the same number: begin again.
      this.block.value = await source.trials(id, 0);
      this.study.value = await source.study(id);
    } else if (page.count > 0) this.block.value = concatBlocks([have, page]);
  }
}

const idsOf = (axes: readonly Axis[]): string[] => axes.map(({ id }) => id);

/** Cost across, worth upwards: the first objective that is minimised, and the first of the others. */
export function firstAxes({ objectives }: Pick<StudyDetail, "objectives">): [string, string] {
  const across = objectives.find(({ goal }) => goal === "minimize") ?? objectives[0];
  const upwards = objectives.find((o) => o !== across);
  if (across === undefined) return [TRIAL, TRIAL];
  return upwards === undefined ? [TRIAL, across.name] : [across.name, upwards.name];
}
