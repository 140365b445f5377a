/** Which device a table's board is: one that ships, or the one that the user names. */
import { UserError } from "../../base/errors.ts";
import { quote } from "../../base/quote.ts";
import { suggest } from "../../base/suggest.ts";
import { type Device, normalDeviceName } from "../../gpu/device.ts";
import { isDeviceFile, listDevices, loadDevice } from "../devices.ts";

/** Boards in one message. */
const MOST_BOARDS = 50;
/** Of a board's name in a message, characters. */
const LONGEST_NAME = 60;
/** Unknown names in one message. */
const SHOWN = 5;

export class Boards {
  readonly #byName = new Map<string, Device>();
  readonly #wanted: Device | undefined;
  readonly #ships: boolean;

  /** @param reference the one board to look at; undefined: all that ship */
  constructor(reference?: string) {
    this.#wanted = reference === undefined ? undefined : loadDevice(reference);
    this.#ships = reference !== undefined && !isDeviceFile(reference);
    for (const device of listDevices()) this.#add(device);
    if (this.#wanted !== undefined) this.#add(this.#wanted);
  }

  #add(device: Device): void {
    for (const name of [device.id, device.name, ...device.aliases])
      this.#byName.set(normalDeviceName(name), device);
  }

  /** The one board that is looked at. */
  get wanted(): Device | undefined {
    return this.#wanted;
  }

  /** By id, name or alias, as tables and NVIDIA's drivers (`NVIDIA L4`) write them. */
  find(name: string): Device | undefined {
    const normal = normalDeviceName(name);
    return this.#byName.get(normal) ?? this.#byName.get(normal.replace(/^nvidia/, ""));
  }

  #nearest(name: string): string | undefined {
    const near = suggest(normalDeviceName(name), this.#byName.keys());
    return near === undefined ? undefined : this.#byName.get(near)!.id;
  }

  /**
   * Decides which of a table's boards are taken: a function from a board's name to its device, or to
   * the reason why its rows are left out.
   *
   * With one wanted board: its own rows, by id, name or alias, and rows that name none.
   *
   * @param names the table's boards; empty for rows that name none
   * @throws UserError where a table names no board, none that is known, or none that is wanted
   */
  chooser(names: ReadonlySet<string>, file: string): (name: string) => Device | string {
    const wanted = this.#wanted;
    if (wanted !== undefined) return this.#only(wanted, names, file);
    if (names.has(""))
      throw new UserError(`${file} does not say which board it was measured on`, {
        hint: "give --device, or a column 'device'",
        exitCode: 2,
      });
    if (![...names].some((name) => this.find(name) !== undefined))
      throw new UserError(
        `${file}: ${[...names]
          .slice(0, SHOWN)
          .map((name) => this.#unknown(name))
          .join("; ")}`,
        {
          hint: "`tidemark devices` lists the boards; --device DEVICE takes the rows of that board, and rows that name none",
          exitCode: 2,
        },
      );
    return (name) => this.find(name) ?? this.#unknown(name);
  }

  #unknown(name: string): string {
    const meant = this.#nearest(name);
    return `no device ${quote(name)}${meant === undefined ? "" : `, did you mean '${meant}'?`}`;
  }

  #only(
    wanted: Device,
    names: ReadonlySet<string>,
    file: string,
  ): (name: string) => Device | string {
    const isWanted = (name: string): boolean => name === "" || this.find(name)?.id === wanted.id;
    if ([...names].some(isWanted))
      return (name) => {
        if (isWanted(name)) return wanted;
        return this.find(name) === undefined
          ? this.#unknown(name)
          : `another board, ${quote(name)}`;
      };
    const unknown = [...names].filter((name) => this.find(name) === undefined);
    const shown = [...names].slice(0, MOST_BOARDS).map((name) => name.slice(0, LONGEST_NAME));
    const slips = unknown.slice(0, SHOWN).map((name) => this.#unknown(name));
    throw new UserError(
      `${file} has no rows of ${wanted.id}: its boards are ${shown.join(", ")}${names.size > MOST_BOARDS ? ", …" : ""}${slips.length === 0 ? "" : `; ${slips.join("; ")}`}`,
      {
        hint: this.#ships
          ? "correct the column 'device'; or leave it out, and every row is of the board that is asked for"
          : `add the table's name of the board to 'aliases' of the device file, whose id is ${wanted.id}; or leave the column 'device' out`,
        exitCode: 2,
      },
    );
  }
}
