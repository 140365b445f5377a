/** Choices of device, precision, batch and host, of one side and of the one it is compared with. */
import { useState } from "preact/hooks";
import { type Device, parseDevice } from "../../../../src/gpu/device.ts";
import { HOST_MODES, PRECISIONS } from "../../../../src/gpu/types.ts";
import type { ApiError } from "../../../../src/server/api/types.ts";
import { zooNames } from "../../../../src/zoo/index.ts";
import { deviceName } from "../../components/device-name.ts";
import { ErrorBox } from "../../components/error-box.tsx";
import { FileButton } from "../../components/file-button.tsx";
import { route, setQuery } from "../../router.ts";
import { addDevice, devices } from "../../state/devices.ts";
import { errorOf } from "../../state/live.ts";
import { firstChange } from "./first-change.ts";
import { FIELDS, otherSettings, type Settings, settingsOf } from "./settings.ts";

export function Setup() {
  const { query } = route.value;
  const a = tried(() => settingsOf(query));
  const b = tried(() => otherSettings(query));
  const compared = FIELDS.some((field) => query[`b.${field}`] !== undefined);
  const [wrong, setWrong] = useState<ApiError | undefined>();
  const open = async (file: File, prefix: string) => {
    setWrong(undefined);
    try {
      const device = parseDevice(JSON.parse(await file.text()), file.name);
      addDevice(device);
      setQuery(changed(prefix, "device", device.id));
    } catch (error) {
      setWrong(
        error instanceof SyntaxError
          ? { message: `${file.name} is not JSON: ${error.message}` }
          : errorOf(error),
      );
    }
  };
  return (
    <>
      <Choices prefix="" name={compared ? "A" : ""} settings={a} open={open}>
        {!compared && <Compare settings={a} />}
      </Choices>
      {compared && (
        <Choices prefix="b." name="B" settings={b ?? a} other={a} open={open}>
          <label>
            Network{" "}
            <input
              list="zoo-b"
              placeholder="as A"
              value={(query["b.network"] ?? "").replace(/^zoo:/, "")}
              onChange={({ currentTarget: { value } }) =>
                setQuery({
                  "b.network":
                    value.trim() === ""
                      ? undefined
                      : /^(zoo|study):/.test(value)
                        ? value.trim()
                        : `zoo:${value.trim()}`,
                })
              }
            />
          </label>
          <datalist id="zoo-b">
            {zooNames.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <button
            type="button"
            onClick={() =>
              setQuery(Object.fromEntries(FIELDS.map((field) => [`b.${field}`, undefined])))
            }
          >
            End the comparison
          </button>
        </Choices>
      )}
      {wrong !== undefined && <ErrorBox error={wrong} />}
    </>
  );
}

/** Opens the other side with one thing changed, and says what. */
function Compare({ settings }: { readonly settings: Settings | undefined }) {
  const change = settings && firstChange(settings, devices.value);
  if (change === undefined) return null;
  return (
    <button type="button" onClick={() => setQuery({ [`b.${change.field}`]: change.value })}>
      Compare side by side, B with {change.text}
    </button>
  );
}

interface ChoicesProps {
  readonly prefix: string;
  readonly name: string;
  readonly settings: Settings | undefined;
  /** The side it is compared with: what differs is marked. */
  readonly other?: Settings | undefined;
  readonly open: (file: File, prefix: string) => Promise<void>;
  readonly children?: preact.ComponentChildren;
}

function Choices({ prefix, name, settings, other, open, children }: ChoicesProps) {
  const { query } = route.value;
  const own = (field: "device" | "precision" | "batch" | "host"): string =>
    String(settings?.[field] ?? query[prefix + field] ?? query[field] ?? "");
  const mark = (field: "device" | "precision" | "batch" | "host") =>
    other !== undefined && settings !== undefined && other[field] !== settings[field]
      ? "differs"
      : undefined;
  const named = own("device");
  const device = devices.value.find((d) => d.aliases.includes(named))?.id ?? named;
  const set = (field: string) => (event: Event) =>
    setQuery(changed(prefix, field, (event.currentTarget as HTMLInputElement).value));
  return (
    <fieldset class="choices">
      <legend class={name === "" ? "hidden" : undefined}>
        {name === "" ? "Predicted for" : name}
      </legend>
      <label class={mark("device")}>
        Device{" "}
        <select value={device} onChange={set("device")}>
          {listed(device).map((each) => (
            <option key={each.id} value={each.id}>
              {deviceName(each)}
            </option>
          ))}
        </select>
      </label>
      <label class={mark("precision")}>
        Precision{" "}
        <select value={own("precision")} onChange={set("precision")}>
          {PRECISIONS.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <label class={mark("batch")}>
        Batch{" "}
        <input
          type="number"
          min="1"
          step="1"
          class="short"
          value={own("batch")}
          onChange={set("batch")}
        />
      </label>
      <label class={mark("host")}>
        Host{" "}
        <select value={own("host")} onChange={set("host")}>
          {HOST_MODES.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      <FileButton
        accept=".json,application/json"
        text="Open a device file…"
        onFile={(file) => open(file, prefix)}
      />
      {children}
    </fieldset>
  );
}

/** The one that is named stands in the list even while the list is being read, or has no such device. */
function listed(id: string): readonly Pick<Device, "id" | "name" | "calibrated">[] {
  const known = devices.value;
  return known.some((d) => d.id === id) ? known : [{ id, name: id, calibrated: true }, ...known];
}

/** Another kernel is picked and another stretch shown where the kernels are others. */
function changed(prefix: string, field: string, value: string) {
  const reset = prefix === "" ? { t: undefined, kernel: undefined, sel: undefined } : {};
  return { [prefix + field]: value, ...reset };
}

function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
