/** What a prediction rests on, in sentences: calibration, host, library, and what is not modelled. */
import type { Device } from "./device.ts";
import { hasUntunedChoices } from "./library.ts";
import type { HostMode, Precision } from "./types.ts";

export interface Basis {
  readonly device: Device;
  readonly precision: Precision;
  readonly host: HostMode;
  readonly tuned: boolean;
  /** As the user gave it. */
  readonly hostUsPerOp: number | undefined;
  /** Nodes that reach no output and were left out. */
  readonly dropped: number;
  /** Factors of the learned corrections, of the kernels that have one. */
  readonly corrections?: readonly number[];
}

export function notesOn(basis: Basis): readonly string[] {
  const notes = [...calibrationNotes(basis), ...correctionNotes(basis), hostNote(basis)];
  if (!basis.tuned && hasUntunedChoices(basis.device, basis.precision))
    notes.push(
      "library: cuDNN's own choice for 3x3 convolutions, as without cudnn.benchmark, not the fastest",
    );
  if (basis.precision === "int8")
    notes.push("int8: quantise and dequantise kernels are not modelled");
  if (basis.precision === "fp16" || basis.precision === "bf16")
    notes.push(
      `${basis.precision}: all tensors in ${basis.precision}; casts of mixed precision are not modelled`,
    );
  if (basis.dropped > 0)
    notes.push(`${basis.dropped} nodes reach no output and are left out, as a compiler does`);
  return notes;
}

function calibrationNotes({ device, precision }: Basis): readonly string[] {
  if (device.calibration === undefined)
    return [
      `${device.id} is not calibrated: figures of its data sheet, parameters of its architecture; trust ranks more than milliseconds (docs/accuracy.md)`,
    ];
  const fits = device.calibration.fittedOn.filter((fit) => fit.precision === precision);
  if (fits.length === 0)
    return [`${device.id} is calibrated, but on no measurements in ${precision}`];
  const families = new Set(fits.map((fit) => fit.family));
  const others = [...families].some((family) => family.startsWith("conv"))
    ? []
    : [`${device.id}: no convolution in ${precision} was measured`];
  return fits
    .map<string>(
      (fit) =>
        `${device.id}, ${fit.family} in ${precision}: calibrated on ${fit.rows} measurements (${fit.data}), median error ${(100 * fit.heldOutMedianApe).toFixed(1)} % on ${fit.heldOutRows} others`,
    )
    .concat(others);
}

function correctionNotes({ corrections = [] }: Basis): readonly string[] {
  if (corrections.length === 0) return [];
  const least = Math.min(...corrections).toFixed(2);
  const most = Math.max(...corrections).toFixed(2);
  const kernels = corrections.length === 1 ? "1 kernel" : `${corrections.length} kernels`;
  return [
    `${kernels}: times multiplied by a learned correction of ${least} to ${most}; waves and limiters are the physical model's`,
  ];
}

function hostNote({ device, host, hostUsPerOp }: Basis): string {
  if (host === "cuda-graph") return "host: one launch; the graph's capture is not counted";
  if (hostUsPerOp !== undefined) return `host: ${hostUsPerOp} us for one simple operator, as given`;
  // A board with its GPU on the processor's chip has a small processor, of which we have no times.
  const own = device.integrated
    ? `, not ${device.name}'s own processor, which is slower by a factor that was not measured: give its figure (--host-us)`
    : "";
  return host === "eager"
    ? `host: PyTorch on a workstation of 2019-2021${own || "; hosts differ by up to 1.5x (--host-us)"}`
    : `host: 6 us a kernel, as compiled engines launch on a workstation${own}`;
}
