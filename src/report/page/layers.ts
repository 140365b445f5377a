/** Where the picked design's time goes: percent of peak, limiter, advice, then its kernels. */
import type { Prediction } from "../../gpu/types.ts";
import { advise } from "../advice.ts";
import type { Timing } from "../data.ts";
import { rivals } from "../dominance.ts";
import { LIMITER_MEANING, limiterTotals, speedOfLight } from "../kernels.ts";
import { timingText } from "../network.ts";
import { formatFixed, formatNumber, formatPercent, formatUs } from "../number.ts";
import { byId, type Child, h, replace } from "./dom.ts";
import { kernelTable, revealKernel } from "./kernel-table.ts";
import type { Model } from "./model.ts";
import { createPredictions, disagrees } from "./predictions.ts";
import type { Store } from "./store.ts";
import { timeline } from "./timeline.ts";

export function createLayers(model: Model, store: Store): void {
  const predictions = createPredictions(model);
  if (!predictions) return;
  byId("layers-section").hidden = false;
  let timing = predictions.timings[0]!;
  const where = byId("layers");

  const show = () => {
    const row = store.state.picked;
    if (row === undefined) {
      replace(where, h("p", { class: "empty" }, "Pick a design to see its layers."));
      return;
    }
    const found = predictions.of(row, timing);
    if (!found.ok) {
      replace(where, chooser(), h("p", { class: "warning" }, `No layers: ${found.reason}`));
      return;
    }
    const { prediction } = found;
    replace(
      where,
      chooser(),
      disagrees(found, timing)
        ? h(
            "p",
            { class: "warning", role: "alert" },
            `This page predicts ${formatNumber(prediction[timing.field], 6)} ms, the study stored ${formatNumber(found.stored, 6)} ms: it ran with another version of Tidemark or of the device's data.`,
          )
        : undefined,
      meters(prediction, timing),
      timeline(prediction, (index) => revealKernel(prediction, index)),
      h(
        "div",
        { class: "limits-and-advice" },
        limiters(prediction, rivalOf(row)),
        advice(prediction, timing),
      ),
      kernelTable(prediction),
      gaps(prediction),
    );
  };
  const chooser = (): Child =>
    predictions.timings.length < 2
      ? undefined
      : h(
          "p",
          { class: "controls" },
          h("label", { for: "timing" }, "Timed as "),
          (() => {
            const select = h(
              "select",
              {
                id: "timing",
                onchange: () => {
                  timing = predictions.timings[select.selectedIndex]!;
                  show();
                  byId("timing").focus();
                },
              },
              predictions.timings.map((t) =>
                h("option", { selected: t === timing }, `${t.value}: ${timingText(t)}`),
              ),
            );
            return select;
          })(),
        );
  /** The front's design that beats this one in the shown time. */
  const rivalOf = (row: number): { row: number; prediction: Prediction } | undefined => {
    if (model.trials.onFront[row] === 1 || model.trials.states[row] !== "complete")
      return undefined;
    const { objectives } = model.trials;
    const at = objectives.findIndex((o) => o.name === timing.value);
    const all = rivals(
      objectives,
      objectives.map((o) => o.data),
      model.front,
      row,
    );
    const best = all.find((r) => r.bestIn.includes(at)) ?? all[0];
    if (!best) return undefined;
    const found = predictions.of(best.trial, timing);
    return found.ok ? { row: best.trial, prediction: found.prediction } : undefined;
  };
  store.on(["picked"], show);
  show();
}

