/** `tidemark devices [NAME]`: the boards that the core model knows, and where each figure is from. */
import { Command } from "commander";
import type { Device } from "../../gpu/device.ts";
import type { Column } from "../../report/index.ts";
import { deviceJson, listDevices, loadDevice } from "../../study/index.ts";
import { type Formatted, formatOption } from "../options.ts";
import { printJson, printRows } from "../print.ts";

const COLUMNS: readonly Column<Device>[] = [
  { key: "id", value: (d) => d.id, keep: true },
  { key: "name", value: (d) => d.name },
  { key: "architecture", value: (d) => d.architecture },
  { key: "computeCapability", label: "cc", value: (d) => d.computeCapability ?? undefined },
  { key: "smCount", label: "SMs", value: (d) => d.smCount },
  { key: "clockMhz", label: "clock", unit: "MHz", value: (d) => Math.round(d.clockMhz) },
  {
    key: "fp32Tflops",
    label: "FP32",
    unit: "TFLOP/s",
    value: (d) => d.figures.fp32Tflops?.value,
    digits: 3,
  },
  {
    key: "fp16Tflops",
    label: "FP16",
    unit: "TFLOP/s",
    value: (d) => d.figures.fp16Tflops?.value,
    digits: 3,
  },
  { key: "dramGbs", label: "DRAM", unit: "GB/s", value: (d) => d.figures.dramGbs?.value },
  { key: "l2Mb", label: "L2", unit: "MiB", value: (d) => d.figures.l2Mb?.value },
  { key: "tdpWatts", label: "power", unit: "W", value: (d) => d.tdpWatts },
  {
    key: "calibrated",
    value: (d) => d.calibration !== undefined,
    text: (d) => {
      const fits = d.calibration?.fittedOn.map((fit) => `${fit.family} ${fit.precision}`) ?? [];
      return fits.length > 0 ? [...new Set(fits)].join(", ") : "no";
    },
  },
];

interface FigureRow {
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly confidence: string;
  readonly source: string;
}

const FIGURE_COLUMNS: readonly Column<FigureRow>[] = [
  { key: "figure", value: (f) => f.figure, keep: true },
  { key: "value", value: (f) => f.value, digits: 6 },
  { key: "unit", value: (f) => f.unit },
  { key: "confidence", value: (f) => f.confidence },
  { key: "source", value: (f) => f.source },
];

export const devices = () =>
  new Command("devices")
    .description("list the devices, or show one with the source of each figure")
    .argument("[name]", "a device's id, name or alias, or a device file")
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\n`tidemark devices NAME --format json` prints the device file: change it, save it, and give\nits path wherever a device is asked for.",
    )
    .action((name: string | undefined, { format }: Formatted) => {
      if (name === undefined) {
        printRows(COLUMNS, listDevices(), format);
        return;
      }
      const device = loadDevice(name);
      if (format === "json") {
        printJson(deviceJson(name));
        return;
      }
      const figures = Object.entries(device.figures).map(([figure, f]) => ({
        figure,
        value: f.value,
        unit: f.unit,
        confidence: f.confidence,
        source: device.sources[f.source] ?? f.source,
      }));
      if (format === "table") process.stdout.write(`${heading(device)}\n\n`);
      printRows(FIGURE_COLUMNS, figures, format);
      if (format === "table") process.stdout.write(footing(device));
    });

function heading(device: Device): string {
  const chip = device.chip ? ` (${device.chip})` : "";
  return `${device.name}${chip}, ${device.id}`;
}

function footing(device: Device): string {
  const lines = device.notes.map((note) => `note: ${note}`);
  const { calibration } = device;
  if (!calibration) lines.push("not calibrated: predictions rest on the data sheet");
  for (const fit of calibration?.fittedOn ?? [])
    lines.push(
      `calibrated on ${fit.rows} rows of ${fit.data} (${fit.family}, ${fit.precision})${fit.shapes === undefined ? "" : `, ${fit.shapes} distinct shapes`}; ` +
        `on ${fit.heldOutRows} held-out rows MAPE ${percent(fit.heldOutMape)}, median ${percent(fit.heldOutMedianApe)}` +
        (fit.mapeBefore === undefined ? "" : `; before the fit MAPE ${percent(fit.mapeBefore)}`),
    );
  for (const { parameter, value, bound } of calibration?.atBounds ?? [])
    lines.push(`${parameter} ended its fit at ${value}, its bound is ${bound}`);
  for (const objection of calibration?.objections ?? [])
    lines.push(`the fit was forced: ${objection}`);
  return lines.length > 0 ? `\n${lines.join("\n")}\n` : "";
}

const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`;
