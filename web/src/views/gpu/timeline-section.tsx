/** The timeline with its exports, what is under the pointer, and the sums of a selected stretch. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { nodeText } from "../../../../src/report/kernels.ts";
import { formatNumber, formatPercent, formatUs } from "../../../../src/report/number.ts";
import { traceText } from "../../../../src/report/trace.ts";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { csvOf } from "../../export/csv.ts";
import { canvasPng } from "../../export/images.ts";
import { save } from "../../export/save.ts";
import { route, setQuery } from "../../router.ts";
import { shown } from "../../theme.ts";
import { aggregate } from "../../timeline/aggregate.ts";
import { TimelineController } from "../../timeline/controller.ts";
import { type Hit, smShare } from "../../timeline/hit.ts";
import { sceneSvg } from "../../timeline/svg.ts";
import { parseWindow, type Window, windowText } from "../../timeline/window.ts";
import { type Side, sideText } from "./evaluate.ts";
import { fileName, KERNEL_HEADER, kernelRows } from "./kernel-csv.ts";
import { Limiter } from "./limiter.tsx";
import { Selection } from "./selection.tsx";

interface Props {
  readonly sides: readonly Side[];
  readonly picked: number | undefined;
  readonly onPick: (kernel: number | undefined) => void;
}

/** A drag or a held key changes the window often; the address follows when it rests. */
const REST_MS = 300;

export function TimelineSection({ sides, picked, onPick }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const controller = useRef<TimelineController | undefined>(undefined);
  const pick = useRef(onPick);
  pick.current = onPick;
  const hover = useSignal<Hit | undefined>(undefined);
  const selection = useSignal<Window | undefined>(parseWindow(route.peek().query.sel));
  const wanted = route.value.query.t;
  const written = useRef<string | undefined>(undefined);

  useEffect(() => {
    let rest = 0;
    const later = (patch: Record<string, string | undefined>) => {
      Object.assign(pending, patch);
      clearTimeout(rest);
      rest = window.setTimeout(() => {
        written.current = pending.t ?? written.current;
        setQuery(pending);
        pending = {};
      }, REST_MS);
    };
    let pending: Record<string, string | undefined> = {};
    const made = new TimelineController(box.current!, canvas.current!, {
      onPick: (kernel) => pick.current(kernel),
      onWindow: (shownWindow) => later({ t: windowText(shownWindow) }),
      onSelect: (next) => {
        selection.value = next;
        later({ sel: next === undefined ? undefined : windowText(next) });
      },
      onHover: (hit) => {
        hover.value = hit;
      },
    });
    controller.current = made;
    const stop = shown.subscribe(() => made.redraw());
    if (selection.peek() !== undefined) made.select(selection.peek());
    return () => {
      clearTimeout(rest);
      stop();
      made.destroy();
    };
  }, []);
  useEffect(() => {
    // The address that this wrote itself says nothing new.
    const window = wanted === written.current ? undefined : parseWindow(wanted);
    written.current = wanted;
    controller.current!.show(
      sides.map((s) => s.timeline),
      picked,
      window,
    );
  }, [...sides, sides.length, picked, wanted]);

  const name = fileName("timeline", sides);
  const svg = () => {
    const style = getComputedStyle(canvas.current!);
    const title = `Timeline: ${sides.map(sideText).join(" | ")}`;
    return sceneSvg(
      controller.current!.scene(),
      (colour) => style.getPropertyValue(colour).trim(),
      title,
    );
  };
  return (
    <PlotFrame
      title="Timeline"
      exports={{
        name,
        png: () => canvasPng(canvas.current!),
        svg,
        csv: () => csvOf(KERNEL_HEADER, kernelRows(sides)),
      }}
      controls={<Controls controller={controller} sides={sides} />}
    >
      <div
        ref={box}
        class="timeline"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes keys, as an application
        tabIndex={0}
        role="application"
        aria-label={`Timeline: ${sides.map((s) => `${s.kernels.length} kernels in ${formatUs(s.prediction.latencyMs * 1e3)}`).join(" and ")}`}
        aria-describedby="timeline-keys"
      >
        <canvas ref={canvas} />
      </div>
      <p class="hint" id="timeline-keys">
        <kbd>W</kbd> <kbd>S</kbd> zoom, <kbd>A</kbd> <kbd>D</kbd> move, drag selects,{" "}
        <kbd>Shift</kbd>
        +drag moves, wheel zooms once it is clicked (or with <kbd>Ctrl</kbd>), <kbd>F</kbd> to what
        is picked, <kbd>Home</kbd> all, <kbd>←</kbd> <kbd>→</kbd> next kernel, <kbd>↑</kbd>{" "}
        <kbd>↓</kbd> SMs.
      </p>
      <p class="reading" role="status">
        <Reading sides={sides} hit={hover.value} picked={picked} />
      </p>
      {selection.value !== undefined && (
        <Selection
          sums={sides.map((s) =>
            aggregate(s.timeline, selection.value!.fromUs, selection.value!.toUs),
          )}
          onClear={() => controller.current!.select(undefined)}
          onZoom={() => controller.current!.focus()}
        />
      )}
    </PlotFrame>
  );
}

