/** Trials between two objectives, a third as colour. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { extent } from "../../../../src/report/axis.ts";
import { zoomed } from "../../../../src/report/page/view.ts";
import { TRIAL_STATES } from "../../../../src/study/block.ts";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { canvasPng } from "../../export/images.ts";
import type { Tool } from "../../plots/gestures.ts";
import { type Axis, titleOf } from "./axes.ts";
import { fileName, valueText } from "./format.ts";
import { FrontPicture } from "./front-picture.ts";
import { frontSvg } from "./front-svg.ts";
import type { FrontState } from "./state.ts";
import { trialsCsv } from "./trials-csv.ts";

const TOOLS: readonly (readonly [Tool, string, string])[] = [
  ["pan", "Move", "Drag moves the plot"],
  ["rect", "Rectangle", "Drag keeps the trials in a rectangle (also Shift and drag)"],
  ["lasso", "Lasso", "Drag keeps the trials within an outline (also Alt and drag)"],
];

export function FrontPlot({ state }: { readonly state: FrontState }) {
  const stage = useRef<HTMLDivElement>(null);
  const picture = useRef<FrontPicture>(undefined);
  const tool = useSignal<Tool>("pan");
  useEffect(() => {
    const made = new FrontPicture(stage.current!, state, () => tool.peek());
    picture.current = made;
    return () => made.close();
  }, [state]);
  const zoom = (factor: number) => {
    const p = picture.current!.scatter.projection();
    const { left, right, top, bottom } = p.box;
    picture.current!.setView(zoomed(p, factor, (left + right) / 2, (top + bottom) / 2));
  };
  const of = state.front.value?.of ?? [];
  return (
    <PlotFrame
      title="Front"
      exports={{
        name: `${fileName(state.study.value.name)}-front`,
        png: () => canvasPng(picture.current!.scatter.canvas),
        svg: () => frontSvg(state, picture.current!),
        csv: () => trialsCsv(state),
      }}
      controls={
        <>
          <span class="muted">
            {of.length === 0
              ? "the study has no objectives"
              : `${state.front.value!.rows.length.toLocaleString("en")} trials that none is better than in ${of.join(", ")}`}
          </span>
          {state.planar.value && (
            <label>
              <input
                type="checkbox"
                checked={state.part.plottedFront.value}
                onChange={({ currentTarget }) => state.set({ plottedFront: currentTarget.checked })}
              />{" "}
              of the plotted two
            </label>
          )}
        </>
      }
    >
      <AxisChoices state={state} />
      <fieldset class="tools">
        <legend class="hidden">Plot tools</legend>
        {TOOLS.map(([id, label, title]) => (
          <button
            key={id}
            type="button"
            title={title}
            aria-pressed={tool.value === id}
            onClick={() => {
              tool.value = id;
            }}
          >
            {label}
          </button>
        ))}
        <span class="gap" />
        <button type="button" aria-label="Zoom in" onClick={() => zoom(1.5)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => zoom(1 / 1.5)}>
          −
        </button>
        <button type="button" onClick={() => state.set({ view: undefined })}>
          All
        </button>
        <button type="button" onClick={() => picture.current!.setView(frontView(state))}>
          Front
        </button>
      </fieldset>
      <div
        class={`stage ${tool.value}`}
        ref={stage}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the plot answers keys
        tabIndex={0}
        role="application"
        aria-label={`Plot of ${state.y.value.label} over ${state.x.value.label}`}
        aria-describedby="front-keys"
      >
        <Tip state={state} picture={() => picture.current} />
      </div>
      <p id="front-keys" class="keys muted">
        Arrow keys pick along the front, Shift and an arrow moves, + and − zoom, 0 shows all, Escape
        takes back the region, then the pick. Wheel zooms, Shift and drag draws a rectangle, Alt and
        drag a lasso.
      </p>
    </PlotFrame>
  );
}

/** The front with some room around it. */
function frontView({ front, x, y, part }: FrontState) {
  const rows = [...(front.peek()?.rows ?? [])];
  const along = (axis: Axis, kind: "linear" | "log") =>
    extent(
      kind,
      rows.map((row) => axis.data[row]!),
      0.08,
    );
  return { x: along(x.peek(), part.xKind.peek()), y: along(y.peek(), part.yKind.peek()) };
}

