/** Advice, with a button where a setting of the page does what it says. */
import type { Advice } from "../../../src/report/advice.ts";
import { formatUs } from "../../../src/report/number.ts";
import { setQuery } from "../router.ts";
import { hintText, partsOf, plainText } from "./plain-text.ts";
import "./terms.css";

interface Props {
  readonly list: readonly Advice[];
  /** Of the setting in the address. */
  readonly prefix?: string;
}

export const AdviceItems = ({ list, prefix = "" }: Props) => (
  <ul class="advice-list">
    {list.map(({ cause, finding, remedy, savesUs }) => (
      <li key={cause}>
        <b>{plainText(finding)}</b>{" "}
        {partsOf(remedy).map((part, i) =>
          typeof part === "string" ? (
            part
          ) : (
            <button
              key={i}
              type="button"
              title={`Set ${hintText(part)}`}
              onClick={() => setQuery({ [prefix + part.field]: part.value })}
            >
              {hintText(part)}
            </button>
          ),
        )}
        {savesUs !== null && ` Saves at most ${formatUs(savesUs)}.`}
      </li>
    ))}
  </ul>
);
