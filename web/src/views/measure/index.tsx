/** Times kernels on the visitor's own GPU, draws the staircases, and makes a device file of them. */
import "../../no-eval.ts";
import "./measure.css";
import { useEffect, useState } from "preact/hooks";
import { STAGES } from "../../../../src/gpu/measure/index.ts";
import { ErrorBox } from "../../components/error-box.tsx";
import { durationsText, secondsText } from "./durations.ts";
import { durations } from "./kept-durations.ts";
import { DeviceFile, Findings, saveMeasurements } from "./results.tsx";
import { StairsPlot } from "./stairs-plot.tsx";
import {
  adapter,
  begin,
  begunAt,
  failure,
  measurements,
  phase,
  stage,
  stepOf,
  stop,
  tick,
  what,
} from "./state.ts";
import { SWEEPS } from "./sweeps.ts";

export default function Measure() {
  return (
    <>
      <section class="panel" aria-label="The measurement">
        <h1>Measure this GPU</h1>
        <p>
          Times small kernels through WebGPU: more and more workgroups, wider and wider layers. The
          steps in their times give the number of SMs, the workgroups that an SM holds, and the
          width of a layer's step. Close other programs that use the GPU. Nothing leaves this page.
        </p>
        <Controls />
        {phase.value === "running" && <Progress />}
        {failure.value !== undefined && <ErrorBox error={failure.value} />}
        <Notices />
      </section>
      {measurements.value.length > 0 && (
        <div class="measure-plots">
          {SWEEPS.map((sweep) => (
            <StairsPlot key={sweep.id} sweep={sweep} />
          ))}
        </div>
      )}
      <Findings />
      <DeviceFile />
    </>
  );
}

function Controls() {
  const running = phase.value === "running";
  const count = measurements.value.length;
  return (
    <div class="measure-actions">
      <button type="button" class="primary" disabled={running} onClick={() => begin(true)}>
        A first look
      </button>
      <button type="button" disabled={running} onClick={() => begin(false)}>
        The full measurement
      </button>
      <button type="button" disabled={!running} onClick={stop}>
        Stop
      </button>
      <button type="button" disabled={count === 0} onClick={saveMeasurements}>
        Save measurements (CSV)
      </button>
      {phase.value === "idle" && <span class="muted">{durationsText(durations.value)}</span>}
      <span role="status" class="muted">
        {running
          ? `${stage.value ?? "opening the GPU"}: ${count} measured`
          : phase.value === "stopped"
            ? `Stopped; ${count} measurements are kept.`
            : phase.value === "done"
              ? `Done: ${count} measurements.`
              : ""}
      </span>
    </div>
  );
}

/** Seconds since the measurement began, each second anew. */
function useElapsed(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return (now - Date.parse(begunAt.value)) / 1000;
}

const Progress = () => {
  const elapsed = useElapsed();
  return (
    <div class="measure-progress">
      <progress
        max={STAGES.length}
        value={stepOf(stage.value) - (stage.value === undefined ? 0 : 0.5)}
        aria-label="Progress"
      />
      <span class="muted">
        {stepOf(stage.value)} of {STAGES.length} <span class="mono">{what.value}</span>{" "}
        {secondsText(elapsed)} so far
      </span>
    </div>
  );
};

function Notices() {
  const facts = adapter.value;
  if (facts === undefined) return null;
  const { device, vendor, architecture, description, runtime, fallback } = facts;
  return (
    <>
      <p class="measure-adapter">
        <strong>
          {device || [vendor, architecture].filter(Boolean).join(" ") || "A GPU without a name"}
        </strong>
        {description !== "" && `, ${description}`}, {runtime}
      </p>
      {fallback && (
        <div class="notice">
          This adapter is a rasteriser in software: the results describe this computer's processor,
          not a GPU. Where there is a GPU, see chrome://gpu for why the browser does not use it.
        </div>
      )}
      {tick.value?.coarse === true && (
        <div class="notice">
          This browser rounds the GPU's timestamps to steps of{" "}
          {tick.value.tickNs.toLocaleString("en")} ns. Each kernel is therefore run many times over
          and the whole is timed: slower, and less sure than <code>npx tidemark measure</code>.
          Chrome gives exact timestamps with chrome://flags/#enable-webgpu-developer-features.
        </div>
      )}
    </>
  );
}
