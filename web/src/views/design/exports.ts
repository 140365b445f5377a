/** The graph as PNG and SVG, the nodes' costs as CSV. */
import { limiterText } from "../../../../src/report/kernels.ts";
import type { PlotExports } from "../../components/plot-frame.tsx";
import { csvOf } from "../../export/csv.ts";
import { canvasPng } from "../../export/images.ts";
import { paint } from "../../graph-view/paint.ts";
import { svgOf } from "../../graph-view/svg.ts";
import { COSTS } from "./costs.ts";
import { operatorOf, outputsOf, shapeText } from "./labels.ts";
import { bands, ink, look } from "./picture.ts";
import { costs, facts, type Shown, scene, shownNetwork } from "./state.ts";

/** What browsers can hold in one canvas. */
const MAX_SIDE = 16_000;
const MAX_PIXELS = 64e6;
const MARGIN = 16;

export const graphExports: PlotExports = {
  get name() {
    const title = shownNetwork.peek()?.network.title ?? "network";
    return `${title.replace(/\.onnx(\.gz)?$/i, "").replace(/[^\p{L}\p{N}._-]+/gu, "-")}-graph`;
  },
  async png() {
    const picture = pictureNow();
    const [width, height] = [picture.scene.width + 2 * MARGIN, picture.scene.height + 2 * MARGIN];
    const scale = Math.min(
      2,
      MAX_SIDE / Math.max(width, height),
      Math.sqrt(MAX_PIXELS / (width * height)),
    );
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const view = { width: canvas.width, height: canvas.height };
    const context = canvas.getContext("2d", { alpha: false })!;
    paint(context, picture, { x: -MARGIN, y: -MARGIN, scale }, view);
    return canvasPng(canvas);
  },
  svg() {
    const picture = pictureNow();
    return svgOf(picture.scene, picture.look, picture.ink);
  },
  csv: () => costTable(shownNetwork.peek()),
};

function pictureNow() {
  const drawn = scene.peek();
  const shown = look.peek();
  const near = bands.peek();
  if (drawn === undefined || shown === undefined || near === undefined)
    throw new Error("the network is not drawn yet");
  const marks = { picked: -1, hovered: -1, hits: new Set<number>(), links: [] };
  return { scene: drawn, bands: near, look: shown, ink: ink.peek(), marks };
}

function costTable(shown: Shown | undefined): string {
  const counted = facts.peek();
  const found = costs.peek();
  const header = [
    "node",
    "operator",
    "block",
    "output",
    ...COSTS.map(({ id, unit }) => (id === unit ? id : `${id}_${unit}`)),
    "other_flops",
    "bytes_read",
    "bytes_written",
    "kernels",
    "limiter",
    "fused_into",
    "not_counted",
    "in_no_total",
  ];
  if (shown === undefined) return csvOf(header, []);
  const { outline } = shown;
  const rows = outline.kinds.flatMap((kind, item) => {
    if (kind !== "node") return [];
    const group = outline.groups[outline.groupOf[item]!];
    const [first] = outputsOf(shown, item);
    const kernels = (found?.kernelsOf[item] ?? []).map((k) => found!.prediction.kernels[k]!);
    const reason = counted?.uncounted[item];
    const within = found?.within[item] ?? -1;
    // What is not known stays empty.
    const conditional = counted?.conditional[item];
    const known = (column: Float64Array | undefined) => (reason ? undefined : column?.[item]);
    return [
      [
        outline.names[item],
        operatorOf(shown, item),
        group?.path,
        first === undefined ? undefined : shapeText(counted?.types.get(first)?.shape),
        ...COSTS.map((each) =>
          each.predicted && conditional ? undefined : known(each.of(counted, found)),
        ),
        known(counted?.flops),
        known(counted?.bytesRead),
        known(counted?.bytesWritten),
        kernels.map(({ name }) => name).join(" "),
        [...new Set(kernels.map(limiterText))].join(" "),
        within < 0 ? undefined : outline.names[within],
        reason,
        conditional,
      ],
    ];
  });
  return csvOf(header, rows);
}
