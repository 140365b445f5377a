/** What was found out, and the device file that is made of it. */
import { findingRows, MEASUREMENT_COLUMNS } from "../../../../src/gpu/measure/index.ts";
import { formatNumber } from "../../../../src/report/number.ts";
import { csvOf } from "../../export/csv.ts";
import { save } from "../../export/save.ts";
import { hashOf } from "../../router.ts";
import { adapter, begunAt, file, findings, measurements } from "./state.ts";

const figure = (x: number | undefined) =>
  x === undefined ? "–" : formatNumber(Number(x.toPrecision(4)));

export const Findings = () =>
  findings.value === undefined ? null : (
    <section class="panel">
      <h2>What was found</h2>
      <div class="measure-scroll">
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Finding</th>
              <th scope="col" class="number">
                Value
              </th>
              <th scope="col">Unit</th>
              <th scope="col" class="number">
                Low
              </th>
              <th scope="col" class="number">
                High
              </th>
              <th scope="col">About</th>
            </tr>
          </thead>
          <tbody>
            {findingRows(findings.value).map((row) => (
              <tr key={row.finding}>
                <th scope="row">{row.finding}</th>
                <td class="number">{figure(row.value)}</td>
                <td>{row.unit}</td>
                <td class="number">{figure(row.low)}</td>
                <td class="number">{figure(row.high)}</td>
                <td class="muted">{row.about}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );

export function DeviceFile() {
  if (file.value === undefined) return null;
  const { json, device } = file.value;
  const name = `${device.id}.json`;
  return (
    <section class="panel">
      <h2>Device file: {device.name}</h2>
      <p class="measure-actions">
        <button
          type="button"
          class="primary"
          onClick={() => save(name, "application/json", `${JSON.stringify(json, null, 2)}\n`)}
        >
          Save {name}
        </button>
        <a href={hashOf({ path: ["gpu"], query: {} })}>Use it in the GPU view</a>
        <span class="muted">
          on the command line: <code>tidemark profile MODEL --device {name}</code>
        </span>
      </p>
      <div class="measure-scroll">
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">Figure</th>
              <th scope="col" class="number">
                Value
              </th>
              <th scope="col">Unit</th>
              <th scope="col">Confidence</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(device.figures).map(([key, { value, unit, source, confidence }]) => (
              <tr key={key}>
                <th scope="row">{key}</th>
                <td class="number">{formatNumber(value)}</td>
                <td>{unit}</td>
                <td>{confidence}</td>
                <td class="muted">{device.sources[source] ?? source}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <ul class="muted">
        {device.notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </section>
  );
}

/** Every measurement in the columns of `tidemark measure --csv`. */
export function saveMeasurements(): void {
  const [by, date] = [adapter.peek()!, begunAt.peek()];
  save(
    "measurements.csv",
    "text/csv",
    csvOf(
      MEASUREMENT_COLUMNS.map(({ key }) => key),
      measurements
        .peek()
        .map((m) => MEASUREMENT_COLUMNS.map(({ value }) => value({ ...m, adapter: by, date }))),
    ),
  );
}
