/** Where nothing is open: networks to begin with, by one click. */
import { useEffect, useState } from "preact/hooks";
import { source } from "../api/source.ts";
import { openReference } from "../state/network.ts";
import { resultsOf } from "../views/studies/results.ts";

const EXAMPLES = ["resnet50", "mobilenet_v2", "vgg16", "resnet-cifar:depth=20", "mlp"] as const;
/** A longer study is not read for an example. */
const MOST_TRIALS = 20_000;

interface Example {
  readonly reference: string;
  readonly text: string;
}

export function NetworkExamples() {
  const [best, setBest] = useState<Example | undefined>();
  useEffect(() => {
    let wanted = true;
    lastBest().then(
      (found) => wanted && setBest(found),
      // The examples of the zoo are enough; other views say what is wrong with the store.
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, []);
  const zoo = EXAMPLES.map((name) => ({ reference: `zoo:${name}`, text: name }));
  return (
    <p class="examples">
      For example:
      {[...zoo, ...(best === undefined ? [] : [best])].map(({ reference, text }) => (
        <button key={reference} type="button" onClick={() => void openReference(reference)}>
          {text}
        </button>
      ))}
    </p>
  );
}

/** Of the last study that has networks, the best trial by its first objective. */
async function lastBest(): Promise<Example | undefined> {
  const { studies } = await source.studies();
  const rows = studies.filter(({ trials }) => trials > 0 && trials <= MOST_TRIALS);
  for (const { id, name } of rows.toSorted((a, b) => b.id - a.id).slice(0, 3)) {
    const { networks, objectives } = await source.study(id);
    if (!networks) continue;
    const [best] = resultsOf(objectives, await source.trials(id, 0)).best;
    if (best === undefined) continue;
    const { objective, trial } = best;
    return {
      reference: `study:${id}:${trial}`,
      text: `trial ${trial} of ${name || `study ${id}`}, best ${objective.name}`,
    };
  }
  return undefined;
}
