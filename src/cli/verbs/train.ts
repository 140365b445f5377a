/** `tidemark train MODEL --data D --epochs N`: trains a network, in a process of its own. */
import { Command } from "commander";
import { TRAINING } from "../../runtime/training/trainer-tasks.ts";
import { MODEL_HELP } from "../model.ts";
import { addTrainingOptions, type TrainingFlags, trainAs } from "../training-verb.ts";

export const train = () =>
  addTrainingOptions(
    new Command("train")
      .description("train a network on a data set; write it as ONNX with a record in JSON")
      .argument("[model]", MODEL_HELP),
  ).action((model: string | undefined, flags: TrainingFlags) =>
    trainAs({ command: "tidemark train", tasks: TRAINING, zoo: true }, model, flags),
  );
