/** Accuracy against mean cost: other thresholds, each exit alone, the dense network, and what is run. */
import { extent } from "../axis.ts";
import { escapeXml } from "../front-svg.ts";
import { chart } from "./chart.ts";
import { exitColour, rgb } from "./colours.ts";
import { type DynamicReport, exitCount } from "./data.ts";

export function tradeOffSvg({ run, tradeOff }: DynamicReport): string {
  const { dense } = run.macs;
  const line = tradeOff.map(({ cost, accuracy }) => [cost / dense, accuracy] as const);
  const alone = run.exits.map(({ name, macs, alone: accuracy }, exit) => ({
    name: `${name} alone`,
    exit,
    at: [macs / dense, accuracy] as const,
  }));
  const chosen = [run.macs.mean / dense, run.accuracy] as const;
  const points = [...line, ...alone.map(({ at }) => at), chosen];
  if (run.dense) points.push([1, run.dense.accuracy]);
  const percent = (values: readonly number[]) => {
    const [low, high] = extent(
      "linear",
      values.map((value) => 100 * value),
      0.08,
    );
    return [Math.max(0, low), high] as const;
  };
  return chart(
    {
      x: percent(points.map(([x]) => x)),
      y: percent(points.map(([, y]) => y)),
      xTitle: "mean MACs of an input, % of the dense network's",
      yTitle: "accuracy, %",
      title: "Accuracy against mean cost over the exits' thresholds",
    },
    ({ px, py, box }) => {
      const at = ([x, y]: readonly [number, number]) => [px(100 * x), py(100 * y)] as const;
      const path = line.map((p, i) => {
        const [x, y] = at(p);
        return i === 0 ? `M${x} ${y}` : `H${x}V${y}`;
      });
      const label = (x: number, y: number, text: string) => {
        // Near the right edge above the dot and centred on it; the dense network's stands below its square.
        const near = x > box.right - 110;
        return `<text class="halo muted" x="${near ? Math.min(x, box.right - 30) : x + 9}" y="${y + (near ? -11 : 16)}" text-anchor="${near ? "middle" : "start"}">${escapeXml(text)}</text>`;
      };
      const dots = alone.map(({ exit, at: point }) => {
        const [x, y] = at(point);
        return `<circle class="dot" cx="${x}" cy="${y}" r="5" fill="${rgb(exitColour(exit, exitCount(run)))}"/>`;
      });
      const labels = alone.map(({ name, at: point }) => label(...at(point), name));
      const [cx, cy] = at(chosen);
      const [dx, dy] = at([1, run.dense?.accuracy ?? 0]);
      const [line0, label0] = run.dense
        ? [
            `<path class="dense" d="M${box.left} ${dy}H${box.right}"/><rect class="square" x="${dx - 4.5}" y="${dy - 4.5}" width="9" height="9"/>`,
            `<text class="halo muted" x="${dx}" y="${dy + 20}" text-anchor="middle">dense</text>`,
          ]
        : ["", ""];
      return `${line0}<path class="line" d="${path.join("")}"/>${dots.join("")}<circle class="picked" cx="${cx}" cy="${cy}" r="7"/>${label0}${labels.join("")}<text class="halo ink name" x="${cx - 12}" y="${cy - 10}" text-anchor="end">as calibrated</text>`;
    },
  );
}
