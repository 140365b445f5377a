/** The staircase of a layer: drag its width, and waves, utilisation and latency follow. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { WidthModel } from "../../../../../src/gpu/widths/model.ts";
import type { ApiError } from "../../../../../src/server/api/types.ts";
import { ErrorBox } from "../../../components/error-box.tsx";
import { PlotFrame } from "../../../components/plot-frame.tsx";
import { csvOf } from "../../../export/csv.ts";
import { svgPng, svgText } from "../../../export/images.ts";
import { route, setQuery } from "../../../router.ts";
import { errorOf } from "../../../state/live.ts";
import type { Side } from "../evaluate.ts";
import { fileName } from "../kernel-csv.ts";
import { useWidth } from "../use-width.ts";
import { type LayerCurve, layerChoices, layerCurve, nearest } from "./curve.ts";
import { Plot, QUANTITIES, type Quantity } from "./plot.tsx";
import { Readout } from "./readout.tsx";

/** The address follows when a drag rests. */
const REST_MS = 300;

export function StaircaseSection({ side }: { readonly side: Side }) {
  const { query } = route.value;
  const model = useMemo(() => modelOf(side), [side]);
  const choices = useMemo(() => (model instanceof WidthModel ? layerChoices(model) : []), [model]);
  const wanted = choices.find((c) => c.layer === query.layer) ?? longest(model, choices);
  const curve = useMemo(
    () =>
      model instanceof WidthModel && wanted !== undefined ? layerCurve(model, wanted) : undefined,
    [model, wanted?.layer],
  );
  const quantity = QUANTITIES.find((q) => q === query.latency) ?? "layer";
  if (!(model instanceof WidthModel))
    return (
      <section class="panel" aria-label="Staircase of a layer">
        <h2>Staircase of a layer</h2>
        <ErrorBox error={model} />
      </section>
    );
  if (curve === undefined)
    return (
      <section class="panel" aria-label="Staircase of a layer">
        <h2>Staircase of a layer</h2>
        <p class="muted">No layer's channels can change in this network.</p>
      </section>
    );
  return (
    <Shown
      key={`${curve.choice.layer} ${side.title}`}
      {...{ side, curve, quantity }}
      controls={
        <>
          <label>
            Layer{" "}
            <select
              value={curve.choice.layer}
              onChange={({ currentTarget }) =>
                setQuery({ layer: currentTarget.value, width: undefined })
              }
            >
              {choices.map(({ layer, channels }) => (
                <option key={layer} value={layer}>
                  {layer} ({channels})
                </option>
              ))}
            </select>
          </label>
          <label>
            Latency of{" "}
            <select
              value={quantity}
              onChange={({ currentTarget }) => setQuery({ latency: currentTarget.value })}
            >
              <option value="layer">this layer</option>
              <option value="touched">all that its channels touch</option>
              <option value="network">the network</option>
            </select>
          </label>
        </>
      }
    />
  );
}

function Shown({
  side,
  curve,
  quantity,
  controls,
}: {
  readonly side: Side;
  readonly curve: LayerCurve;
  readonly quantity: Quantity;
  readonly controls: preact.ComponentChildren;
}) {
  const box = useRef<HTMLDivElement>(null);
  const svg = useRef<SVGSVGElement>(null);
  const width = useWidth(box);
  const wanted = Number(route.peek().query.width);
  const position = useSignal(wanted > 0 ? nearest(curve.points, wanted) : curve.own);
  const rest = useRef(0);
  useEffect(() => () => clearTimeout(rest.current), []);
  // Another device or batch has the same layer with another curve.
  if (position.peek() >= curve.points.length) position.value = curve.own;
  const move = (next: number) => {
    position.value = next;
    clearTimeout(rest.current);
    rest.current = window.setTimeout(
      () => setQuery({ layer: curve.choice.layer, width: String(curve.points[next]!.channels) }),
      REST_MS,
    );
  };
  return (
    <PlotFrame
      title="Staircase of a layer"
      controls={controls}
      exports={{
        name: `${fileName("staircase", [side])}-${curve.choice.layer.replace(/[^\w.-]+/g, "_")}`,
        png: () => svgPng(svg.current!),
        svg: () => svgText(svg.current!),
        csv: () =>
          csvOf(
            HEADER,
            curve.points.map((p) => HEADER.map((name) => p[name])),
          ),
      }}
    >
      <div class="columns wide-left">
        <div ref={box} class="plot-box staircase">
          {width > 0 && <Plot {...{ svgRef: svg, width, curve, quantity, position, move }} />}
        </div>
        <Readout {...{ side, curve, position, move }} />
      </div>
    </PlotFrame>
  );
}

const HEADER = [
  ...([
    "channels",
    "layerUs",
    "touchedUs",
    "networkUs",
    "kernel",
    "blocks",
    "blocksPerSm",
  ] as const),
  ...(["waves", "tailFill", "smUtilization", "limiter"] as const),
];

function modelOf({ graph, device, settings }: Side): WidthModel | ApiError {
  const { batch, precision, host } = settings;
  try {
    return new WidthModel(graph, { device, batch, precision, host });
  } catch (error) {
    return errorOf(error);
  }
}

/** The layer that takes most time: where a width is worth most. */
function longest(model: WidthModel | ApiError, choices: ReturnType<typeof layerChoices>) {
  if (!(model instanceof WidthModel)) return undefined;
  const us = (index: number) => model.gpuUs(index, model.widths);
  return choices.reduce<(typeof choices)[number] | undefined>(
    (a, b) => (a === undefined || us(b.index) > us(a.index) ? b : a),
    undefined,
  );
}
