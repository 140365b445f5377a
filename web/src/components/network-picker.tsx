/** Opens a network: by name from the zoo, or an ONNX file, chosen or dropped anywhere on the page. */
import { useEffect } from "preact/hooks";
import { zooNames } from "../../../src/zoo/index.ts";
import { route, setQuery } from "../router.ts";
import {
  failure,
  follow,
  isLasting,
  network,
  openFile,
  opening,
  openReference,
} from "../state/network.ts";
import { ErrorBox } from "./error-box.tsx";
import { FileButton } from "./file-button.tsx";
import { useFileDrop } from "./file-drop.ts";
import { NetworkExamples } from "./network-examples.tsx";
import "./network-picker.css";
import { TrialLink, trialOf } from "./trial-link.tsx";
import { ZooParameters } from "./zoo-parameters.tsx";

export function NetworkPicker() {
  const wanted = route.value.query.network;
  const [open, busy] = [network.value, opening.value];
  useEffect(() => {
    // Of another view, or of a network that is no longer asked for.
    if (!opening.peek()) failure.value = undefined;
  }, []);
  useEffect(() => {
    if (wanted !== undefined) follow(wanted);
  }, [wanted]);
  useEffect(() => {
    // Opened in another view: the address says so here too.
    if (wanted === undefined && !busy && open !== undefined && isLasting(open))
      setQuery({ network: open.reference });
  }, [wanted, open, busy]);
  useFileDrop(openFile);
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
      <FileButton accept=".onnx,.gz" text="Open an ONNX file…" onFile={openFile} />
      <span class="muted">or drop one on the page</span>
      {busy && <span role="status">Reading…</span>}
      {open !== undefined && (
        <strong class="open">
          {trialOf(open.reference) === undefined ? (
            open.title
          ) : (
            <TrialLink reference={open.reference} />
          )}
        </strong>
      )}
      <ZooParameters />
      {open === undefined && !busy && <NetworkExamples />}
      {failure.value !== undefined && <ErrorBox error={failure.value} />}
    </div>
  );
}
