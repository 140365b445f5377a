/** What the open network of the zoo can be asked for: a field for each parameter, its default said. */
import type { Parameter, ParameterValue } from "../../../src/zoo/index.ts";
import { ZOO } from "../../../src/zoo/index.ts";
import { zooReference } from "../../../src/zoo/reference.ts";
import { network, openReference } from "../state/network.ts";
import { withValue } from "./zoo-value.ts";

export function ZooParameters() {
  const reference = network.value?.reference ?? "";
  if (!reference.startsWith("zoo:")) return null;
  const found = zooReference(reference.slice("zoo:".length));
  const parameters = ZOO.get(found?.name ?? "")?.parameters.filter(({ name }) => name !== "seed");
  if (found === undefined || parameters === undefined) return null;
  const changed = parameters.filter(({ name }) => found.values[name] !== undefined).length;
  return (
    <details class="zoo-parameters">
      <summary>
        Parameters of {found.name}
        {changed > 0 && `: ${changed} changed`}
      </summary>
      <div>
        {parameters.map((parameter) => (
          <span key={`${reference} ${parameter.name}`} title={parameter.description}>
            <label for={idOf(parameter)}>{parameter.name}</label>{" "}
            <Field
              parameter={parameter}
              value={found.values[parameter.name] ?? parameter.default}
              set={(text) => void openReference(withValue(found, parameter, text))}
            />{" "}
            {parameter.kind !== "text" && <small class="muted">default {parameter.default}</small>}
          </span>
        ))}
      </div>
    </details>
  );
}

interface FieldProps {
  readonly parameter: Parameter;
  readonly value: ParameterValue;
  readonly set: (text: string) => void;
}

const idOf = ({ name }: Parameter): string => `zoo-parameter-${name}`;

function Field({ parameter, value, set }: FieldProps) {
  const id = idOf(parameter);
  if (parameter.kind === "choice")
    return (
      <select id={id} value={value} onChange={({ currentTarget }) => set(currentTarget.value)}>
        {parameter.choices.map((choice) => (
          <option key={choice}>{choice}</option>
        ))}
      </select>
    );
  if (parameter.kind === "text")
    return (
      <input id={id} value={value} onChange={({ currentTarget }) => set(currentTarget.value)} />
    );
  return (
    <input
      id={id}
      type="number"
      min={parameter.min}
      max={parameter.max}
      step={parameter.kind === "integer" ? 1 : "any"}
      value={value}
      onChange={({ currentTarget }) => set(currentTarget.value)}
    />
  );
}