function AxisChoices({ state }: { readonly state: FrontState }) {
  const { x, y, colour, part } = state;
  const numeric = state.axes.value.filter(({ labels }) => labels === undefined);
  const logarithmic = (axis: Axis) => axis.data.some((value) => value > 0);
  return (
    <div class="axis-choices">
      <Choice
        label="Across"
        axes={numeric}
        chosen={x.value.id}
        choose={(id) => state.set({ x: id, view: undefined, region: undefined })}
      />
      <Log
        label="log across"
        on={part.xKind.value === "log"}
        possible={logarithmic(x.value)}
        set={(on) => state.set({ xKind: on ? "log" : "linear", view: undefined })}
      />
      <Choice
        label="Upwards"
        axes={numeric}
        chosen={y.value.id}
        choose={(id) => state.set({ y: id, view: undefined, region: undefined })}
      />
      <Log
        label="log upwards"
        on={part.yKind.value === "log"}
        possible={logarithmic(y.value)}
        set={(on) => state.set({ yKind: on ? "log" : "linear", view: undefined })}
      />
      <Choice
        label="Colour"
        axes={state.axes.value}
        none="none"
        chosen={colour.value?.id ?? ""}
        choose={(id) => state.set({ colour: id })}
      />
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly axes: readonly Axis[];
  readonly chosen: string;
  readonly none?: string;
  readonly choose: (id: string) => void;
}

const GROUPS = [
  ["objective", "Objectives"],
  ["value", "Other values"],
  ["design", "Design"],
  ["trial", "Time"],
] as const;

const Choice = ({ label, axes, chosen, none, choose }: ChoiceProps) => (
  <label>
    {label}{" "}
    <select value={chosen} onChange={({ currentTarget }) => choose(currentTarget.value)}>
      {none !== undefined && <option value="">{none}</option>}
      {GROUPS.filter(([role]) => axes.some((axis) => axis.role === role)).map(([role, title]) => (
        <optgroup key={role} label={title}>
          {axes
            .filter((axis) => axis.role === role)
            .map((axis) => (
              <option key={axis.id} value={axis.id}>
                {titleOf(axis)}
              </option>
            ))}
        </optgroup>
      ))}
    </select>
  </label>
);

interface LogProps {
  readonly label: string;
  readonly on: boolean;
  readonly possible: boolean;
  readonly set: (on: boolean) => void;
}

const Log = ({ label, on, possible, set }: LogProps) => (
  <label>
    <input
      type="checkbox"
      aria-label={label}
      checked={on}
      disabled={!possible && !on}
      onChange={({ currentTarget }) => set(currentTarget.checked)}
    />{" "}
    log
  </label>
);

interface TipProps {
  readonly state: FrontState;
  readonly picture: () => FrontPicture | undefined;
}

function Tip({ state, picture }: TipProps) {
  const row = state.hovered.value;
  const shown = picture();
  if (row === undefined || shown === undefined || row >= state.block.value.count) return null;
  const [left, top] = shown.place(row);
  const { width, height } = shown.scatter.size;
  if (!(left >= 0 && left <= width && top >= 0 && top <= height)) return null;
  const right = left > width / 2;
  const axes = new Set([state.x.value, state.y.value, state.colour.value, ...state.goals.value]);
  return (
    <div
      class="tip"
      style={{
        top: `${Math.min(top, height - 90)}px`,
        ...(right ? { right: `${width - left + 14}px` } : { left: `${left + 14}px` }),
      }}
    >
      <strong>Trial {row}</strong> {TRIAL_STATES[state.block.value.states[row]!]}
      {[...axes].map(
        (axis) =>
          axis && (
            <div key={axis.id}>
              <span class="muted">{axis.label}</span> {valueText(axis, axis.data[row]!)} {axis.unit}
            </div>
          ),
      )}
      {state.front.value?.onFront[row] === 1 && <em>on the front</em>}
    </div>
  );
}
