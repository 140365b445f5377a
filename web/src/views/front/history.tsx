/** How the study came along: hypervolume, or the best value so far, over the evaluations. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { extent } from "../../../../src/report/axis.ts";
import { formatNumber } from "../../../../src/report/number.ts";
import { pixelX, pixelY } from "../../../../src/report/page/view.ts";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { csvOf } from "../../export/csv.ts";
import { canvasPng } from "../../export/images.ts";
import { themeColours } from "../../plots/colours.ts";
import { ASIDE, PLAIN, paletteOf } from "../../plots/palette.ts";
import { Scatter } from "../../plots/scatter.ts";
import { shown as ground } from "../../theme.ts";
import { type Axis, axisTitle, TRIAL, titleOf } from "./axes.ts";
import { fileName } from "./format.ts";
import { historySvg } from "./history-svg.ts";
import { paintRing } from "./marks.ts";
import type { FrontState } from "./state.ts";

export interface Curve {
  readonly trials: ArrayLike<number>;
  /** In the user's direction; NaN where unknown. */
  readonly values: Float64Array;
  readonly title: string;
  /** Of a hypervolume: the reference point, `; beyond latency_ms (ms) 12, accuracy (%) 9`. */
  readonly beyond: string;
}

/** What the history shows: the best of an objective, else the hypervolume. */
export function curveOf(state: FrontState): Curve | undefined {
  const progress = state.progress.value;
  if (progress === undefined) return undefined;
  const goals = state.goals.value;
  const at = goals.findIndex(({ id }) => id === state.part.history.value);
  const axis = goals[at];
  if (axis === undefined || progress.best[at] === undefined)
    return {
      trials: progress.trials,
      values: progress.volume,
      title: `hypervolume of ${goals.map(({ label }) => label).join(", ")}`,
      beyond: beyond(goals, progress.reference),
    };
  const sign = axis.goal === "maximize" ? -1 : 1;
  return {
    trials: progress.trials,
    values: progress.best[at].map((x) => sign * x),
    title: `best so far, ${axisTitle(axis)}`,
    beyond: "",
  };
}

function beyond(goals: readonly Axis[], reference: readonly number[] | null): string {
  const at = goals.flatMap((axis, k) => {
    const value = reference?.[k];
    if (value === undefined) return [];
    return [`${titleOf(axis)} ${formatNumber(axis.goal === "maximize" ? -value : value)}`];
  });
  return at.length === 0 ? "" : `; beyond ${at.join(", ")}`;
}

export function History({ state }: { readonly state: FrontState }) {
  const stage = useRef<HTMLDivElement>(null);
  const plot = useRef<Scatter>(undefined);
  useEffect(() => {
    const scatter = new Scatter(stage.current!, (message) => {
      state.error.value = { message: `the history cannot be painted: ${message}` };
    });
    plot.current = scatter;
    const stop = effect(() => show(scatter, state));
    const click = (event: MouseEvent) => {
      const { left, top } = stage.current!.getBoundingClientRect();
      const row = scatter.nearest(event.clientX - left, event.clientY - top, 12);
      if (row !== undefined) state.set({ pick: row });
    };
    scatter.canvas.addEventListener("click", click);
    return () => {
      stop();
      scatter.close();
    };
  }, [state]);
  const curve = curveOf(state);
  const last = curve?.values.at(-1);
  const known = state.goals.value.some(({ id }) => id === state.part.history.value);
  return (
    <PlotFrame
      title="History"
      exports={{
        name: `${fileName(state.study.value.name)}-history`,
        png: () => canvasPng(plot.current!.canvas),
        svg: () => historySvg(state, plot.current!, curveOf(state)),
        csv: () => historyCsv(state),
      }}
      controls={
        <label>
          <span class="hidden">Shown over the evaluations</span>
          <select
            value={known ? state.part.history.value : "volume"}
            onChange={({ currentTarget }) => state.set({ history: currentTarget.value })}
          >
            <option value="volume">Hypervolume</option>
            {state.goals.value.map(({ id, label }) => (
              <option key={id} value={id}>
                Best {label}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <div class="stage small" ref={stage} role="img" aria-label={curve?.title ?? "History"} />
      <p class="muted keys">
        {curve === undefined || last === undefined
          ? "No complete trial passes the filters."
          : Number.isNaN(last)
            ? "The hypervolume is not finite, or of too many objectives to be computed here."
            : `${curve.title}: ${formatNumber(last, 6)} after the last trial shown${curve.beyond}`}
      </p>
    </PlotFrame>
  );
}

function show(scatter: Scatter, state: FrontState): void {
  const curve = curveOf(state);
  if (curve === undefined) return;
  const time = state.axis(TRIAL)!;
  const goals = state.goals.value;
  const axis = goals.find(({ id }) => id === state.part.history.value);
  const kept = state.kept.value;
  const { states } = state.block.value;
  const ys = axis?.data ?? new Float64Array(time.data.length).fill(Number.NaN);
  scatter.setData(
    {
      xs: time.data,
      ys,
      xKind: "linear",
      yKind: "linear",
      titles: { x: "trial", y: axis === undefined ? "hypervolume" : axisTitle(axis) },
      paint: Uint16Array.from(kept, (one, i) => (one === 0 ? 0 : states[i] === 0 ? PLAIN : ASIDE)),
    },
    paletteOf(themeColours(scatter.canvas), ground.value, false),
  );
  const seen = axis === undefined ? curve.values : ys.filter((_, i) => kept[i] === 1);
  scatter.setView({
    x: [-0.02 * time.data.length, Math.max(1, 1.02 * time.data.length)],
    y: extent("linear", seen, 0.06),
  });
  const pick = state.part.pick.value;
  scatter.setOverlays(
    () => {},
    (context, p, css) => {
      context.save();
      context.beginPath();
      const { box } = p;
      context.rect(box.left, box.top - 2, box.right - box.left, box.bottom - box.top + 4);
      context.clip();
      context.beginPath();
      for (let i = 0; i < curve.trials.length; i++) {
        if (Number.isNaN(curve.values[i]!)) continue;
        const u = pixelX(p, curve.trials[i]!);
        // What is best stays so until the next is.
        if (i > 0) context.lineTo(u, pixelY(p, curve.values[i - 1]!));
        context.lineTo(u, pixelY(p, curve.values[i]!));
      }
      context.strokeStyle = css("--front");
      context.lineWidth = 2;
      context.stroke();
      if (pick !== undefined && axis !== undefined)
        paintRing(context, [pixelX(p, pick), pixelY(p, ys[pick]!)], css("--picked"), 7);
      context.restore();
    },
  );
}

function historyCsv(state: FrontState): string {
  const progress = state.progress.peek();
  const goals = state.goals.peek();
  const rows = Array.from(progress?.trials ?? [], (trial, i) => [
    trial,
    progress!.volume[i],
    ...progress!.best.map((best, k) => (goals[k]?.goal === "maximize" ? -best[i]! : best[i])),
  ]);
  return csvOf(["trial", "hypervolume", ...goals.map(({ label }) => `best ${label}`)], rows);
}
