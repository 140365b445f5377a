/** The report's style sheet: system fonts, light and dark, one accent. */
import { LIMITERS } from "../gpu/types.ts";
import { DARK, LIGHT, type Palette } from "./palette.ts";

function variables(p: Palette, scheme: "light" | "dark", extra: Readonly<Record<string, string>>) {
  const limiters = LIMITERS.map((l) => `--${l}:${p.limiters[l]}`).join(";");
  const more = Object.entries(extra)
    .map(([k, v]) => `--${k}:${v}`)
    .join(";");
  return `color-scheme:${scheme};--ground:${p.ground};--ink:${p.ink};--muted:${p.muted};--grid:${p.grid};--front:${p.front};--front-fill:${p.frontFill};--picked:${p.picked};--cloud:rgb(${p.cloud.join(",")});--infeasible:rgb(${p.infeasible.join(",")});${limiters};${more}`;
}

const LIGHT_EXTRA = {
  page: "#f5f7f8",
  line: "#d3dbe0",
  hover: "#eaf3f9",
  chosen: "#fdeee4",
  better: "#00664a",
  worse: "#a03a00",
  cat0: "#0072b2",
  cat1: "#c98500",
  cat2: "#008f68",
  cat3: "#c0679a",
  cat4: "#3a9bd9",
  cat5: "#d55e00",
  cat6: "#8f8a00",
  cat7: "#6b7780",
};
const DARK_EXTRA = {
  page: "#0b1013",
  line: "#2b3942",
  hover: "#1a2730",
  chosen: "#3a2315",
  better: "#5fd3a6",
  worse: "#ffab78",
  cat0: "#4aa3dc",
  cat1: "#e6a21a",
  cat2: "#2fc297",
  cat3: "#d985b8",
  cat4: "#9fd6f6",
  cat5: "#f0813a",
  cat6: "#d8d04a",
  cat7: "#93a1aa",
};
const LIGHT_VARIABLES = variables(LIGHT, "light", LIGHT_EXTRA);
const DARK_VARIABLES = variables(DARK, "dark", DARK_EXTRA);

function texts(p: Palette, extra: typeof LIGHT_EXTRA) {
  return {
    text: [p.ink, p.muted, p.front, extra.better, extra.worse],
    grounds: [p.ground, extra.page, extra.hover, extra.chosen],
  };
}

/** Which colours text has, and what it stands on. */
export const TEXT_COLOURS = {
  light: texts(LIGHT, LIGHT_EXTRA),
  dark: texts(DARK, DARK_EXTRA),
};

