/** The picked kernel: advice, then its figures by section, beside those of the other side. */
import { useMemo } from "preact/hooks";
import { AdviceItems } from "../../components/advice-items.tsx";
import { counterpart } from "./counterpart.ts";
import { changeText } from "./delta.tsx";
import type { Side } from "./evaluate.ts";
import { adviceOn } from "./kernel-figures.ts";
import { Limiter } from "./limiter.tsx";
import { type Line, sectionsOf } from "./sections.ts";

interface Props {
  readonly a: Side;
  readonly b: Side | undefined;
  readonly picked: number;
}

export function KernelSection({ a, b, picked }: Props) {
  const other = useMemo(
    () => (b === undefined ? undefined : counterpart(a, b, picked)),
    [a, b, picked],
  );
  const kernel = a.prediction.kernels[picked]!;
  const sections = sectionsOf(placeOf(a, picked));
  const others = b === undefined || other === undefined ? undefined : sectionsOf(placeOf(b, other));
  const advice = adviceOn([kernel], a.prediction, a.device);
  return (
    <section
      class="panel details"
      aria-label="Picked kernel"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
    >
      <h2>
        {picked + 1}: {kernel.name}
      </h2>
      <p class="muted nodes">{kernel.nodes.join(", ")}</p>
      <p>
        <Limiter kernel={kernel} />
      </p>
      <AdviceItems list={advice} />
      {b !== undefined && (
        <p class="muted">
          {other === undefined
            ? "B has no kernel that does this."
            : `B, its kernel ${other + 1}: ${b.prediction.kernels[other]!.name}`}
        </p>
      )}
      {sections.map(({ title, lines }, s) => (
        <section key={title} aria-label={title}>
          <h3>{title}</h3>
          <table class="figures">
            <tbody>
              {lines.map((line) => (
                <FigureRow
                  key={line.label}
                  line={line}
                  other={others?.[s]?.lines.find((l) => l.label === line.label)}
                />
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </section>
  );
}

function placeOf({ kernels, device, prediction }: Side, at: number) {
  return { scheduled: kernels[at]!, device, prediction };
}

function FigureRow({ line, other }: { readonly line: Line; readonly other: Line | undefined }) {
  const differs = other !== undefined && other.text !== line.text;
  const change =
    differs && line.value !== undefined && other.value !== undefined
      ? changeText(line.value, other.value)
      : "";
  const better =
    line.lower === undefined || line.value === undefined || other?.value === undefined
      ? ""
      : line.lower === other.value < line.value
        ? "better"
        : "worse";
  return (
    <tr class={differs ? "differs" : undefined}>
      <th scope="row">{line.label}</th>
      <td class="number">{line.text}</td>
      {other !== undefined && (
        <td class="number other">
          {differs ? (
            <>
              {other.text} {change !== "" && <span class={better}>{change}</span>}
            </>
          ) : (
            <span class="muted">same</span>
          )}
        </td>
      )}
    </tr>
  );
}
