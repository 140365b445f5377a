/** Parallel coordinates: every trial that is shown as a line across its design and its values. */
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { svgPng, svgText } from "../../export/images.ts";
import { themeColours } from "../../plots/colours.ts";
import { bundle, levelsOf } from "../../plots/parallel-bins.ts";
import { shown as ground } from "../../theme.ts";
import { Latest } from "../../workers/latest.ts";
import type { Painted, PaintTask } from "../../workers/paint.worker.ts";
import { startWorker } from "../../workers/start.ts";
import { fileName } from "./format.ts";
import { LaneAxis, TrialLine } from "./lane-axis.tsx";
import { laneAxes, lanesOf, PARALLEL } from "./parallel-layout.ts";
import { RangeTable } from "./range-table.tsx";
import type { FrontState } from "./state.ts";
import { trialsCsv } from "./trials-csv.ts";

/** Levels along an axis: about one a pixel. */
const LEVELS = 236;

export function ParallelPlot({ state }: { readonly state: FrontState }) {
  const box = useRef<HTMLElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const room = useSignal(0);
  const painter = useSignal<Latest<PaintTask, Painted> | undefined>(undefined);
  const layout = useComputed(() => lanesOf(laneAxes(state.axes.value), room.value));
  const levels = useComputed(() =>
    layout.value.lanes.map(({ axis, low, high }) => levelsOf(axis.data, [low, high], LEVELS)),
  );
  const bundles = useComputed(() =>
    levels.value
      .slice(1)
      .map((right, i) => bundle(levels.value[i]!, right, LEVELS, state.kept.value)),
  );
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      room.value = box.current?.clientWidth ?? 0;
    });
    observer.observe(box.current!);
    const worker = new Latest<PaintTask, Painted>(
      startWorker("paint"),
      ({ bitmap }) => {
        const target = canvas.current;
        if (target === null) return bitmap.close();
        target.width = bitmap.width;
        target.height = bitmap.height;
        target.getContext("bitmaprenderer")!.transferFromImageBitmap(bitmap);
      },
      (message) => {
        state.error.value = { message: `the parallel axes cannot be painted: ${message}` };
      },
    );
    painter.value = worker;
    return () => {
      observer.disconnect();
      worker.close();
    };
  }, [state]);
  useSignalEffect(() => {
    const { lanes, width } = layout.value;
    if (painter.value === undefined || room.value === 0 || lanes.length < 2) return;
    void ground.value;
    const scale = devicePixelRatio;
    const { height, top, bottom } = PARALLEL;
    painter.value.ask({
      kind: "lines",
      bundles: bundles.value,
      axes: lanes.map(({ x }) => x * scale),
      bottom: (height - bottom) * scale,
      top: top * scale,
      levels: LEVELS,
      width: Math.round(width * scale),
      height: height * scale,
      scale,
      colour: themeColours(box.current!)("--front-fill"),
    });
  });
  const { lanes, width } = layout.value;
  const pick = state.part.pick.value;
  const over = state.hovered.value;
  /** The lines are a picture: an axis of 100,000 of them is no drawing. */
  const withLines = (): SVGSVGElement => {
    const copy = svg.current!.cloneNode(true) as SVGSVGElement;
    const image = document.createElementNS("http://www.w3.org/2000/svg", "image");
    image.setAttribute("href", canvas.current!.toDataURL("image/png"));
    image.setAttribute("width", String(width));
    image.setAttribute("height", String(PARALLEL.height));
    copy.prepend(image);
    return copy;
  };
  const exported = async <T,>(write: (element: SVGSVGElement) => T | Promise<T>): Promise<T> => {
    const copy = withLines();
    svg.current!.after(copy);
    try {
      return await write(copy);
    } finally {
      copy.remove();
    }
  };
  return (
    <PlotFrame
      title="Parallel axes"
      exports={{
        name: `${fileName(state.study.value.name)}-parallel`,
        png: () => exported((element) => svgPng(element)),
        svg: () => {
          const copy = withLines();
          svg.current!.after(copy);
          const text = svgText(copy);
          copy.remove();
          return text;
        },
        csv: () => trialsCsv(state),
      }}
      controls={<span class="muted">drag along an axis to keep a range, click it to let go</span>}
    >
      <section
        class="parallel"
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
        tabIndex={0}
        aria-label="Parallel axes, scrolls"
      >
        <div class="parallel-stage" style={{ width: `${width}px`, height: `${PARALLEL.height}px` }}>
          <canvas ref={canvas} />
          <svg
            ref={svg}
            width={width}
            height={PARALLEL.height}
            role="img"
            aria-label={`${state.keptCount.value} trials over ${lanes.map(({ axis }) => axis.label).join(", ")}`}
          >
            {over !== undefined && over !== pick && (
              <TrialLine lanes={lanes} row={over} stroke="var(--ink)" />
            )}
            {pick !== undefined && <TrialLine lanes={lanes} row={pick} stroke="var(--picked)" />}
            {lanes.map((lane) => (
              <LaneAxis
                key={lane.axis.id}
                lane={lane}
                range={state.part.ranges.value.get(lane.axis.id)}
                set={(range) => {
                  const next = new Map(state.part.ranges.peek());
                  if (range === undefined) next.delete(lane.axis.id);
                  else next.set(lane.axis.id, range);
                  state.set({ ranges: next });
                }}
              />
            ))}
          </svg>
        </div>
      </section>
      <RangeTable state={state} />
    </PlotFrame>
  );
}