function Controls({
  controller,
  sides,
}: {
  readonly controller: { readonly current?: TimelineController | undefined };
  readonly sides: readonly Side[];
}) {
  const act = (what: (c: TimelineController) => void) => () => what(controller.current!);
  return (
    <span class="buttons">
      <button type="button" onClick={act((c) => c.zoom(0.5))} aria-label="Zoom in">
        +
      </button>
      <button type="button" onClick={act((c) => c.zoom(2))} aria-label="Zoom out">
        −
      </button>
      <button type="button" onClick={act((c) => c.all())}>
        All
      </button>
      <span class="muted">SM rows</span>
      <button
        type="button"
        onClick={act((c) => c.magnifySms(2))}
        aria-label="Fewer SMs, higher rows"
      >
        +
      </button>
      <button
        type="button"
        onClick={act((c) => c.magnifySms(0.5))}
        aria-label="More SMs, lower rows"
      >
        −
      </button>
      {sides.map((side, i) => (
        <button key={side.title} type="button" onClick={() => saveTrace(side, sides)}>
          Perfetto trace{sides.length > 1 ? ` ${"AB"[i]}` : ""}
        </button>
      ))}
    </span>
  );
}

function saveTrace(side: Side, sides: readonly Side[]): void {
  const { prediction, device, kernels } = side;
  const name = fileName("trace", sides.length > 1 ? [side] : sides);
  const parts = [...traceText(prediction, device, kernels)];
  save(`${name}.json`, "application/json", new Blob(parts, { type: "application/json" }));
}

function Reading({
  sides,
  hit,
  picked,
}: {
  readonly sides: readonly Side[];
  readonly hit: Hit | undefined;
  readonly picked: number | undefined;
}) {
  const at = hit?.kernel ?? (hit === undefined ? picked : undefined);
  const side = sides[hit?.side ?? 0]!;
  const scheduled = at === undefined ? undefined : side.kernels[at];
  if (at === undefined || scheduled === undefined)
    return (
      <span class="muted">
        Colour: what limits a kernel. Solid height: how many of the slots on the SMs are filled;
        hatched: SMs that wait for the last wave.
      </span>
    );
  const { kernel, startUs } = scheduled;
  const share = hit?.sm === undefined ? undefined : smShare(side.timeline, at, hit.sm);
  return (
    <>
      <strong>
        {at + 1} of {side.kernels.length}: {kernel.name}
      </strong>{" "}
      <Limiter kernel={kernel} /> {formatUs(kernel.timeUs)} from {formatUs(startUs)};{" "}
      {formatNumber(kernel.blocks)} blocks, {formatNumber(kernel.waves)}{" "}
      {kernel.waves === 1 ? "wave" : "waves"}, last one {formatPercent(kernel.tailFill)} full;{" "}
      {nodeText(kernel.nodes)}
      {share !== undefined && (
        <>
          {" "}
          · SM {hit!.sm}: {share.blocks} {share.blocks === 1 ? "block" : "blocks"} in {share.waves}{" "}
          {share.waves === 1 ? "wave" : "waves"}, idle for {formatUs(share.idleUs)}
        </>
      )}
    </>
  );
}
