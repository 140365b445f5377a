/** The image with what a region computed of it: blocks that were on under a colour, others darkened. */
import type { Ref } from "preact";
import type { SeenRegion } from "../../../../src/dynamic/evaluation/seen.ts";

interface Props {
  /** A data address. */
  readonly url: string;
  readonly region: (SeenRegion & { readonly reached: boolean }) | undefined;
  readonly label: string;
  /** Side on the page, CSS pixels. */
  readonly side: number;
  readonly colour: string;
  readonly svgRef?: Ref<SVGSVGElement>;
}

const UNIT = 100;

export function Picture({ url, region, label, side, colour, svgRef }: Props) {
  return (
    <svg
      ref={svgRef ?? null}
      role="img"
      aria-label={label}
      class="dyn-picture"
      width={side}
      height={side}
      viewBox={`0 0 ${UNIT} ${UNIT}`}
    >
      <image
        href={url}
        width={UNIT}
        height={UNIT}
        preserveAspectRatio="none"
        style="image-rendering: pixelated"
      />
      {region !== undefined && <Blocks region={region} colour={colour} />}
    </svg>
  );
}

function Blocks({
  region: { kind, rows, columns, mask, reached },
  colour,
}: {
  readonly region: NonNullable<Props["region"]>;
  readonly colour: string;
}) {
  // A layer or channels have no place: the whole image stands for them, as far as they were on.
  const whole = kind !== "spatial";
  const share = mask.reduce((a, b) => a + b, 0) / mask.length;
  const [high, wide] = whole ? [1, 1] : [rows, columns];
  const [w, h] = [UNIT / wide, UNIT / high];
  return (
    <g>
      {Array.from({ length: high * wide }, (_, i) => {
        const on = reached && (whole ? share > 0 : mask[i]! > 0);
        return (
          <rect
            key={i}
            x={(i % wide) * w}
            y={Math.floor(i / wide) * h}
            width={w}
            height={h}
            fill={on ? colour : "#000"}
            fill-opacity={on ? 0.38 : 0.68}
            stroke={on ? colour : "#777"}
            stroke-opacity={on ? 0.9 : 0.45}
            stroke-width="0.35"
          />
        );
      })}
    </g>
  );
}
