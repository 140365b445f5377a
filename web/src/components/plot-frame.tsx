/** A titled plot with its exports: what is drawn as PNG and SVG, what it is drawn from as CSV. */
import type { ComponentChildren } from "preact";
import { save } from "../export/save.ts";

export interface PlotExports {
  /** File name without extension. */
  readonly name: string;
  readonly png: () => Promise<Blob>;
  readonly svg: () => string;
  readonly csv: () => string;
}

interface Props {
  readonly title: string;
  readonly exports: PlotExports;
  /** Beside the title: choices of what is drawn. */
  readonly controls?: ComponentChildren;
  readonly children: ComponentChildren;
}

export const PlotFrame = ({ title, exports, controls, children }: Props) => (
  <section class="panel plot" aria-label={title}>
    <header class="plot-head">
      <h2>{title}</h2>
      {controls}
      <span class="exports">
        <button type="button" onClick={() => void savePng(exports)} aria-label={`${title} as PNG`}>
          PNG
        </button>
        <button
          type="button"
          onClick={() => save(`${exports.name}.svg`, "image/svg+xml", exports.svg())}
          aria-label={`${title} as SVG`}
        >
          SVG
        </button>
        <button
          type="button"
          onClick={() => save(`${exports.name}.csv`, "text/csv", exports.csv())}
          aria-label={`${title} as CSV`}
        >
          CSV
        </button>
      </span>
    </header>
    {children}
  </section>
);

const savePng = async ({ name, png }: PlotExports) => save(`${name}.png`, "image/png", await png());
