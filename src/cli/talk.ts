/** What goes to stderr: talk, never data. */
import pc from "picocolors";

const colors = pc.createColors(Boolean(process.stderr.isTTY) && !process.env.NO_COLOR);

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function warn(text: string): void {
  process.stderr.write(`${colors.yellow("warning:")} ${text}\n`);
}
