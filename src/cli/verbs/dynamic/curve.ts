/** `tidemark dynamic curve MODEL`: time against kept fraction, break-even and budgets in whole waves. */
import { basename } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { UserError } from "../../../base/errors.ts";
import type { RegionCurve } from "../../../dynamic/curve/curve.ts";
import { parseRegion } from "../../../dynamic/curve/region-size.ts";
import { type CurveSurvey, surveyNetwork, surveySizes } from "../../../dynamic/curve/survey.ts";
import { isDynamic } from "../../../dynamic/plan.ts";
import {
  MASK_UNITS,
  type MaskUnit,
  MOVES,
  type Moves,
  SELECTIONS,
  type Selection,
} from "../../../gpu/dynamic/index.ts";
import type { HostMode, Precision } from "../../../gpu/types.ts";
import { removeDead } from "../../../graph/edit.ts";
import type { Graph } from "../../../graph/types.ts";
import { regionCurveSvg } from "../../../report/region-curve.ts";
import { loadDevice } from "../../../study/index.ts";
import { printCurve } from "../../curve-report.ts";
import { aboutModel, MODEL_HELP, openModel } from "../../model.ts";
import {
  type Formatted,
  formatOption,
  hostOption,
  hostUsOption,
  integer,
  list,
  MOST_BATCH,
  precisionOption,
} from "../../options.ts";
import { filesOf, refuseInput, requireFolder } from "../../outputs.ts";
import { warn } from "../../talk.ts";
import { writeWhole } from "../../whole-file.ts";

interface Flags extends Formatted {
  readonly region?: readonly string[];
  readonly device?: readonly string[];
  readonly batch?: number;
  readonly precision: Precision;
  readonly host: HostMode;
  readonly hostUs?: number;
  readonly block?: number;
  readonly kept: readonly number[];
  readonly mask: MaskUnit;
  readonly select: Selection;
  readonly moves: Moves;
  readonly plot?: string;
}

/** Of a line of the plot: more would not be seen. */
const LINE_POINTS = 240;

export const curve = () =>
  new Command("curve")
    .description("predicted time against the share of blocks kept: break-even, budgets in waves")
    .argument("[model]", MODEL_HELP)
    .option(
      "--region <spec>",
      "instead of a model: CHANNELSxHEIGHTxWIDTH[:convs=2,kernel=3,residual=1]; repeat it",
      (text: string, before?: readonly string[]) => [...(before ?? []), text],
    )
    .option("-d, --device <list>", "devices of `tidemark devices` (default: rtx-2080-ti)", list)
    .option(
      "-b, --batch <n>",
      "images in a batch (default: the model's own, or 1)",
      integer(1, MOST_BATCH),
    )
    .addOption(precisionOption().default("fp32"))
    .addOption(hostOption().default("eager"))
    .addOption(hostUsOption())
    .option("--block <n>", "side of a block (default: up to 8, dividing the map)", integer(1))
    .option(
      "--kept <share,…>",
      "shares of the blocks that are asked for",
      shares,
      [0.25, 0.5, 0.75],
    )
    .addOption(
      new Option("--mask <unit>", "what scores the blocks")
        .choices(MASK_UNITS)
        .default("attention" satisfies MaskUnit),
    )
    .addOption(
      new Option("--select <how>", "by threshold, or a fixed number of each image")
        .choices(SELECTIONS)
        .default("threshold" satisfies Selection),
    )
    .addOption(
      new Option("--moves <how>", "gather and scatter: own kernels, or in the convolutions")
        .choices(MOVES)
        .default("kernels" satisfies Moves),
    )
    .option("--plot <file.svg>", "draw time against share, a plot for each region", svgFile)
    .addOption(formatOption())
    .action((model: string | undefined, flags: Flags) => {
      if ((model === undefined) === (flags.region === undefined))
        throw new UserError(
          model === undefined
            ? "neither a model nor a region is given"
            : `both the model ${model} and --region are given`,
          { hint: "give one: a model, or --region 64x56x56", exitCode: 2 },
        );
      if (flags.plot !== undefined) requireFolder("--plot", flags.plot);
      const devices = (flags.device ?? ["rtx-2080-ti"]).map(loadDevice);
      const settings = {
        devices,
        block: flags.block,
        mask: { unit: flags.mask, select: flags.select },
        moves: flags.moves,
        where: {
          precision: flags.precision,
          host: flags.host,
          ...(flags.hostUs !== undefined && { hostUsPerOp: flags.hostUs }),
        },
        request: {
          fractions: flags.kept,
          points: flags.plot === undefined ? 0 : LINE_POINTS,
        },
      };
      let survey: CurveSurvey;
      if (model === undefined)
        survey = surveySizes(flags.region!.map(parseRegion), flags.batch ?? 1, settings);
      else {
        const graph = openModel(model);
        if (flags.plot !== undefined) refuseInput("--plot", flags.plot, filesOf(model, graph));
        survey = aboutModel(model, () => surveyNetwork(denseWay(graph), flags.batch, settings));
        for (const { name, op } of survey.left)
          warn(`${name}: its branch holds ${op}, which cannot be computed on blocks; left dense`);
      }
      const title = `${model === undefined ? "Regions" : basename(model)}, ${flags.precision}, batch ${survey.batch}, ${flags.host}`;
      if (flags.plot !== undefined)
        writeWhole(
          flags.plot,
          regionCurveSvg(named(survey), title),
          "choose another place for --plot",
        );
      printCurve(survey, flags.format);
    });

/** Of a dynamic network the way to its last classifier: what decides reads the trunk, and hides its regions. */
function denseWay(graph: Graph): Graph {
  return isDynamic(graph)
    ? removeDead({ ...graph, outputs: [graph.outputs[0]!], declared: new Map() })
    : graph;
}

/** Regions under the names that a reader knows them by, with how many there are. */
function named({ regions, curves }: CurveSurvey): readonly RegionCurve[] {
  const titles = new Map(
    regions.map((each) => [
      each.name,
      `${each.name}${each.times > 1 ? ` (${each.times} alike)` : ""}, ${each.channels} x ${each.height} x ${each.width}`,
    ]),
  );
  return curves.map((each) => ({ ...each, region: titles.get(each.region) ?? each.region }));
}

function shares(text: string): readonly number[] {
  return text.split(",").map((part) => {
    const value = Number(part);
    if (part.trim() === "" || !(value >= 0 && value <= 1))
      throw new InvalidArgumentError("expected shares from 0 to 1, e.g. 0.25,0.5.");
    return value;
  });
}

function svgFile(text: string): string {
  if (!/\.svg$/i.test(text)) throw new InvalidArgumentError("expected a file ending in .svg.");
  return text;
}
