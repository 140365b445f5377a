/**
 * Design: a network as a graph of blocks that fold, coloured by what its nodes cost on a device. Any ONNX
 * file can be dropped on the page; it is read here and sent nowhere.
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ApiError } from "../../../../src/server/api/types.ts";
import { ErrorBox } from "../../components/error-box.tsx";
import { NetworkPicker } from "../../components/network-picker.tsx";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { Glossary } from "../../components/terms.tsx";
import { readDevices } from "../../state/devices.ts";
import { errorOf } from "../../state/live.ts";
import { Details } from "./details.tsx";
import "./design.css";
import { graphExports } from "./exports.ts";
import { GraphCanvas } from "./graph-canvas.tsx";
import { Legend } from "./legend.tsx";
import { NodeTable } from "./node-table.tsx";
import { unread } from "./settings.ts";
import { SettingsBar } from "./settings-bar.tsx";
import { costProblem, follow, problem, shownNetwork, working } from "./state.ts";
import { Toolbar } from "./toolbar.tsx";
import { Gaps, Totals } from "./totals.tsx";

const deviceProblem = signal<ApiError | undefined>(undefined);

export default function Design() {
  useEffect(follow, []);
  useEffect(() => {
    readDevices().then(
      () => {
        deviceProblem.value = undefined;
      },
      (error: unknown) => {
        deviceProblem.value = errorOf(error);
      },
    );
  }, []);
  const error = problem.value ?? deviceProblem.value ?? costProblem.value ?? unread.value;
  return (
    <div class="design">
      <h1 class="hidden">Design</h1>
      <NetworkPicker />
      {shownNetwork.value === undefined ? (
        <Welcome />
      ) : (
        <>
          <SettingsBar />
          {error !== undefined && <ErrorBox error={error} />}
          <Gaps />
          <Totals />
          <PlotFrame title="Graph" exports={graphExports} controls={<Toolbar />}>
            <div class={working.value ? "graph-and-details busy" : "graph-and-details"}>
              <div class="graph-with-legend">
                <Legend />
                <GraphCanvas />
              </div>
              <Details />
            </div>
          </PlotFrame>
          <NodeTable />
          <Glossary />
        </>
      )}
    </div>
  );
}

const Welcome = () => (
  <section class="panel welcome">
    <h2>Open a network</h2>
    <p>
      Drop an ONNX file anywhere on this page, choose one above, or name a network of the zoo, as
      the examples do. Files are read in this page and sent nowhere.
    </p>
    <p class="muted">
      You then see its blocks coloured by predicted time, waves lost to the tail, bytes, MACs or
      parameters on the device you choose, and for each node its kernels, limiter and advice.
    </p>
  </section>
);
