/** The Pareto plot: what it shows, its controls, and how it answers pointer and keyboard. */
import { type AxisKind, extent, marginLeft } from "../axis.ts";
import { planarFront, rivals } from "../dominance.ts";
import { frontRange, outsideText, wholeFrontRange } from "../focus.ts";
import { trialsSvg } from "../front-svg.ts";
import { DARK, LIGHT } from "../palette.ts";
import { Cloud } from "./cloud.ts";
import { byId, download, fileName, h, replace } from "./dom.ts";
import { attachInput } from "./input.ts";
import { type Model, numberedTitle, valueText } from "./model.ts";
import { paintMarks, paintScene, type Scene } from "./paint.ts";
import { buildControls } from "./plot-controls.ts";
import type { Store } from "./store.ts";
import { isDark, onThemeChange } from "./theme.ts";
import { limited, type Projection, pixelX, pixelY, sameView, type View, zoomed } from "./view.ts";

const MARGIN = { top: 14, right: 16, bottom: 46 };
/** How far from a design a click still picks it, CSS pixels. */
const REACH = 28;

export interface Plot {
  /** Where a trial stands, in CSS pixels of the plot; for tests and tooltips. */
  locate(row: number): [number, number];
}

export function createPlot(model: Model, store: Store): Plot {
  const { trials } = model;
  const stage = byId("plot-stage");
  const base = h("canvas", { "aria-hidden": "true" });
  const marks = h("canvas", { "aria-hidden": "true" });
  const tip = h("div", { class: "tip", hidden: true });
  const outside = h("button", { type: "button", class: "outside", hidden: true });
  stage.replaceChildren(base, marks, tip);
  stage.after(outside);
  const cloud = new Cloud();

  const rowsIn = (state: string, front: 0 | 1) => {
    const rows: number[] = [];
    for (let i = 0; i < trials.count; i++)
      if (trials.states[i] === state && trials.onFront[i] === front) rows.push(i);
    return Int32Array.from(rows);
  };
  const dominated = rowsIn("complete", 0);
  const infeasible = rowsIn("infeasible", 0);

  let width = 0;
  let height = 0;
  let all: View = { x: [0, 1], y: [0, 1] };
  let view: View = all;
  let corners: readonly number[] = [];
  let marquee: readonly [number, number, number, number] | undefined;

  const projection = (): Projection => ({
    view,
    box: {
      left: marginLeft(store.state.yAxis, view.y, height),
      top: MARGIN.top,
      right: width - MARGIN.right,
      bottom: height - MARGIN.bottom,
    },
    xAxis: store.state.xAxis,
    yAxis: store.state.yAxis,
  });
  const scene = (): Scene => ({
    projection: projection(),
    x: model.measured(store.state.x),
    y: model.measured(store.state.y),
    palette: isDark() ? DARK : LIGHT,
    font: getComputedStyle(stage).fontFamily,
    dominated,
    infeasible,
    front: model.front,
    corners,
    scale: window.devicePixelRatio || 1,
    width,
    height,
  });

  let stale: "nothing" | "marks" | "all" = "nothing";
  const request = (what: "marks" | "all") => {
    if (stale === "nothing") requestAnimationFrame(draw);
    if (stale !== "all") stale = what;
  };
  const draw = () => {
    const now = scene();
    if (width > 0 && stale === "all") {
      paintScene(base, now, cloud);
      showOutside(now);
    }
    stale = "nothing";
    if (width === 0) return;
    const { picked, hovered } = store.state;
    const linked =
      picked === undefined || trials.onFront[picked] === 1
        ? []
        : rivals(
            trials.objectives,
            trials.objectives.map((o) => o.data),
            model.front,
            picked,
          ).map((r) => r.trial);
    paintMarks(marks, now, picked, hovered, linked, marquee);
    showTip();
  };

  /** How much of the front the view leaves out, and the way to it. */
  const showOutside = ({ projection: { box, ...p }, x, y }: Scene) => {
    const count = model.front.filter((row) => {
      const [u, v] = [pixelX({ box, ...p }, x.data[row]!), pixelY({ box, ...p }, y.data[row]!)];
      return u < box.left - 1 || u > box.right + 1 || v < box.top - 1 || v > box.bottom + 1;
    }).length;
    outside.hidden = count === 0;
    replace(outside, `${outsideText(count)}: show the whole front`);
  };
  const rangeOf = (rows: Iterable<number>, margin: number): View => {
    const list = [...rows];
    const { x, y, xAxis, yAxis } = store.state;
    const range = (name: string, kind: AxisKind) =>
      extent(
        kind,
        list.map((i) => model.measured(name).data[i]!),
        margin,
      );
    return { x: range(x, xAxis), y: range(y, yAxis) };
  };
  const setView = (next: View): boolean => {
    const before = view;
    view = limited(next, all);
    if (sameView(before, view)) return false;
    request("all");
    return true;
  };
  const reset = () => {
    const { x, y } = store.state;
    const [gx, gy] = [model.measured(x).goal, model.measured(y).goal];
    const complete = [...dominated, ...model.front];
    corners =
      gx === undefined || gy === undefined
        ? []
        : planarFront(
            [{ goal: gx }, { goal: gy }],
            model.measured(x).data,
            model.measured(y).data,
            complete,
          );
    all = rangeOf([...complete, ...infeasible], 0.04);
    view = all;
    request("all");
  };
  const zoomToFront = () => setView(frontView(model, store, all, wholeFrontRange));
  outside.addEventListener("click", zoomToFront);

  const nearest = (px: number, py: number): number | undefined => {
    const p = projection();
    const { data: xs } = model.measured(store.state.x);
    const { data: ys } = model.measured(store.state.y);
    let best: number | undefined;
    let least = REACH;
    const consider = (rows: Iterable<number>, weight: number) => {
      for (const row of rows) {
        const d = weight * Math.hypot(pixelX(p, xs[row]!) - px, pixelY(p, ys[row]!) - py);
        if (d < least) {
          least = d;
          best = row;
        }
      }
    };
    // The front is what people aim at.
    consider(model.front, 0.6);
    consider(dominated, 1);
    consider(infeasible, 1.2);
    return best;
  };
  const step = (by: number) => {
    const { front } = model;
    if (front.length === 0) return;
    const at = store.state.picked === undefined ? -1 : front.indexOf(store.state.picked);
    const next = at < 0 ? 0 : Math.min(front.length - 1, Math.max(0, at + by));
    store.set({ picked: front[next] });
  };
  const centre = (): [number, number] => {
    const { box } = projection();
    return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
  };

  attachInput(stage, {
    projection,
    setView,
    nearest,
    hover: (row) => store.set({ hovered: row }),
    pick: (row) => store.set({ picked: row }),
    step,
    reset: () => setView(all),
    front: zoomToFront,
    zoom: (factor) => setView(zoomed(projection(), factor, ...centre())),
    marquee: (rectangle) => {
      marquee = rectangle;
      request("marks");
    },
  });

  const showTip = () => {
    const row = store.state.hovered;
    if (row === undefined) {
      tip.hidden = true;
      return;
    }
    const standing =
      trials.states[row] !== "complete"
        ? trials.states[row]
        : trials.onFront[row] === 1
          ? "on the front"
          : "dominated";
    replace(
      tip,
      h("strong", {}, numberedTitle(model, row)),
      ` ${standing}`,
      trials.measured
        .filter((m) => m.goal !== undefined || m.name === store.state.x || m.name === store.state.y)
        .map((m) => h("div", {}, h("span", {}, m.name), " ", valueText(model, m, row))),
    );
    tip.hidden = false;
    const [px, py] = locate(row);
    const left = px + 14 + tip.offsetWidth > width ? px - 14 - tip.offsetWidth : px + 14;
    tip.style.left = `${Math.max(0, left)}px`;
    tip.style.top = `${Math.min(Math.max(0, py - tip.offsetHeight / 2), height - tip.offsetHeight)}px`;
  };
  const locate = (row: number): [number, number] => {
    const p = projection();
    return [
      pixelX(p, model.measured(store.state.x).data[row]!),
      pixelY(p, model.measured(store.state.y).data[row]!),
    ];
  };

  const exportSvg = () => {
    const [x0, x1, y0, y1] = viewValues(projection());
    return trialsSvg(trials, {
      width: Math.round(width),
      height: Math.round(height),
      x: store.state.x,
      y: store.state.y,
      xAxis: store.state.xAxis,
      yAxis: store.state.yAxis,
      xRange: [x0, x1],
      yRange: [y0, y1],
      title: model.data.study.name,
      ...(store.state.picked === undefined ? {} : { picked: store.state.picked }),
    });
  };
  const exportPng = () => {
    const sheet = new OffscreenCanvas(base.width, base.height);
    const context = sheet.getContext("2d")!;
    context.drawImage(base, 0, 0);
    context.drawImage(marks, 0, 0);
    void sheet
      .convertToBlob({ type: "image/png" })
      .then((blob) => download(fileName(model.data.study.name, "png"), blob));
  };
  buildControls(model, store, {
    zoomIn: () => setView(zoomed(projection(), 1.5, ...centre())),
    zoomOut: () => setView(zoomed(projection(), 1 / 1.5, ...centre())),
    all: () => setView(all),
    front: zoomToFront,
    svg: () =>
      download(
        fileName(model.data.study.name, "svg"),
        new Blob([exportSvg()], { type: "image/svg+xml" }),
      ),
    png: exportPng,
  });

  store.on(["x", "y", "xAxis", "yAxis"], reset);
  store.on(["picked", "hovered"], () => request("marks"));
  onThemeChange(() => request("all"));
  new ResizeObserver(() => {
    width = stage.clientWidth;
    height = stage.clientHeight;
    request("all");
  }).observe(stage);
  reset();
  view = frontView(model, store, all, frontRange);
  return { locate };
}

function viewValues(p: Projection): [number, number, number, number] {
  const from = (kind: AxisKind, u: number) => (kind === "log" ? 10 ** u : u);
  return [
    from(p.xAxis, p.view.x[0]),
    from(p.xAxis, p.view.x[1]),
    from(p.yAxis, p.view.y[0]),
    from(p.yAxis, p.view.y[1]),
  ];
}

function frontView(model: Model, store: Store, all: View, range: typeof frontRange): View {
  const { x, y, xAxis, yAxis } = store.state;
  return limited(
    {
      x: range(xAxis, model.measured(x), model.front),
      y: range(yAxis, model.measured(y), model.front),
    },
    all,
  );
}
