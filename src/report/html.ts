/**
 * The report as one HTML file. It opens from a file, asks nothing of any network (its own policy
 * forbids it), and shows the answer even where scripts do not run.
 */
import { createHash } from "node:crypto";
import type { ReportData } from "./data.ts";
import { decodeTrials, nameOf, type Trials } from "./decode.ts";
import { sign } from "./dominance.ts";
import { cellOf } from "./encode.ts";
import { escapeXml, trialsSvg, unitText } from "./front-svg.ts";
import { formatJson } from "./json.ts";
import { columnFormat, formatDuration, formatNumber } from "./number.ts";
import { STYLE } from "./style.ts";
import { ties } from "./ties.ts";

/** Rows of the table that stands in where no script runs. */
const STATIC_ROWS = 100;

/** @param script the page's bundle, `pageScript()` */
export function htmlReport(data: ReportData, script: string): string {
  const trials = decodeTrials(data);
  const code = inlineScript(script);
  const title = escapeXml(data.study.name);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${hash(code)}; style-src ${hash(STYLE)}; img-src data: blob:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="Tidemark ${escapeXml(data.version)}">
<link rel="icon" href="data:,">
<title>${title} – Tidemark</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#front">Skip to the front</a>
<div class="page">
<header>
<div class="brand"><span><b>Tidemark</b> ${escapeXml(data.version)} report</span><button type="button" id="theme" class="needs-script">Dark</button></div>
<h1>${title}</h1>
<p class="lead">${lead(data, trials)}</p>
${facts(data)}
</header>
<main>
<div class="split">
<section aria-labelledby="plot-title">
<h2 id="plot-title">Designs and their Pareto front</h2>
<div class="needs-script">
<div class="controls" id="plot-controls"></div>
<div id="plot-stage" tabindex="0" role="application" aria-label="Pareto plot. The table of the front holds the same designs." aria-describedby="plot-keys"></div>
${legend(trials)}
<p class="hint" id="plot-keys">Wheel or pinch zooms, drag moves, shift-drag zooms to a box, click picks.<span class="kbd-hint"> Keys, anywhere on the page: <kbd>+</kbd> <kbd>-</kbd> zoom, <kbd>0</kbd> all, <kbd>F</kbd> front, <kbd>N</kbd> <kbd>P</kbd> next and previous on the front; arrows move while the plot has the focus.</span></p>
</div>
<div class="static">${trials.measured.length > 0 ? staticPlot(trials, data) : ""}</div>
</section>
<section aria-labelledby="front">
<h2 id="front" tabindex="-1">Front</h2>
<div id="front-table">${staticFront(data, trials)}</div>
<div class="tools needs-script"><button type="button" id="save-front">Save front as CSV</button><button type="button" id="save-trials">Save all trials as CSV</button></div>
</section>
</div>
<section class="needs-script" aria-labelledby="design-title">
<h2 id="design-title">Picked design</h2>
<div id="design"></div>
<p id="announce" class="visually-hidden" role="status" aria-live="polite"></p>
</section>
<section class="needs-script" id="layers-section" aria-labelledby="layers-title" hidden>
<h2 id="layers-title">Where its time goes</h2>
<div id="layers"></div>
</section>
<section class="needs-script" id="why-section" aria-labelledby="why-title" hidden>
<h2 id="why-title">What the front's designs have in common</h2>
<div id="why"></div>
</section>
<section aria-labelledby="rests-title">
<h2 id="rests-title">What the numbers rest on</h2>
<ul class="notes">${data.notes.map((note) => `<li>${escapeXml(note)}</li>`).join("")}</ul>
${hypervolume(data)}
<details><summary>The study as it was run</summary><pre>${escapeXml(formatJson(data.study.spec))}</pre></details>
</section>
</main>
<noscript><p>Scripts do not run here; zooming, picking and layers need them.</p></noscript>
</div>
<script type="application/json" id="data">${inlineJson(data)}</script>
<script>${code}</script>
</body>
</html>
`;
}

/** What the study found, in a sentence. */
function lead(data: ReportData, trials: Trials): string {
  const complete = trials.states.filter((s) => s === "complete").length;
  const of = data.spaceSize === null ? "" : ` of ${formatNumber(data.spaceSize)} in the space`;
  const goals = listed(
    data.objectives.map(
      (o) => `${o.goal === "maximize" ? "high" : "low"} <strong>${escapeXml(o.name)}</strong>`,
    ),
  );
  const n = data.front.length;
  const same = ties(trials.objectives, data.front).size;
  const distinct =
    same === 0
      ? ""
      : ` (${formatNumber(n - same)} distinct, ${formatNumber(same)} ${same === 1 ? "tie" : "ties"})`;
  return `<strong>${formatNumber(n)}</strong> of ${formatNumber(complete)} designs${distinct} ${n === 1 ? "is" : "are"} worth having for ${goals}<span class="explained">: for each of the others, one of these is at least as good in every objective and better in one</span>. ${formatNumber(data.trials.count)} designs were evaluated${of}.`;
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

function facts(data: ReportData): string {
  const entries = [
    ...data.asked.map(({ label, text }) => [label, text]),
    ["state", data.study.state],
    ["run", `${data.study.createdAt.slice(0, 16).replace("T", " ")} UTC`],
    ...(data.study.durationMs === null ? [] : [["took", formatDuration(data.study.durationMs)]]),
  ];
  return `<details class="asked" id="asked" open><summary>What was asked</summary><dl class="facts">${entries
    .map(([k, v]) => `<div><dt>${escapeXml(k!)}</dt><dd>${escapeXml(v!)}</dd></div>`)
    .join("")}</dl></details>`;
}

function legend(trials: Trials): string {
  const tally = (test: (i: number) => boolean) => {
    let n = 0;
    for (let i = 0; i < trials.count; i++) if (test(i)) n++;
    return n;
  };
  const on = tally((i) => trials.onFront[i] === 1);
  const entry = (kind: string, n: number, text: string) =>
    n === 0 ? "" : `<span><i class="mark-${kind}"></i>${formatNumber(n)} ${text}</span>`;
  return `<p class="legend">${entry("front", on, "on the front")}${entry(
    "dominated",
    tally((i) => trials.states[i] === "complete" && trials.onFront[i] === 0),
    "dominated",
  )}${entry(
    "infeasible",
    tally((i) => trials.states[i] === "infeasible"),
    "break a constraint",
  )}${entry(
    "none",
    tally((i) => trials.states[i] === "pruned"),
    "pruned before all was known (not shown)",
  )}${entry(
    "none",
    tally((i) => trials.states[i] === "failed"),
    "failed (not shown)",
  )}</p>`;
}

function staticPlot(trials: Trials, data: ReportData): string {
  // The policy allows one style sheet; as an image the figure keeps its own.
  const svg = trialsSvg(trials, { title: data.study.name });
  return `<img alt="${escapeXml(data.study.name)}: designs and their Pareto front" src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}">`;
}

