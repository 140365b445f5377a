/** The exports of a plot that is one SVG element. */
import type { RefObject } from "preact";
import type { PlotExports } from "../components/plot-frame.tsx";
import { svgPng, svgText } from "./images.ts";

export const svgExports = (
  name: string,
  svg: RefObject<SVGSVGElement | null>,
  csv: () => string,
): PlotExports => ({
  name,
  png: () => svgPng(svg.current!),
  svg: () => svgText(svg.current!),
  csv,
});