export const STYLE = `
:root{${LIGHT_VARIABLES};--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;--mono:ui-monospace,SFMono-Regular,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{${DARK_VARIABLES}}}
:root[data-theme=light]{${LIGHT_VARIABLES}}
:root[data-theme=dark]{${DARK_VARIABLES}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:14px/1.5 var(--sans);font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
.page{max-width:1480px;margin:0 auto;padding:20px clamp(12px,2.5vw,36px) 56px}
h1{font-size:26px;line-height:1.2;margin:2px 0 6px;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{font-size:16px;margin:0 0 10px;letter-spacing:-.005em}
h3{font-size:13px;margin:0 0 8px;font-weight:650}
p{margin:0 0 8px}
a,.link{color:var(--front)}
code,.mono{font-family:var(--mono);font-size:.92em}
.brand{display:flex;justify-content:space-between;align-items:center;color:var(--muted);font-size:12px;letter-spacing:.04em}
.brand b{color:var(--front);font-weight:700}
.lead{font-size:16px;max-width:96ch;margin-bottom:14px}
.lead strong{font-weight:650}
.asked{margin:0 0 14px}
.asked summary{font-size:13px}
@media (min-width:561px){.asked summary{display:none}}
.facts{display:flex;flex-wrap:wrap;gap:4px 22px;margin:0 0 18px;padding:0;font-size:13px}
.facts div{display:flex;gap:6px;max-width:100%}
.facts dt{color:var(--muted)}
.facts dd{margin:0;overflow-wrap:anywhere;min-width:0}
section{background:var(--ground);border:1px solid var(--line);border-radius:8px;padding:16px;margin:0 0 16px;min-width:0}
.split{display:grid;grid-template-columns:minmax(0,1.75fr) minmax(300px,1fr);gap:16px}
.split section{display:flex;flex-direction:column}
button,select,input{font:inherit;color:inherit}
button{cursor:pointer}
.buttons{display:inline-flex}
.buttons button,.brand button,.more button,.tools button{background:var(--ground);border:1px solid var(--line);padding:3px 10px;border-radius:5px;font-size:13px;min-height:28px}
.buttons button{border-radius:0;margin-left:-1px}
.buttons button:first-child{border-radius:5px 0 0 5px;margin-left:0}
.buttons button:last-child{border-radius:0 5px 5px 0}
button:hover{background:var(--hover)}
select{background:var(--ground);border:1px solid var(--line);border-radius:5px;padding:3px 6px;min-height:28px;max-width:min(46vw,190px)}
:focus-visible{outline:2px solid var(--picked);outline-offset:2px}
.controls{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center;margin-bottom:8px;font-size:13px}
.controls label{color:var(--muted)}
.controls select{color:var(--ink)}
.check{margin-left:8px;white-space:nowrap}
.axis{white-space:nowrap}
#plot-stage{position:relative;height:clamp(320px,56vh,600px);touch-action:pan-y;cursor:crosshair;border-radius:4px;overflow:hidden;user-select:none;-webkit-user-select:none}
#plot-stage canvas{position:absolute;inset:0;width:100%;height:100%}
.outside{background:none;border:0;padding:2px 0;color:var(--front);text-decoration:underline;font-size:13px;min-height:28px}
.tip{position:absolute;pointer-events:none;background:var(--ground);border:1px solid var(--line);border-radius:5px;padding:6px 9px;font-size:12px;line-height:1.45;box-shadow:0 4px 14px rgba(0,0,0,.16);white-space:nowrap;max-width:min(320px,80%)}
.tip div{overflow:hidden;text-overflow:ellipsis}
.tip span{color:var(--muted)}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:8px 0 0;font-size:12px;color:var(--muted)}
.legend i{display:inline-block;width:10px;height:10px;border-radius:50%;margin-right:5px;vertical-align:-1px}
.mark-front{background:var(--front-fill)}.mark-dominated{background:var(--cloud)}.mark-infeasible{background:var(--infeasible)}.mark-none{border:1px dashed var(--muted)}
.hint{margin:6px 0 0;font-size:12px;color:var(--muted)}
kbd{font:11px var(--mono);border:1px solid var(--line);border-radius:3px;padding:0 4px;background:var(--page)}
.scroll{overflow:auto;position:relative}
.split .scroll{flex:1 1 0;min-height:260px;max-height:clamp(380px,66vh,720px)}
#front-table{flex:1;display:flex;flex-direction:column;min-height:0}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{padding:4px 9px;text-align:left;border-bottom:1px solid var(--grid);vertical-align:top}
thead th{position:sticky;top:0;background:var(--ground);z-index:1;border-bottom:1px solid var(--line);font-weight:600;font-size:12px;vertical-align:middle}
th button{background:none;border:0;padding:2px 0;font-weight:600;text-align:inherit;min-height:24px}
th .unit{color:var(--muted);font-weight:400}
.number{text-align:right;white-space:nowrap}
.front tbody tr{cursor:pointer}
tbody tr:hover{background:var(--hover)}
tbody tr.picked{background:var(--chosen);box-shadow:inset 3px 0 var(--picked)}
.pick,.link{background:none;border:0;padding:0;color:var(--front);text-decoration:underline;text-decoration-thickness:1px;text-underline-offset:2px;min-width:24px;min-height:24px;text-align:right}
.link{min-height:0;text-align:left;font-weight:600}
.glyph{padding-top:7px}
.tie{color:var(--muted)}
.front td.name{overflow-wrap:anywhere;min-width:9ch}
.front th.number{white-space:normal}.front th button{overflow-wrap:anywhere;min-width:7ch}
.glyph svg{display:block}
${[0, 1, 2, 3, 4, 5, 6, 7].map((i) => `.cat${i}{fill:var(--cat${i});background:var(--cat${i})}`).join("")}
.catnone{fill:var(--grid);background:var(--grid)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,290px),1fr));gap:14px 28px}
.card{min-width:0}
.badge{font-size:11px;font-weight:600;padding:1px 8px;border-radius:9px;margin-left:8px;border:1px solid currentColor}
.badge.on{color:var(--front)}
.badge.off{color:var(--muted)}
.values{display:grid;grid-template-columns:auto 1fr;gap:2px 14px;margin:0}
.values dt{color:var(--muted);overflow-wrap:anywhere}
.values dd{margin:0;font-weight:550;overflow-wrap:anywhere}
.parameters{font-size:13px}
.parameters dd{font-family:var(--mono);font-size:12px;font-weight:400}
.plain{list-style:none;margin:0;padding:0}
.plain li{margin-bottom:7px;padding-left:12px;border-left:3px solid var(--line)}
.better{color:var(--better)}
.worse{color:var(--worse)}
.empty{color:var(--muted)}
.tools{display:flex;flex-wrap:wrap;gap:8px;margin-top:10px}
.scroll+.notes{margin-top:14px}
.notes{margin:0;padding-left:18px;max-width:100ch}
.notes li{margin-bottom:4px;overflow-wrap:anywhere}
pre{overflow:auto;background:var(--page);border:1px solid var(--grid);border-radius:5px;padding:10px;font:12px/1.5 var(--mono);max-height:480px}
summary{cursor:pointer;color:var(--front)}
.visually-hidden{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-999px;top:4px;background:var(--ground);padding:6px 10px;z-index:9}
.skip:focus{left:8px}
.static img{max-width:100%;height:auto}
.live .static{display:none}
:root:not(.live) .needs-script{display:none}
.warning{border-left:3px solid var(--picked);padding:6px 10px;background:var(--chosen)}
.meters{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px 24px;margin:0 0 14px}
.meter dt{color:var(--muted);font-size:12px}
.meter dd{margin:0;font-size:18px;font-weight:600;letter-spacing:-.01em}
.meter dd small{font-size:12px;font-weight:400;color:var(--muted);letter-spacing:0;display:inline-block}
.bar{height:6px;border-radius:3px;background:var(--grid);margin-top:4px;overflow:hidden}
.bar i{display:block;height:100%}.meter .bar i{background:var(--front-fill)}
.timeline{position:relative;cursor:pointer;height:44px;margin:6px 0 2px;border-radius:4px;overflow:hidden;background:var(--grid)}
.timeline canvas{position:absolute;inset:0;width:100%;height:100%}
.swatch{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:6px;vertical-align:-1.5px}
${LIMITERS.map((l) => `.l-${l}{background-color:var(--${l})}`).join("")}
.l-tail{background-image:repeating-linear-gradient(45deg,transparent 0 3px,rgba(255,255,255,.45) 3px 5px)}
.l-launch{background-image:repeating-linear-gradient(90deg,transparent 0 2px,rgba(255,255,255,.5) 2px 4px)}
.l-memory{background-image:repeating-linear-gradient(0deg,transparent 0 3px,rgba(255,255,255,.35) 3px 4px)}
.limits tbody th{font-weight:600;min-width:172px}.limits .nodes,.kernels .nodes{font-weight:400;color:var(--muted);font-size:12px}
.limits-and-advice{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:8px 36px;margin:12px 0 8px}
.limits-and-advice h3{margin-top:8px}
.limits{margin:0 0 8px}
.flag{white-space:nowrap}
#timing{max-width:100%}
.kernels tr.found{background:var(--chosen)}
.limits .share{min-width:90px;width:34%}
.advice{margin:0 0 16px;padding:0;list-style:none;max-width:105ch}
.advice li{padding:4px 0 8px 12px;border-left:3px solid var(--line);margin-bottom:8px}
.advice b{font-weight:650}
.advice .remedy{color:var(--muted)}
.kernels td{white-space:nowrap;font-size:12.5px}
.kernels td.name{white-space:normal;min-width:170px;overflow-wrap:anywhere}
.kernels .member td{color:var(--muted);border-bottom-style:dotted}
.kernels .toggle{background:none;border:0;padding:0;color:var(--front);min-width:24px;min-height:24px}
.dists{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:16px 26px}
.dist h3{font-family:var(--mono);font-size:12px;margin-bottom:4px;overflow-wrap:anywhere}
.dist .row{display:grid;grid-template-columns:110px 1fr 42px;gap:8px;align-items:center;font-size:12px;margin-bottom:3px}
.dist .row>span:first-child{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.dist .track{position:relative;height:12px;background:var(--page);border-radius:2px}
.dist .track i{position:absolute;left:0;top:0;bottom:0;border-radius:2px}
.dist .track i.of-all{top:auto;height:3px;bottom:0;background:var(--ink);opacity:.55}
.dist .track i.of-front{bottom:4px}
@media (max-width:980px){.split{grid-template-columns:minmax(0,1fr)}.split .scroll{flex:none;max-height:380px}}
@media (max-width:560px){section{padding:12px;border-radius:6px}h1{font-size:22px}.lead{font-size:15px}#plot-stage{height:340px}.kbd-hint{display:none}.page{padding-top:12px}.lead{margin-bottom:10px}.front th,.front td{padding:4px 6px}.explained{display:none}select{max-width:min(60vw,220px)}}
@media print{body{background:#fff}.controls,.tools,.hint,.brand button{display:none}section{break-inside:avoid}.scroll{max-height:none!important;overflow:visible}}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`;
