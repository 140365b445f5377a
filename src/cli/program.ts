/** The verbs, one file each, put together. */
import { Command } from "commander";
import { wantedVerbs } from "./verbs/index.ts";
import { version } from "./version.ts";

/** @param args of the command, its own name left out */
export async function program(args: readonly string[]): Promise<Command> {
  const command = new Command("tidemark")
    .description("Explore the design space of efficient deep neural networks.")
    .version(version(), "-V, --version")
    .showSuggestionAfterError()
    .showHelpAfterError("(tidemark VERB --help lists the options)")
    .addHelpText(
      "after",
      "\nExit codes: 0 done, 1 failed, 2 wrong usage. Data goes to stdout, talk to stderr.",
    );
  const verbs = await Promise.all(wantedVerbs(args).map((load) => load()));
  for (const verb of verbs) command.addCommand(verb());
  // Throw instead of ending the process, so that one place decides how a command ends.
  for (const each of [command, ...command.commands]) each.exitOverride();
  return command;
}
