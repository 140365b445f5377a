/** Starts a study from a study file: pasted, chosen, or taken from another study. */
import { useState } from "preact/hooks";
import { source } from "../../api/source.ts";
import { ErrorBox } from "../../components/error-box.tsx";
import { go } from "../../router.ts";
import { readList } from "../../state/live.ts";
import { useAction } from "./action.ts";

interface Props {
  readonly text?: string;
  readonly onClose: () => void;
}

export function StartForm({ text: given = "", onClose }: Props) {
  const [text, setText] = useState(given);
  const [slow, setSlow] = useState<string | undefined>();
  const { busy, error, run } = useAction();
  const start = async () => {
    const { id, name } = await source.start(text);
    await readList();
    if (id === null) return setSlow(name);
    onClose();
    go(["studies", String(id)]);
  };
  return (
    <form
      class="panel start"
      aria-label="Start a study"
      onSubmit={(event) => {
        event.preventDefault();
        void run(start);
      }}
    >
      <div class="plot-head">
        <h2>Start a study</h2>
        <label class="push">
          Choose a study file{" "}
          <input
            type="file"
            accept=".yaml,.yml,.json"
            onChange={({ currentTarget }) => {
              const file = currentTarget.files?.[0];
              if (file !== undefined) void run(async () => setText(await file.text()));
            }}
          />
        </label>
      </div>
      <label for="study-file">Study file, YAML or JSON</label>
      <textarea
        id="study-file"
        class="mono"
        rows={14}
        spellcheck={false}
        required
        value={text}
        placeholder={PLACEHOLDER}
        aria-describedby="study-file-hint"
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <p id="study-file-hint" class="muted">
        It runs in a process of its own on the server's machine, and goes on when this page or the
        server ends. It may name no files: such a study is started with{" "}
        <code>tidemark explore FILE</code>. <code>tidemark schema</code> and{" "}
        <code>tidemark spaces</code> say what may stand in it.
      </p>
      {error !== undefined && <ErrorBox error={error} />}
      {slow !== undefined && (
        <div class="notice" role="status">
          {slow} is still being prepared; it will appear in the list.
        </div>
      )}
      <p class="buttons">
        <button type="submit" class="primary" disabled={busy || text.trim() === ""}>
          {busy ? "Starting…" : "Start"}
        </button>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </form>
  );
}

const PLACEHOLDER = `name: fast-cells
space: { kind: nasbench201, dataset: cifar10 }
objectives:
  - { name: accuracy, goal: maximize }
  - { name: latency_ms, device: rtx-2080-ti, batch: 256, precision: fp32, host: eager }
search: { algorithm: nsga2, population: 100 }
budget: { evaluations: 2000 }
seed: 1`;
