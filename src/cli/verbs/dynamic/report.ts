/** `tidemark dynamic report NET.onnx --data D`: a page of it, and its pictures. */
import { basename, join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { UserError } from "../../../base/errors.ts";
import { tradeOff } from "../../../dynamic/evaluation/trade-off.ts";
import {
  extremes,
  type GalleryPicture,
  type GallerySource,
  picturesOf,
} from "../../../dynamic/pictures/gallery.ts";
import { isPictorial } from "../../../dynamic/pictures/picture.ts";
import { pngOfSvg } from "../../../dynamic/pictures/png.ts";
import { tracedMasks } from "../../../dynamic/pictures/traced.ts";
import { exitColour } from "../../../report/dynamic/colours.ts";
import { type DynamicReport, exitCount } from "../../../report/dynamic/data.ts";
import { histogramSvg } from "../../../report/dynamic/histogram.ts";
import { dynamicHtml } from "../../../report/dynamic/page.ts";
import { tradeOffSvg } from "../../../report/dynamic/trade-off.ts";
import { makeFolder } from "../../../runtime/folder.ts";
import { integer } from "../../options.ts";
import { refuseInput, requireFolder } from "../../outputs.ts";
import { say, warn } from "../../talk.ts";
import { version } from "../../version.ts";
import { writeWhole } from "../../whole-file.ts";
import {
  addEvaluationOptions,
  type Evaluated,
  type EvaluationFlags,
  evaluated,
} from "./evaluate.ts";

interface Flags extends Omit<EvaluationFlags, "images"> {
  readonly output?: string;
  readonly images?: string;
  readonly gallery: number;
  readonly timed: number;
}

export const report = () =>
  addEvaluationOptions(
    new Command("report")
      .description(
        "a page of accuracy, cost, exits and classes, with the cheapest and dearest inputs",
      )
      .argument("<network>", "a dynamic network")
      .option(
        "-o, --output <file.html>",
        "the page (default: NETWORK without .onnx, with .html)",
        htmlFile,
      ),
  )
    .option("--images <folder>", "write the pictures as PNG files too")
    .option("--gallery <n>", "inputs that are shown, cheapest and dearest each", integer(0), 12)
    .option("--time", "measure the time beside the dense network")
    .option("--timed <n>", "images that are timed, with --time", integer(1), 256)
    .action(async (path: string, flags: Flags) => {
      const { output = pageOf(path), images: folder, timed, ...rest } = flags;
      requireFolder("-o", output);
      refuseInput("-o", output, [path, ...(flags.dense === undefined ? [] : [flags.dense])]);
      const found = await evaluated(path, { ...rest, images: timed });
      const page = await reportOf(found, flags.gallery);
      if (folder !== undefined) await writePictures(folder, page);
      writeWhole(output, dynamicHtml(page), "choose another place for -o");
      say(
        `${output}: accuracy ${(100 * page.run.accuracy).toFixed(2)} %, ${(100 * page.run.macs.saved).toFixed(2)} % of the MACs saved`,
      );
    });

async function reportOf(found: Evaluated, count: number): Promise<DynamicReport> {
  const { network, normalization, answers, outcomes, view, result } = found;
  const notes = [
    `accuracy, cost and exits: every input of ${result.data}, ${result.split}, on ONNX Runtime`,
    "MACs: multiply-accumulates of the parts that an input needed, heads and gates among them",
  ];
  if (result.times.length > 0)
    notes.push("measured: this machine, the networks in turn, median of rounds");
  if (result.predicted.length > 0)
    notes.push(
      `predicted: the GPU model, over the exits that these inputs took${result.predicted.some((p) => p.regionsOn) ? "; channels counted as kept" : ""}`,
    );
  const source: GallerySource = {
    view,
    answers,
    outcomes,
    masksOf: tracedMasks(network, view, normalization),
    colourOf: (exit) => exitColour(exit, exitCount(result)),
  };
  const pictorial = isPictorial(view.set);
  if (!pictorial) warn(`samples of ${result.data} are no images of bytes: no gallery`);
  const { cheap, dear } = extremes(outcomes.macs, count);
  return {
    version: version(),
    run: result,
    tradeOff: tradeOff(network, answers),
    macs: outcomes.macs,
    exits: outcomes.exits,
    ...(pictorial &&
      count > 0 && {
        gallery: { cheap: await picturesOf(cheap, source), dear: await picturesOf(dear, source) },
      }),
    notes,
  };
}

/** @throws UserError where the folder cannot be made or written to */
async function writePictures(folder: string, page: DynamicReport): Promise<void> {
  try {
    makeFolder(folder);
  } catch (cause) {
    throw new UserError(`--images ${folder} cannot be made: ${(cause as Error).message}`, {
      hint: "choose another folder",
      cause,
    });
  }
  const write = (name: string, png: Uint8Array) =>
    writeWhole(join(folder, `${name}.png`), png, "choose another folder for --images");
  write("trade-off", await pngOfSvg(tradeOffSvg(page)));
  write("cost", await pngOfSvg(histogramSvg(page)));
  const each = (kind: string, pictures: readonly GalleryPicture[]) => {
    for (const [i, { png, regions }] of pictures.entries()) {
      const name = `${kind}-${String(i + 1).padStart(2, "0")}`;
      write(name, png);
      for (const [r, region] of regions.entries())
        write(`${name}-${r + 1}-${region.region.replaceAll(/[^\w.-]+/g, "-")}`, region.png);
    }
  };
  each("cheap", page.gallery?.cheap ?? []);
  each("dear", page.gallery?.dear ?? []);
}

/** In the folder that the verb is called from. */
function pageOf(network: string): string {
  return `${basename(network).replace(/\.onnx(\.gz)?$/i, "")}.html`;
}

function htmlFile(text: string): string {
  if (!/\.html?$/i.test(text)) throw new InvalidArgumentError("expected a file ending in .html.");
  return text;
}
