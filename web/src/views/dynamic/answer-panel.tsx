/** The answer with its probabilities, at the exit that was taken. */
import { useRef } from "preact/hooks";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { csvOf } from "../../export/csv.ts";
import { svgExports } from "../../export/svg-exports.ts";
import type { Outcome } from "./decide.ts";
import { stageColour } from "./image-panel.tsx";

const WIDTH = 380;
const ROW = 21;
const LEFT = 104;
/** Classes that are drawn, the likeliest first where there are more. */
const MOST = 12;

interface Props {
  readonly outcome: Outcome;
  readonly names: readonly string[];
  readonly label: number | undefined;
}

export function AnswerPanel({ outcome, names, label }: Props) {
  const svg = useRef<SVGSVGElement>(null);
  const { stages, exit, answer } = outcome;
  const { probabilities, name } = stages[exit]!;
  const all = [...probabilities.keys()];
  const classes =
    all.length <= MOST
      ? all
      : all.toSorted((a, b) => probabilities[b]! - probabilities[a]!).slice(0, MOST);
  const csv = () =>
    csvOf(
      ["exit", "taken", "class", "logit", "probability"],
      stages.flatMap((stage) =>
        all.map((c) => [
          stage.name,
          stage.taken,
          names[c],
          stage.logits[c]!,
          stage.probabilities[c]!,
        ]),
      ),
    );
  return (
    <PlotFrame title="Answer" exports={svgExports("answer", svg, csv)}>
      <p>
        <strong class="dyn-figure">{names[answer]}</strong>{" "}
        {label !== undefined && (
          <span class={label === answer ? "dyn-right" : "dyn-wrong"}>
            {label === answer ? "✓ right" : `✗ it is: ${names[label]}`}
          </span>
        )}
        <br />
        <span class="muted">
          said at {name === "end" ? "the end" : name}, one of {all.length} classes
        </span>
      </p>
      <svg
        ref={svg}
        class="dyn-chart dyn-narrow"
        viewBox={`0 0 ${WIDTH} ${classes.length * ROW}`}
        role="img"
        aria-label={`probabilities: ${classes.map((c) => `${names[c]} ${(100 * probabilities[c]!).toFixed(1)} %`).join(", ")}`}
      >
        {classes.map((c, i) => {
          const p = probabilities[c]!;
          const width = p * (WIDTH - LEFT - 60);
          return (
            <g key={c} font-size="12">
              <text
                x={LEFT - 8}
                y={i * ROW + 15}
                text-anchor="end"
                fill="var(--ink)"
                font-weight={c === answer ? 700 : 400}
              >
                {names[c]}
              </text>
              <rect
                x={LEFT}
                y={i * ROW + 4}
                width={Math.max(width, 0.5)}
                height={ROW - 7}
                fill={c === answer ? stageColour(exit) : "var(--cat7)"}
              />
              <text x={LEFT + width + 6} y={i * ROW + 15} fill="var(--muted)">
                {(100 * p).toFixed(1)} %
              </text>
            </g>
          );
        })}
      </svg>
    </PlotFrame>
  );
}
