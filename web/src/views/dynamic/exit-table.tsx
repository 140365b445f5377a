/** What share of the samples leaves where, and how many of those are right. */
import { formatPercent } from "../../../../src/report/number.ts";
import type { Point } from "./evaluate.ts";
import { stageColour } from "./image-panel.tsx";
import { opened, thresholds } from "./state.ts";

export function ExitTable({ point }: { readonly point: Point }) {
  const { exits } = opened.value!.network.plan;
  return (
    <table class="rows dyn-exits">
      <thead>
        <tr>
          <th scope="col">Exit</th>
          <th scope="col" class="number">
            Threshold
          </th>
          <th scope="col" class="number">
            Share
          </th>
          <th scope="col" class="number">
            Right
          </th>
        </tr>
      </thead>
      <tbody>
        {point.exits.map(({ share, accuracy }, k) => {
          const threshold = thresholds.value[k];
          return (
            <tr key={exits[k]?.name ?? "end"}>
              <th scope="row">
                <span class="dyn-swatch" style={{ background: stageColour(k) }} />
                {exits[k]?.name ?? "end"}
              </th>
              <td class="number">
                {threshold === undefined ? "" : threshold > 1 ? "never" : threshold.toFixed(3)}
              </td>
              <td class="number" data-share={k}>
                {(100 * share).toFixed(1)} %
              </td>
              <td class="number">{accuracy === undefined ? "–" : formatPercent(accuracy)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
