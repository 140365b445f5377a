/** Opens a network: by name from the zoo, or an ONNX file, chosen or dropped anywhere on the page. */
import { useEffect } from "preact/hooks";
import { zooNames } from "../../../src/zoo/index.ts";
import { route } from "../router.ts";
import { failure, network, openFile, opening, openReference } from "../state/network.ts";
import { ErrorBox } from "./error-box.tsx";
import "./network-picker.css";

export function NetworkPicker() {
  const wanted = route.value.query.network;
  useEffect(() => {
    if (wanted !== undefined && wanted !== network.peek()?.reference) void openReference(wanted);
  }, [wanted]);
  useEffect(() => {
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) void openFile(file);
    };
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", drop);
    };
  }, []);
  return (
    <div class="picker">
      <label>
        Network{" "}
        <input
          list="zoo"
          placeholder="resnet50, mobilenet_v2:width=0.5"
          onChange={({ currentTarget }) => void openReference(`zoo:${currentTarget.value.trim()}`)}
        />
      </label>
      <datalist id="zoo">
        {zooNames.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <label class="file">
        Open an ONNX file…
        <input
          class="hidden"
          type="file"
          accept=".onnx,.gz"
          onChange={({ currentTarget }) => {
            const file = currentTarget.files?.[0];
            if (file !== undefined) void openFile(file);
            // The same file can be chosen again, changed.
            currentTarget.value = "";
          }}
        />
      </label>
      <span class="muted">or drop one on the page</span>
      {opening.value && <span role="status">Reading…</span>}
      {network.value !== undefined && <strong class="open">{network.value.title}</strong>}
      {failure.value !== undefined && <ErrorBox error={failure.value} />}
    </div>
  );
}