function meters(p: Prediction, timing: Timing): Child {
  const { device } = timing;
  const us = p.gpuMs * 1e3;
  const meter = (label: string, value: string, more: string, share?: number) =>
    h(
      "div",
      { class: "meter" },
      h("dt", {}, label),
      h(
        "dd",
        {},
        value,
        " ",
        h("small", {}, more),
        share === undefined ? undefined : shareBar(share),
      ),
    );
  const times = [
    meter(
      "Latency",
      formatUs(p.latencyMs * 1e3),
      `${p.batch > 1 ? `per batch of ${formatNumber(p.batch)}, ` : ""}${formatNumber(Math.round((p.batch * 1e3) / p.latencyMs))} inputs/s`,
    ),
    meter("GPU busy", formatUs(us), `${formatNumber(p.kernels.length)} kernels`),
    meter("Host", formatUs(p.hostMs * 1e3), "to issue them"),
  ];
  if (p.kernels.length === 0) return h("dl", { class: "meters" }, times);
  const sol = speedOfLight(p, device);
  return h(
    "dl",
    { class: "meters" },
    times,
    meter(
      "Compute, of peak",
      formatPercent(sol.compute),
      sol.peak === undefined
        ? `${formatFixed(sol.flops / us / 1e6, 1)} TFLOP/s; each kernel against the units it runs on`
        : `${formatFixed(sol.flops / us / 1e6, 1)} of ${formatFixed(sol.peak / 1e6, 1)} TFLOP/s`,
      sol.compute,
    ),
    meter(
      "DRAM, of peak",
      formatPercent(sol.memory),
      `${formatFixed(sol.dramBytes / us / 1e3, 0)} of ${formatFixed(device.dramBytesPerUs / 1e3, 0)} GB/s`,
      sol.memory,
    ),
    meter("SM slots filled", formatPercent(sol.smUtilization), "mean over time", sol.smUtilization),
  );
}

function shareBar(share: number): HTMLElement {
  const fill = h("i");
  fill.style.width = `${Math.min(100, 100 * share)}%`;
  return h("div", { class: "bar" }, fill);
}

function limiters(
  p: Prediction,
  rival: { row: number; prediction: Prediction } | undefined,
): Child {
  const totals = limiterTotals(p.kernels);
  const others = rival && limiterTotals(rival.prediction.kernels);
  const rows = totals.flatMap((t, i) => {
    const other = others?.[i];
    if (t.kernels === 0 && (other?.kernels ?? 0) === 0) return [];
    const bar = h("i", { class: `l-${t.limiter}` });
    bar.style.width = `${100 * t.share}%`;
    return [
      h(
        "tr",
        {},
        h(
          "th",
          { scope: "row" },
          h("i", { class: `swatch l-${t.limiter}` }),
          t.limiter,
          h("div", { class: "nodes" }, LIMITER_MEANING[t.limiter]),
        ),
        h("td", { class: "number" }, formatUs(t.timeUs)),
        h("td", { class: "share" }, formatPercent(t.share), h("div", { class: "bar" }, bar)),
        h("td", { class: "number" }, t.kernels),
        other === undefined ? undefined : h("td", { class: "number" }, formatUs(other.timeUs)),
      ),
    ];
  });
  return h(
    "div",
    { class: "scroll" },
    h(
      "table",
      { class: "limits" },
      h("caption", { class: "visually-hidden" }, "GPU time by limiter"),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "Limiter"),
          h("th", { scope: "col", class: "number" }, "Time"),
          h("th", { scope: "col" }, "Share"),
          h("th", { scope: "col", class: "number" }, "Kernels"),
          rival === undefined
            ? undefined
            : h("th", { scope: "col", class: "number" }, `Trial ${rival.row}, which beats it`),
        ),
      ),
      h("tbody", {}, rows),
    ),
  );
}

function advice(p: Prediction, timing: Timing): Child {
  const list = advise(p, timing.device);
  if (list.length === 0) return undefined;
  return h(
    "div",
    {},
    h("h3", {}, "What limits it, and what would help"),
    h(
      "ul",
      { class: "advice" },
      list.map((a) =>
        h(
          "li",
          {},
          h("b", {}, a.finding),
          " ",
          h("span", { class: "remedy" }, withFlags(a.remedy)),
          a.savesUs === null ? undefined : ` Saves at most ${formatUs(a.savesUs)}.`,
        ),
      ),
    ),
  );
}

/** Options of the command line, which must not break at their hyphens. */
function withFlags(text: string): Child {
  return text
    .split(/(--[a-z-]+ [a-z0-9-]+)/)
    .map((part, i) => (i % 2 === 1 ? h("code", { class: "flag" }, part) : part));
}

function gaps(p: Prediction): Child {
  return h(
    "ul",
    { class: "notes" },
    p.gaps.map((g) => h("li", {}, `Not in these numbers: ${g.op} (${g.count}): ${g.reason}`)),
    p.notes.map((note) => h("li", {}, note)),
  );
}
