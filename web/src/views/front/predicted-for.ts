/** What a study's times are predicted for, as the query of the views that predict. */
import type { Json } from "../../../../src/base/json.ts";
import { type Device, normalDeviceName } from "../../../../src/gpu/device.ts";
import type { StudyDetail } from "../../../../src/server/api/types.ts";

export interface PredictedFor {
  /** Name of the objective. */
  readonly objective: string;
  /** e.g. `latency_ms: rtx-2080-ti, fp32, batch 256, eager host` */
  readonly label: string;
  /** `device`, `precision`, `batch`, `host`: those that the study says. */
  readonly query: Readonly<Record<string, string>>;
  /** Settings that the views do not have, so that they predict another time; one phrase each. */
  readonly beyond: readonly string[];
}

type Record_ = { readonly [key: string]: Json };
const isRecord = (value: Json | undefined): value is Record_ =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Of each objective that names a device, in the study's order.
 *
 * @param devices what names and aliases are looked up in; a device that is none of them stays as the
 *   study has it
 */
export function predictedFor(
  { spec }: Pick<StudyDetail, "spec">,
  devices: readonly Device[],
): PredictedFor[] {
  const objectives = isRecord(spec) && Array.isArray(spec.objectives) ? spec.objectives : [];
  return objectives.flatMap((entry: Json) => {
    if (!isRecord(entry) || !isRecord(entry.settings)) return [];
    const { device, precision, batch, host, tuned, hostUsPerOp } = entry.settings;
    if (typeof device !== "string") return [];
    const query: Record<string, string> = { device: idOf(device, devices) };
    for (const [key, value] of Object.entries({ precision, batch, host }))
      if (typeof value === "string" || typeof value === "number") query[key] = `${value}`;
    const objective = typeof entry.name === "string" ? entry.name : device;
    const said = [
      query.device,
      query.precision,
      query.batch && `batch ${query.batch}`,
      query.host && `${query.host} host`,
    ];
    return [
      {
        objective,
        label: `${objective}: ${said.filter(Boolean).join(", ")}`,
        query,
        beyond: [
          ...(tuned === true && host === "eager" ? ["the library's fastest algorithms"] : []),
          ...(typeof hostUsPerOp === "number" ? [`a host of ${hostUsPerOp} µs an operator`] : []),
        ],
      },
    ];
  });
}

function idOf(reference: string, devices: readonly Device[]): string {
  const wanted = normalDeviceName(reference);
  const known = (names: (d: Device) => readonly string[]) =>
    devices.find((d) => names(d).some((name) => normalDeviceName(name) === wanted))?.id;
  return known((d) => [d.id]) ?? known((d) => [d.name, ...d.aliases]) ?? reference;
}
