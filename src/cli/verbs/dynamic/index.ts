/** `tidemark dynamic …`: networks that compute only what an input needs. */
import { Command } from "commander";
import { budget } from "./budget.ts";
import { calibrate } from "./calibrate.ts";
import { convert } from "./convert.ts";
import { curve } from "./curve.ts";
import { exportVerb } from "./export.ts";
import { report } from "./report.ts";
import { run } from "./run.ts";
import { train } from "./train.ts";

export const dynamic = () => {
  const command = new Command("dynamic")
    .description("networks that compute only what an input needs")
    .helpCommand(false);
  for (const verb of [convert, train, calibrate, run, exportVerb, curve, budget, report])
    command.addCommand(verb().exitOverride());
  return command;
};
