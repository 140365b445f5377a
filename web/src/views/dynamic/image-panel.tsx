/** The image, large, with one region's blocks over it. */
import { useRef } from "preact/hooks";
import { formatPercent } from "../../../../src/report/number.ts";
import { PlotFrame } from "../../components/plot-frame.tsx";
import { csvOf } from "../../export/csv.ts";
import { svgExports } from "../../export/svg-exports.ts";
import { route, setQuery } from "../../router.ts";
import type { Outcome } from "./decide.ts";
import { Picture } from "./picture.tsx";

const SIDE = 300;

export const stageColour = (index: number) => `var(--cat${index % 8})`;

export function ImagePanel({
  url,
  title,
  outcome,
}: {
  readonly url: string;
  readonly title: string;
  readonly outcome: Outcome;
}) {
  const svg = useRef<SVGSVGElement>(null);
  const regions = outcome.stages.flatMap(({ regions, reached }, stage) =>
    regions.map((region) => ({ ...region, reached, stage })),
  );
  const wanted = route.value.query.region;
  const region =
    wanted === "none"
      ? undefined
      : (regions.find(({ name }) => name === wanted) ?? regions.find(({ reached }) => reached));
  const csv = () =>
    csvOf(
      ["region", "row", "column", "computed"],
      regions.flatMap(({ name, columns, mask, reached }) =>
        [...mask].map((on, i) => [
          name,
          Math.floor(i / columns),
          i % columns,
          reached && on > 0 ? 1 : 0,
        ]),
      ),
    );
  return (
    <PlotFrame
      title="What was computed"
      exports={svgExports("computed", svg, csv)}
      controls={
        regions.length > 0 && (
          <label>
            <span class="hidden">Region that is shown</span>
            <select
              value={region?.name ?? "none"}
              onChange={({ currentTarget }) => setQuery({ region: currentTarget.value })}
            >
              {regions.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
              <option value="none">the image alone</option>
            </select>
          </label>
        )
      }
    >
      <Picture
        svgRef={svg}
        url={url}
        region={region}
        side={SIDE}
        colour={stageColour(region?.stage ?? 0)}
        label={`${title}${region === undefined ? "" : `, blocks that ${region.name} computed`}`}
      />
      <p class="muted dyn-caption">
        {regions.length === 0
          ? "This network leaves out whole stages only; it has no regions to show."
          : region === undefined
            ? regions.some(({ reached }) => reached)
              ? "As the network sees it."
              : "As the network sees it: it left before any region that leaves out blocks."
            : region.reached
              ? `${region.name}: ${Math.round(region.share * region.mask.length)} of ${region.mask.length} ${unitOf(region.kind)} on (${formatPercent(region.share)}); what is dark was left out.`
              : `${region.name} was not reached: the image left before it, and nothing of it was computed.`}
      </p>
    </PlotFrame>
  );
}

export const unitOf = (kind: "layer" | "spatial" | "channels") =>
  ({ layer: "branch", spatial: "blocks", channels: "channels" })[kind];

/** Exits are called `coarse`, `exit2`: the stage before one is named after it. */
export const stageName = (name: string) =>
  name === "end" ? "to the end" : name.startsWith("exit") ? `to ${name}` : `to the ${name} exit`;
