/** SVG written as text: names are escaped, numbers cut to a hundredth of a pixel. */
export type Attributes = Readonly<Record<string, string | number>>;

export const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

export function element(name: string, attributes: Attributes, content = ""): string {
  const list = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? fixed(value) : escaped(value)}"`)
    .join("");
  return content === "" ? `<${name}${list}/>` : `<${name}${list}>${content}</${name}>`;
}

export const fixed = (x: number): string => String(Math.round(x * 100) / 100);

export const text = (content: string, attributes: Attributes): string =>
  element("text", attributes, escaped(content));
