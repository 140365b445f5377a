/** The way through the network: each stage's cost, its classifier's confidence, and its threshold. */
import { formatPercent, formatSi } from "../../../../src/report/number.ts";
import { NEVER, type Outcome, type StageOutcome } from "./decide.ts";
import { stageColour, stageName, unitOf } from "./image-panel.tsx";
import { Picture } from "./picture.tsx";
import { setThresholds, thresholds } from "./state.ts";

interface Props {
  readonly url: string;
  readonly outcome: Outcome;
  readonly names: readonly string[];
}

export const Stages = ({ url, outcome, names }: Props) => (
  <section class="panel" aria-label="The way through the network">
    <h2>The way through the network</h2>
    <ol class="dyn-stages">
      {outcome.stages.map((stage, k) => (
        <Stage key={stage.name} stage={stage} index={k} url={url} outcome={outcome} names={names} />
      ))}
    </ol>
  </section>
);

function Stage({
  stage,
  index,
  url,
  outcome,
  names,
}: Props & { readonly stage: StageOutcome; readonly index: number }) {
  const { name, reached, taken, confidence, threshold, probabilities, macs } = stage;
  const answer = names[probabilities.indexOf(Math.max(...probabilities))] ?? "";
  const shown = (share: number) => `${(100 * share).toFixed(1)} %`;
  return (
    <li
      class={`dyn-stage ${taken ? "taken" : reached ? "passed" : "skipped"}`}
      style={{ borderTopColor: stageColour(index) }}
    >
      <h3>
        {capital(stageName(name))}
        <span class="dyn-state">
          {taken ? "leaves here" : reached ? "goes on" : "not computed"}
        </span>
      </h3>
      <p>
        {formatSi(macs, "MAC")}{" "}
        <span class="muted">({formatPercent(macs / outcome.denseMacs)} of dense)</span>
      </p>
      <div class="dyn-minis">
        {stage.regions.map((region) => (
          <figure key={region.name}>
            <Picture
              url={url}
              region={{ ...region, reached }}
              side={72}
              colour={stageColour(index)}
              label={`${region.name}: what was computed`}
            />
            <figcaption>
              {region.name}
              <br />
              {reached
                ? `${Math.round(region.share * region.mask.length)}/${region.mask.length} ${unitOf(region.kind)}`
                : "left out"}
            </figcaption>
          </figure>
        ))}
      </div>
      <p>
        {reached ? "Says " : "Would say "}
        <strong>{answer}</strong>, {shown(confidence)} sure
      </p>
      {threshold !== undefined && (
        <>
          <Gauge confidence={confidence} threshold={threshold} colour={stageColour(index)} />
          <ThresholdSlider name={name} index={index} />
        </>
      )}
    </li>
  );
}

const capital = (text: string) => text[0]!.toUpperCase() + text.slice(1);

function Gauge({
  confidence,
  threshold,
  colour,
}: {
  readonly confidence: number;
  readonly threshold: number;
  readonly colour: string;
}) {
  return (
    <svg
      class="dyn-gauge"
      viewBox="0 0 100 8"
      preserveAspectRatio="none"
      role="img"
      aria-label={`confidence ${confidence.toFixed(3)}, threshold ${threshold > 1 ? "none" : threshold.toFixed(3)}`}
    >
      <rect width="100" height="8" fill="var(--grid)" />
      <rect width={100 * confidence} height="8" fill={colour} />
      {threshold <= 1 && (
        <line
          x1={100 * threshold}
          x2={100 * threshold}
          y1="0"
          y2="8"
          stroke="var(--ink)"
          stroke-width="2"
          vector-effect="non-scaling-stroke"
        />
      )}
    </svg>
  );
}

function ThresholdSlider({ name, index }: { readonly name: string; readonly index: number }) {
  const value = Math.min(NEVER, thresholds.value[index]!);
  return (
    <label class="dyn-slider">
      <span>
        Leaves at {name} from <span class="mono">{value > 1 ? "never" : value.toFixed(3)}</span>
      </span>
      <input
        type="range"
        min="0"
        max={NEVER}
        step="0.005"
        value={value}
        aria-valuetext={value > 1 ? "never" : `confidence ${value.toFixed(3)}`}
        onInput={({ currentTarget }) =>
          setThresholds(thresholds.peek().with(index, Number(currentTarget.value)))
        }
      />
    </label>
  );
}
