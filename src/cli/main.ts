/** The command `tidemark`: finds the verb, runs it, and ends with one clear error or none. */
import { CommanderError } from "commander";
import { exitCodeOf, messageOf } from "./failure.ts";
import { program } from "./program.ts";

// A reader that closes early (`tidemark front 1 | head`) is not an error.
process.stdout.on("error", (e: NodeJS.ErrnoException) => {
  if (e.code === "EPIPE") process.exit(0);
  throw e;
});

try {
  await program().parseAsync(process.argv);
} catch (e) {
  // Commander has printed its own message already; --help and --version end with code 0.
  if (e instanceof CommanderError) {
    process.exitCode = e.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(messageOf(e));
    process.exitCode = exitCodeOf(e);
  }
}
