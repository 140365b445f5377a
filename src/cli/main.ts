/** The command `tidemark`: finds the verb, runs it, and ends with one clear error or none. */
import { CommanderError } from "commander";
import { UserError } from "../base/errors.ts";
import { exitCodeOf, messageOf } from "./failure.ts";
import { program } from "./program.ts";

process.stdout.on("error", (e: NodeJS.ErrnoException) => {
  // A reader that closes early (`tidemark front 1 | head`) is not an error.
  if (e.code === "EPIPE") process.exit(0);
  const error = new UserError(`the output cannot be written: ${e.message}`, {
    hint: "free some space, or send it elsewhere",
    cause: e,
  });
  process.stderr.write(messageOf(error), () => process.exit(1));
});
// Where nobody can be told what went wrong, the exit code and the data still say it.
process.stderr.on("error", () => {});

try {
  const command = await program(process.argv.slice(2));
  await command.parseAsync(process.argv);
} catch (e) {
  // Commander has printed its own message already; --help and --version end with code 0.
  if (e instanceof CommanderError) {
    process.exitCode = e.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(messageOf(e));
    process.exitCode = exitCodeOf(e);
  }
}

// Nothing that a library or a user's code left open keeps the command from ending; but what was
// printed must be out, also into a slow pipe.
process.stdout.write("", (error) => {
  // The handler above tells of an error and ends.
  if (!error) process.stderr.write("", () => process.exit());
});
