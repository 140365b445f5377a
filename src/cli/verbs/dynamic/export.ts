/** `tidemark dynamic export NET.onnx -o OUT.onnx`: one plain ONNX file that computes what it needs. */
import { Command } from "commander";
import { deployed } from "../../../dynamic/deploy/index.ts";
import { saveOnnx } from "../../../onnx/index.ts";
import { refuseInput, requireFolder } from "../../outputs.ts";
import { say } from "../../talk.ts";
import { openDynamic } from "./open.ts";

export const exportVerb = () =>
  new Command("export")
    .description("write the network as plain ONNX that runs dynamically in any ONNX Runtime")
    .argument("<network>", "a dynamic network")
    .requiredOption("-o, --output <file.onnx>", "the deployed network")
    .action((path: string, { output }: { readonly output: string }) => {
      requireFolder("-o", output);
      refuseInput("-o", output, [path]);
      const graph = deployed(openDynamic(path));
      saveOnnx(graph, output);
      say(`${output}: outputs ${graph.outputs.map((value) => value.name).join(", ")}`);
    });