function staticFront(data: ReportData, trials: Trials): string {
  const lead = trials.objectives.find((o) => o.goal === "minimize") ?? trials.objectives[0];
  const rows = [...data.front];
  if (lead) rows.sort((a, b) => sign(lead) * (lead.data[b]! - lead.data[a]!));
  const formats = trials.objectives.map((o) => columnFormat(rows.map((i) => o.data[i]!)));
  const tied = ties(trials.objectives, data.front);
  const named = trials.names.length > 0;
  const head = trials.objectives.map(
    (o) =>
      `<th scope="col">${escapeXml(o.name)}${o.unit ? ` (${escapeXml(unitText(o))})` : ""}</th>`,
  );
  const body = rows.slice(0, STATIC_ROWS).map((i) => {
    const numbers = trials.objectives.map((o, m) => `<td>${formats[m]!(o.data[i]!)}</td>`);
    const design = trials.parameters.flatMap((c) => cellOf(c, i) ?? []).join(" ");
    const name = named ? `<td>${escapeXml(nameOf(trials, i) ?? "")}</td>` : "";
    const mark = tied.has(i) ? "= " : "";
    return `<tr><td>${mark}${i}</td>${name}${numbers.join("")}<td>${escapeXml(design)}</td></tr>`;
  });
  const rest = rows.length > STATIC_ROWS ? `<p>and ${rows.length - STATIC_ROWS} more.</p>` : "";
  return `<table class="static"><thead><tr><th scope="col">Trial</th>${named ? `<th scope="col">Name</th>` : ""}${head.join("")}<th scope="col">Design</th></tr></thead><tbody>${body.join("")}</tbody></table>${rest}`;
}

function hypervolume(data: ReportData): string {
  if (!data.hypervolume) return "";
  const reference = data.objectives
    .map((o, m) => `${o.name} ${formatNumber(data.hypervolume!.reference[m]!)} ${o.unit}`.trim())
    .join(", ");
  return `<p>Hypervolume of the front ${formatNumber(data.hypervolume.value, 8)}, to the reference ${escapeXml(reference)}.</p>`;
}

/** JSON that cannot end its element, nor open a comment. */
function inlineJson(data: ReportData): string {
  return JSON.stringify(data)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

/** In strings and regular expressions, where the bundle may hold these, the escape means the same. */
function inlineScript(script: string): string {
  return script.replaceAll(/<(?=\/script|!--|script)/gi, "\\x3c");
}

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
