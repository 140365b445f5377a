/** Which network and which image: those that ship, or files chosen here or dropped on the page. */
import { ErrorBox } from "../../components/error-box.tsx";
import { FileButton } from "../../components/file-button.tsx";
import { useFileDrop } from "../../components/file-drop.ts";
import { stageColour } from "./image-panel.tsx";
import type { InputShape } from "./input.ts";
import { pictureUrl } from "./picture-file.ts";
import type { Sample } from "./shipped.ts";
import {
  busy,
  failure,
  invert,
  isShipped,
  looked,
  names,
  opened,
  openFile,
  openShipped,
  pickSample,
  sampleExits,
  samples,
  setInvert,
} from "./state.ts";

export function Sources() {
  useFileDrop(openFile);
  const network = opened.value;
  return (
    <section class="panel" aria-label="Network and image">
      <div class="dyn-head">
        <h1>{network?.title ?? "A dynamic network"}</h1>
        {!isShipped.value && network !== undefined && (
          <button type="button" onClick={() => void openShipped()}>
            The network that comes along
          </button>
        )}
        <FileButton accept=".onnx,.gz" text="Open a dynamic .onnx" onFile={openFile} />
        <FileButton accept="image/*" text="Open an image" onFile={openFile} />
        <span class="muted">or drop either on the page; nothing is uploaded</span>
        <span role="status" class="muted">
          {busy.value ?? ""}
        </span>
      </div>
      {failure.value !== undefined && <ErrorBox error={failure.value} />}
      {network !== undefined && <About />}
      {network !== undefined && samples.value.length > 0 && (
        <Gallery samples={samples.value} input={network.input} />
      )}
      {typeof looked.value?.of === "string" && network?.input.channels === 1 && (
        <label>
          <input
            type="checkbox"
            checked={invert.value}
            onChange={({ currentTarget }) => setInvert(currentTarget.checked)}
          />{" "}
          Invert the image: this network may know bright things on black only
        </label>
      )}
    </section>
  );
}

function About() {
  const { input, network, warnings } = opened.value!;
  const { exits, regions } = network.plan;
  return (
    <p class="muted">
      Reads {input.channels === 1 ? "grey" : "colour"} images of {input.width} × {input.height};{" "}
      {exits.length} {exits.length === 1 ? "exit" : "exits"} before the end (
      {exits.map(({ name }) => name).join(", ")}
      ), {regions.length} {regions.length === 1 ? "region" : "regions"} that may be left out. Runs
      here in WebAssembly, on one thread.{warnings.map((warning) => ` ${warning}.`)}
    </p>
  );
}

function Gallery({
  samples: list,
  input,
}: {
  readonly samples: readonly Sample[];
  readonly input: InputShape;
}) {
  const exits = sampleExits.value;
  const leaving = (exit: number) =>
    `leaves at ${opened.value?.network.plan.exits[exit]?.name ?? "the end"}`;
  return (
    <fieldset class="dyn-gallery">
      <legend class="hidden">Test images that come along</legend>
      {list.map((sample, i) => {
        const name = names.value[sample.label] ?? `class ${sample.label}`;
        return (
          <label key={i} title={name}>
            <input
              type="radio"
              name="sample"
              class="hidden"
              checked={looked.value?.of === i}
              onChange={() => void pickSample(i)}
            />
            <img
              src={pictureUrl(sample.pixels, input)}
              alt={`${i + 1}: ${name}${exits[i] === undefined ? "" : `, ${leaving(exits[i])}`}`}
            />
            <span class="dyn-exit" style={{ background: stageColour(exits[i] ?? 7) }} />
          </label>
        );
      })}
    </fieldset>
  );
}
