/**
 * A dynamic network as one HTML file: it opens from a file, runs no script, and asks nothing of any
 * network (its own policy forbids both).
 */
import { createHash } from "node:crypto";
import type { GalleryPicture } from "../../dynamic/pictures/gallery.ts";
import { escapeXml } from "../front-svg.ts";
import { formatNumber, formatSi } from "../number.ts";
import { STYLE } from "../style.ts";
import { exitColour, rgb } from "./colours.ts";
import { type DynamicReport, exitCount, exitName, type RunResult } from "./data.ts";
import { histogramSvg } from "./histogram.ts";
import { lossText } from "./loss.ts";
import {
  classesTable,
  exitsTable,
  mark,
  percent,
  predictedTable,
  regionsTable,
  timesTable,
} from "./tables.ts";
import { tradeOffSvg } from "./trade-off.ts";

export function dynamicHtml(report: DynamicReport): string {
  const { run } = report;
  const style = `${STYLE}${own(exitCount(run))}`;
  const title = escapeXml(run.network);
  const section = (name: string, heading: string, body: string) =>
    `<section aria-labelledby="${name}"><h2 id="${name}">${heading}</h2>${body}</section>`;
  const times = [
    ...(run.times.length > 0 ? [timesTable(run)] : []),
    ...(run.predicted.length > 0 ? [predictedTable(run)] : []),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="Tidemark ${escapeXml(report.version)}">
<link rel="icon" href="data:,">
<title>${title} – Tidemark</title>
<style>${style}</style>
</head>
<body>
<div class="page">
<header>
<div class="brand"><span><b>Tidemark</b> ${escapeXml(report.version)} dynamic network</span></div>
<h1>${title}</h1>
<p class="lead">${lead(run)}</p>
${facts(run)}
</header>
<main>
<div class="charts">
${section(
  "trade-off",
  "Accuracy against cost",
  `${image(tradeOffSvg(report), "Accuracy against mean MACs: other thresholds, each exit alone, and the thresholds as calibrated")}<p class="hint">Line: thresholds that were best on these very samples, so a bound from above for others. Dots: all inputs leave there. Ring: the thresholds that the network has.</p>`,
)}
${section("cost", "What inputs cost", `${image(histogramSvg(report), "Distribution of MACs over inputs, by exit")}${legend(run)}`)}
</div>
${section("exits", "Exits", exitsTable(run))}
${run.regions.length > 0 ? section("regions", "Regions", regionsTable(run)) : ""}
${times.length > 0 ? section("times", "Time", times.join("")) : ""}
${section("classes", "Cost by class", classesTable(run))}
${
  report.gallery === undefined
    ? ""
    : section("cheap", "Cheapest inputs", `${legend(run)}${figures(report.gallery.cheap, run)}`) +
      section("dear", "Dearest inputs", `${legend(run)}${figures(report.gallery.dear, run)}`)
}
${section("rests", "What the numbers rest on", `<ul class="notes">${report.notes.map((note) => `<li>${escapeXml(note)}</li>`).join("")}</ul>`)}
</main>
</div>
<script type="application/json" id="data">${inlineJson(run)}</script>
</body>
</html>
`;
}

function lead(run: RunResult): string {
  const saved = run.macs.saved;
  const against =
    run.dense === undefined
      ? ""
      : ` (dense <strong>${percent(run.dense.accuracy)}</strong>; ${lossText(run.dense)})`;
  return `<strong>${percent(run.accuracy)}</strong> accurate${against} with <strong>${percent(Math.abs(saved))}</strong> ${saved >= 0 ? "fewer" : "more"} multiply-accumulates than the dense network, on average over ${formatNumber(run.samples)} inputs.`;
}

function facts(run: RunResult): string {
  const { macs } = run;
  const entries = [
    ["data", `${run.data}, ${run.split}`],
    ["dense", `${formatSi(macs.dense, "MAC")} an input`],
    ["mean", formatSi(macs.mean)],
    ["least", formatSi(macs.min)],
    ["median", formatSi(macs.median)],
    ["90 %", formatSi(macs.p90)],
    ["most", formatSi(macs.max)],
  ];
  return `<dl class="facts">${entries
    .map(([k, v]) => `<div><dt>${k}</dt><dd>${escapeXml(v!)}</dd></div>`)
    .join("")}</dl>`;
}

function legend(run: RunResult): string {
  return `<p class="legend">${run.exits
    .map(({ name }, i) => `<span><i class="exit${mark(i, run)}"></i>${escapeXml(name)}</span>`)
    .join("")}</p>`;
}

function figures(pictures: readonly GalleryPicture[], run: RunResult): string {
  return `<div class="gallery">${pictures.map((each) => figure(each, run)).join("")}</div>`;
}

function figure(picture: GalleryPicture, run: RunResult): string {
  const { label, answer, exit, macs, png, width, height, regions, index } = picture;
  const name = (c: number) => run.classes[c]?.name ?? String(c);
  const right = label === answer;
  const shown = (bytes: Buffer, alt: string) =>
    `<img width="${width}" height="${height}" alt="${escapeXml(alt)}" src="data:image/png;base64,${bytes.toString("base64")}">`;
  const marks = regions.map(
    ({ region, share, png: bytes }) =>
      `<figure>${shown(bytes, `what ${region} computed`)}<figcaption>${escapeXml(region)}: ${percent(share)}</figcaption></figure>`,
  );
  return `<figure>${shown(png, `sample ${index}: ${name(label)}`)}<figcaption><b>${escapeXml(name(label))}</b> <span class="${right ? "better" : "worse"}">${right ? "right" : `taken for ${escapeXml(name(answer))}`}</span><br>${escapeXml(exitName(run, exit))}, ${percent(macs / run.macs.dense)} of dense</figcaption>${marks.length === 0 ? "" : `<div class="marks">${marks.join("")}</div>`}</figure>`;
}

/** The policy allows one style sheet; as an image the chart keeps its own. */
function image(svg: string, alt: string): string {
  return `<img class="chart" alt="${escapeXml(alt)}" src="data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}">`;
}

function own(exits: number): string {
  const colours = Array.from({ length: exits + 1 }, (_, i) => {
    const colour = rgb(exitColour(i, exits));
    return `.exit${i === exits ? "end" : i}{background:${colour};fill:${colour}}`;
  });
  return `.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:0 16px}.chart{display:block;width:100%;height:auto}.share{display:block;width:100%;min-width:90px;height:8px;background:var(--grid);border-radius:2px}.cost{fill:var(--front-fill)}tbody th{font-weight:550;white-space:nowrap}tbody td,tbody th{vertical-align:middle}.scroll+.scroll{margin-top:16px}.legend .swatch{border-radius:50%}.gallery{display:flex;flex-wrap:wrap;gap:14px}.gallery figure{margin:0;max-width:180px;font-size:12px;line-height:1.4}.gallery img{display:block;max-width:100%;height:auto;image-rendering:pixelated;margin-bottom:4px}.marks{display:flex;flex-wrap:wrap;gap:6px;margin-top:4px}.marks figure{max-width:86px}@media print{.gallery figure{break-inside:avoid}}${colours.join("")}`;
}

/** JSON that cannot end its element, nor open a comment. */
function inlineJson(run: RunResult): string {
  return JSON.stringify(run)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
