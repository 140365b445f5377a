/** What a dynamic network computes of an image, and what its thresholds are worth. */
import "../../no-eval.ts";
import "./dynamic.css";
import { useEffect, useMemo } from "preact/hooks";
import { AnswerPanel } from "./answer-panel.tsx";
import { CostPanel } from "./cost-panel.tsx";
import { CurvePanel } from "./curve-panel.tsx";
import { ImagePanel } from "./image-panel.tsx";
import { pictureUrl } from "./picture-file.ts";
import { Sources } from "./sources.tsx";
import { Stages } from "./stages.tsx";
import {
  evaluation,
  isShipped,
  looked,
  names,
  opened,
  openShipped,
  outcome,
  point,
  stored,
} from "./state.ts";

export default function Dynamic() {
  useEffect(() => {
    if (opened.peek() === undefined) void openShipped();
  }, []);
  return (
    <div class="dyn">
      <Sources />
      <Image />
      {evaluation.value !== undefined &&
        point.value !== undefined &&
        stored.value !== undefined && (
          <CurvePanel evaluation={evaluation.value} point={point.value} answers={stored.value} />
        )}
      {opened.value !== undefined && !isShipped.value && (
        <section class="panel">
          <h2>Accuracy against cost</h2>
          <p>
            Accuracy needs images with their true classes. For a data set of your own:{" "}
            <code>tidemark dynamic report {opened.value.title} --data DATASET</code>
          </p>
        </section>
      )}
    </div>
  );
}

function Image() {
  const [network, look, result] = [opened.value, looked.value, outcome.value];
  const url = useMemo(
    () => (network && look ? pictureUrl(look.pixels, network.input) : ""),
    [network, look],
  );
  if (network === undefined) return null;
  if (look === undefined || result === undefined)
    return <p class="muted">Open an image of your own to see what the network computes of it.</p>;
  const title = typeof look.of === "number" ? `test image ${look.of + 1}` : look.of;
  return (
    <>
      <div class="dyn-three">
        <ImagePanel url={url} title={title} outcome={result} />
        <AnswerPanel outcome={result} names={names.value} label={look.label} />
        <CostPanel outcome={result} />
      </div>
      <Stages url={url} outcome={result} names={names.value} />
    </>
  );
}
