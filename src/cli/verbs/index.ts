/** Every verb of the command, in the order that help shows them. */
import type { Command } from "commander";

export const verbs: readonly (() => Command)[] = [];
