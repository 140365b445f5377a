/** `tidemark schema`: the JSON Schema of a study file, for editors and generators. */
import { Command } from "commander";
import { specJsonSchema } from "../../study/index.ts";
import { printJson } from "../print.ts";

export const schema = () =>
  new Command("schema")
    .description("print the JSON Schema of study files")
    .addHelpText(
      "after",
      "\nIn a study file for editors with YAML support:\n  # yaml-language-server: $schema=./study.schema.json",
    )
    .action(() => printJson(specJsonSchema()));
