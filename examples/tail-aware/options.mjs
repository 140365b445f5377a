// The command line.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { UserError } from "../../dist/base/errors.js";
import { HOST_MODES } from "../../dist/gpu/types.js";
import { KNOWN_DATASETS, parseAugment } from "../../dist/runtime/data/index.js";
import { recipe } from "../../dist/runtime/training/trainer-recipe.js";

const HELP = `node examples/tail-aware/run.mjs --data DATA --out FOLDER [options]

  --data DATA          a data set of \`tidemark data\`, or its path
  --out FOLDER         results, checkpoints and log; an interrupted run goes on from it
  --depth 14           layers of the residual network, 6n + 2
  --base 16,32,64      channels of its three stages
  --device rtx-2080-ti --host eager --batch 256
                       what latency is predicted for: GPU, host mode (${HOST_MODES.join(", ")}), images
  --range 0.75,1.5     narrowest and widest layer, as shares of its channels
  --epochs 10 --seeds 3 --train-batch 128 --lr 0.3 --label-smoothing 0.05 --augment crop=4,flip
                       the recipe (SGD, Nesterov momentum 0.9, weight decay 5e-4, one cycle)
  --control            train a third network too: the original, all layers wider by one factor, with
                       as many MACs as the retuned one
  --workers 1          trainings at a time, each in a process of its own
  --threads 2          of each training
  --rounds 31          of the timing, which runs on one thread
  --retime             time anew
  --dry-run            train nothing: choose the networks, predict, show what is trained so far
`;

const FLAGS = {
  data: { type: "string" },
  out: { type: "string" },
  depth: { type: "string", default: "14" },
  base: { type: "string", default: "16,32,64" },
  device: { type: "string", default: "rtx-2080-ti" },
  host: { type: "string", default: "eager" },
  batch: { type: "string", default: "256" },
  range: { type: "string", default: "0.75,1.5" },
  epochs: { type: "string", default: "10" },
  seeds: { type: "string", default: "3" },
  "train-batch": { type: "string", default: "128" },
  lr: { type: "string", default: "0.3" },
  "label-smoothing": { type: "string", default: "0.05" },
  augment: { type: "string", default: "crop=4,flip" },
  control: { type: "boolean", default: false },
  workers: { type: "string", default: "1" },
  threads: { type: "string", default: "2" },
  rounds: { type: "string", default: "31" },
  retime: { type: "boolean", default: false },
  "dry-run": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
};

/** @throws UserError for what is missing, unknown or out of range */
export function readOptions(args) {
  const flags = parsed(args);
  if (flags.help) {
    process.stdout.write(HELP);
    process.exit(0);
  }
  for (const name of ["data", "out"])
    if (flags[name] === undefined) throw wrong(`--${name} is missing`, "see --help");
  const base = String(flags.base)
    .split(",")
    .map((text) => integer("base", text));
  if (base.length !== 3)
    throw wrong(`--base ${base.join()}: ${base.length} widths, expected 3`, "e.g. --base 16,32,64");
  const known = KNOWN_DATASETS.some((each) => each.name === flags.data);
  return {
    out: flags.out,
    data: known || !existsSync(flags.data) ? flags.data : resolve(flags.data),
    read: {},
    base,
    depth: integer("depth", flags.depth),
    device: flags.device,
    host: oneOf("host", flags.host, HOST_MODES),
    batch: integer("batch", flags.batch),
    range: flags.range,
    recipe: recipe({
      epochs: integer("epochs", flags.epochs),
      batch: integer("train-batch", flags["train-batch"]),
      learningRate: Number(flags.lr),
      labelSmoothing: Number(flags["label-smoothing"]),
      augment: flags.augment === "" ? {} : parseAugment(flags.augment),
    }),
    seeds: integer("seeds", flags.seeds),
    control: flags.control,
    workers: integer("workers", flags.workers),
    threads: integer("threads", flags.threads),
    rounds: integer("rounds", flags.rounds),
    retime: flags.retime,
    dryRun: flags["dry-run"],
  };
}

function parsed(args) {
  try {
    return parseArgs({ args, options: FLAGS }).values;
  } catch (cause) {
    throw wrong(cause.message, "see --help");
  }
}

function integer(name, text) {
  if (!/^\d+$/.test(text) || Number(text) < 1)
    throw wrong(`--${name} '${text}' is no whole number from 1`, `correct --${name}`);
  return Number(text);
}

function oneOf(name, text, choices) {
  if (!choices.includes(text))
    throw wrong(`--${name} '${text}' is unknown`, `choose from ${choices.join(", ")}`);
  return text;
}

function wrong(message, hint) {
  return new UserError(message, { hint, exitCode: 2 });
}
