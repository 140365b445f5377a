/** Device, precision, host, batch and free dimensions. */
import { useState } from "preact/hooks";
import { HOST_MODES, PRECISIONS } from "../../../../src/gpu/types.ts";
import { deviceName } from "../../components/device-name.ts";
import { route, setQuery } from "../../router.ts";
import { devices } from "../../state/devices.ts";
import { device, dimsOf, host, precision, sizes } from "./settings.ts";
import { facts, shownNetwork } from "./state.ts";

export function SettingsBar() {
  const chosen = device.value;
  const free = shownNetwork.value?.free ?? [];
  const { batch, bind } = sizes.value;
  return (
    <form class="settings" onSubmit={(event) => event.preventDefault()}>
      <label>
        Device{" "}
        <select
          value={chosen?.id ?? ""}
          onChange={({ currentTarget }) => setQuery({ device: currentTarget.value })}
        >
          {chosen === undefined && <option value="">…</option>}
          {devices.value.map((each) => (
            <option key={each.id} value={each.id}>
              {deviceName(each)}
            </option>
          ))}
        </select>
      </label>
      <label>
        Precision{" "}
        <select
          value={precision.value}
          onChange={({ currentTarget }) => setQuery({ precision: currentTarget.value })}
        >
          {PRECISIONS.map((p) => (
            <option
              key={p}
              value={p}
              disabled={chosen !== undefined && chosen.macsPerClock[p] === undefined}
            >
              {p}
            </option>
          ))}
        </select>
      </label>
      <label>
        Host{" "}
        <select
          value={host.value}
          onChange={({ currentTarget }) => setQuery({ host: currentTarget.value })}
        >
          {HOST_MODES.map((mode) => (
            <option key={mode} value={mode}>
              {mode}
            </option>
          ))}
        </select>
      </label>
      <Size
        label="Batch"
        value={batch ?? facts.value?.batch}
        set={(size) => setQuery({ batch: size === undefined ? undefined : String(size) })}
      />
      {free.map(({ name }) => (
        <Size
          key={name}
          label={name}
          value={bind[name]}
          set={(size) => {
            const { [name]: _, ...others } = bind;
            setQuery({ dims: dimsOf(size === undefined ? others : { ...others, [name]: size }) });
          }}
        />
      ))}
      {route.value.query.device !== undefined &&
        devices.value.length > 0 &&
        chosen === undefined && (
          <span class="warn" role="status">
            no device {route.value.query.device} here: choose one
          </span>
        )}
    </form>
  );
}

interface SizeProps {
  readonly label: string;
  readonly value: number | undefined;
  readonly set: (size: number | undefined) => void;
}

function Size({ label, value, set }: SizeProps) {
  /** What is being typed, which a prediction that arrives must not overwrite. */
  const [draft, setDraft] = useState<string | undefined>();
  return (
    <label>
      {label}{" "}
      <input
        type="number"
        min={1}
        max={999_999_999}
        step={1}
        placeholder="free: 1"
        value={draft ?? value ?? ""}
        onInput={({ currentTarget }) => setDraft(currentTarget.value)}
        onChange={({ currentTarget }) => {
          const size = currentTarget.valueAsNumber;
          setDraft(undefined);
          set(Number.isInteger(size) && size >= 1 ? size : undefined);
        }}
      />
    </label>
  );
}
