/** Predictions against measured tables: what `tidemark validate` reports. */

import { kernelSample } from "../../gpu/validation/kernels.ts";
import { type HostFigure, type NetworkRow, networkSamples } from "../../gpu/validation/networks.ts";
import { type Overhead, withOverhead } from "../../gpu/validation/overhead.ts";
import type { Sample } from "../../gpu/validation/sample.ts";
import { type Report, report } from "../../gpu/validation/score.ts";
import { Boards } from "./boards.ts";
import { FAR_OFF, farOff } from "./far-off.ts";
import { IMPOSSIBLE, impossibleKernel, impossibleNetwork } from "./impossible.ts";
import { type IgnoredColumn, readMeasured } from "./read.ts";
import type { Skip } from "./skips.ts";

export interface ValidateOptions {
  /** The one board to look at; default: all that ship. */
  readonly device?: string;
  /** `none` adds no overhead of the measuring programs. */
  readonly overhead?: "fit" | "none";
  /** Host time of one simple operator on the machine that measured networks. */
  readonly hostUs?: number;
}

export interface Validation extends Report {
  readonly skipped: readonly Skip[];
  /** Columns of our own format's tables that are not read. */
  readonly ignoredColumns: readonly IgnoredColumn[];
  /** Rows of the tables; a row may hold several times. */
  readonly rows: number;
  /** What was added to kernels for the measuring programs. */
  readonly overheads: readonly Overhead[];
  /** Host figures that networks were predicted with. */
  readonly hosts: readonly HostFigure[];
}

/** @throws UserError for a file that cannot be read, an unknown header or device */
export function validate(paths: readonly string[], options: ValidateOptions = {}): Validation {
  const { measured, skips, ignoredColumns, rows } = readMeasured(paths, new Boards(options.device));
  const leaveOut = (source: string, reason: string, what?: string): void => {
    const at = source.lastIndexOf(":");
    const first = `row ${source.slice(at + 1)}${what === undefined ? "" : `: ${what}`}`;
    skips.add(source.slice(0, at), reason, first);
  };
  const devices = new Map(measured.map(({ device }) => [device.id, device]));
  const kernels: Sample[] = [];
  const networks: NetworkRow[] = [];
  for (const { kind, observation, device, source } of measured) {
    if (kind === "network") {
      networks.push({ observation, device, source });
      continue;
    }
    const impossible = impossibleKernel(observation, device);
    if (impossible === undefined) kernels.push(kernelSample(observation, device, source));
    else leaveOut(source, IMPOSSIBLE, impossible);
  }
  const added =
    options.overhead === "none"
      ? { samples: kernels, overheads: [] }
      : withOverhead(kernels, devices);
  const onHosts = networkSamples(networks, options.hostUs);
  const sane = [...added.samples, ...onHosts.samples].filter((sample) => {
    const impossible = sample.network
      ? impossibleNetwork(sample, devices.get(sample.device)!)
      : undefined;
    if (impossible !== undefined) leaveOut(sample.source, IMPOSSIBLE, impossible);
    if (impossible !== undefined) return false;
    const far = farOff(sample);
    if (far === undefined) return true;
    leaveOut(sample.source, FAR_OFF, far);
    return false;
  });
  return {
    ...report(sane),
    skipped: skips.list(),
    ignoredColumns,
    rows,
    overheads: added.overheads,
    hosts: onHosts.hosts,
  };
}
