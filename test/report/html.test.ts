import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { frontSvg } from "../../src/report/front-svg.ts";
import { htmlReport } from "../../src/report/html.ts";
import { reportOf } from "./fixture.ts";

const HOSTILE = `</script><script>alert(1)</script><img src=x onerror="alert(2)">'&\u2028`;
const objectives = [
  { name: `accuracy${HOSTILE}`, unit: "%<b>", goal: "maximize" as const },
  { name: "latency_ms", unit: "ms", goal: "minimize" as const },
];
const data = reportOf(
  HOSTILE,
  objectives,
  [1, 2, 3].map((i) => ({
    design: { [HOSTILE]: `${HOSTILE}${i}` },
    values: { [objectives[0]!.name]: 90 + i, latency_ms: i },
  })),
  { notes: [HOSTILE], asked: [{ label: HOSTILE, text: HOSTILE }] },
);

describe("htmlReport", () => {
  const html = htmlReport(data, `console.log("</script><!-- <script>")`);
  it("lets no name become markup", () => {
    // One for the data, one for the code, each opened and closed once.
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script/g)).toHaveLength(2);
    expect(html).not.toMatch(/<img src=x/);
    expect(html).not.toContain("%<b>");
    expect(html).not.toContain("<!--");
  });
  it("carries the data whole", () => {
    const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!;
    expect(JSON.parse(json)).toEqual(data);
  });
  it("allows its own script and style by their hashes, and no connection at all", () => {
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!;
    const code = /<script>(.*?)<\/script>/s.exec(html)![1]!;
    const style = /<style>(.*?)<\/style>/s.exec(html)![1]!;
    const hash = (text: string) => createHash("sha256").update(text).digest("base64");
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain(`script-src 'sha256-${hash(code)}'`);
    expect(policy).toContain(`style-src 'sha256-${hash(style)}'`);
    expect(policy).not.toMatch(/unsafe|https?:/);
  });
  it("names no address that a browser would fetch", () => {
    expect(html).not.toMatch(/(src|href)="(?!data:|#)/);
    expect(html).not.toMatch(/@import|url\(/);
  });
  it("shows the front without any script", () => {
    const plain = htmlReport(
      reportOf("plain", [objectives[1]!], [{ design: { width: 8 }, values: { latency_ms: 4.25 } }]),
      "",
    );
    expect(plain).toMatch(/<table class="static">.*4\.25.*<\/table>/s);
  });
  it("stands with no trial at all", () => {
    expect(htmlReport(reportOf("empty", objectives, []), "")).toContain(
      "<strong>0</strong> of 0 designs",
    );
  });
});

describe("frontSvg", () => {
  it("draws every front design once and escapes names", () => {
    const svg = frontSvg(data);
    expect(svg.match(/<circle class="front"/g)).toHaveLength(data.front.length);
    expect(svg).not.toContain("<script");
    expect(svg).not.toContain("<b>");
  });
  it("steps through the corners of the front", () => {
    const svg = frontSvg(data, { width: 400, height: 300 });
    const line = /class="line" d="M([\d.]+) ([\d.]+)((?:H[\d.]+V[\d.]+)+)"/.exec(svg);
    expect(line?.[3]?.match(/H/g)).toHaveLength(data.front.length - 1);
  });
});
