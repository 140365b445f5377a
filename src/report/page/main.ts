/** The report's page: reads the data that the HTML carries and brings its parts to life. */

import { formatCsv } from "../csv.ts";
import type { ReportData } from "../data.ts";
import { decodeTrials, designOf } from "../decode.ts";
import { sign } from "../dominance.ts";
import { defaultAxes } from "../front-svg.ts";
import { createDesign } from "./design.ts";
import { byId, download, fileName, replace } from "./dom.ts";
import { createFrontTable } from "./front-table.ts";
import { createLayers } from "./layers.ts";
import { createModel, type Model, numberedTitle, valueText } from "./model.ts";
import { createPlot } from "./plot.ts";
import { createStore, type Store } from "./store.ts";
import { attachTheme } from "./theme.ts";
import { createWhy } from "./why.ts";

function start(): void {
  document.documentElement.classList.add("live");
  const data = JSON.parse(byId("data").textContent ?? "") as ReportData;
  attachTheme();
  // On a phone the plot comes first.
  if (matchMedia("(max-width: 560px)").matches) byId("asked").removeAttribute("open");
  const model = createModel(data, decodeTrials(data));
  const { trials } = model;
  attachExport(model);
  if (trials.measured.length === 0 || trials.count === 0) return;
  const axes = defaultAxes(trials);
  const store = createStore({
    picked: linkedTrial(trials.count),
    hovered: undefined,
    x: axes.x.name,
    y: axes.y.name,
    xAxis: "linear",
    yAxis: "linear",
  });
  createFrontTable(model, store);
  createPlot(model, store);
  createDesign(model, store);
  createLayers(model, store);
  createWhy(model);
  followPick(model, store);
  if (store.state.picked === undefined && model.front.length > 0)
    store.set({ picked: kneeOf(model) });
}

/** `#trial=42` in the address picks that design. */
function linkedTrial(count: number): number | undefined {
  const match = /^#trial=(\d+)$/.exec(location.hash);
  const trial = match ? Number(match[1]) : Number.NaN;
  return trial < count ? trial : undefined;
}

function followPick(model: Model, store: Store): void {
  store.on(["picked"], () => {
    const { picked } = store.state;
    if (picked === undefined) return;
    history.replaceState(null, "", `#trial=${picked}`);
    const numbers = model.trials.objectives.map((o) => `${o.name} ${valueText(model, o, picked)}`);
    replace(byId("announce"), `${numberedTitle(model, picked)} picked: ${numbers.join(", ")}.`);
  });
  window.addEventListener("hashchange", () => {
    const trial = linkedTrial(model.trials.count);
    if (trial !== undefined) store.set({ picked: trial });
  });
}

/**
 * The front's design that is nearest to the best of all objectives at once, each scaled to the
 * front. Without the fifth of each objective that is worst, or a design that does nothing, and
 * does it fast, would stretch the scale.
 */
function kneeOf(model: Model): number {
  const ranges = model.trials.objectives.map((o) => {
    const values = model.front.map((i) => o.data[i]!).sort((a, b) => sign(o) * (b - a));
    const kept = Math.max(1, Math.ceil(values.length * 0.8) - 1);
    return { o, best: values[0]!, worst: values[Math.min(kept, values.length - 1)]! };
  });
  const distance = (row: number) =>
    Math.hypot(
      ...ranges.map(({ o, best, worst }) =>
        best === worst ? 0 : (o.data[row]! - best) / (worst - best),
      ),
    );
  return model.front.reduce((a, b) => (distance(b) < distance(a) ? b : a));
}

function attachExport(model: Model): void {
  const { trials, data } = model;
  const columns = [
    { key: "trial", value: (row: number) => row },
    { key: "state", value: (row: number) => trials.states[row]! },
    { key: "front", value: (row: number) => trials.onFront[row] === 1 },
    ...trials.design.map((c) => ({
      key: c.name,
      value: (row: number) => designOf(trials, row)[c.name],
    })),
    ...trials.measured.map((m) => ({
      key: m.name,
      value: (row: number) => (Number.isNaN(m.data[row]!) ? undefined : m.data[row]!),
    })),
  ];
  const save = (rows: Iterable<number>, suffix: string) =>
    download(
      fileName(`${data.study.name}-${suffix}`, "csv"),
      new Blob([formatCsv(columns, rows)], { type: "text/csv" }),
    );
  byId("save-front").addEventListener("click", () => save(model.front, "front"));
  byId("save-trials").addEventListener("click", () =>
    save(
      Array.from({ length: trials.count }, (_, i) => i),
      "trials",
    ),
  );
}

start();
