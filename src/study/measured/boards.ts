/** Which device a table's board is: one that ships, or the one that the user names. */
import { UserError } from "../../base/errors.ts";
import { quote } from "../../base/quote.ts";
import { suggest } from "../../base/suggest.ts";
import type { Device } from "../../gpu/device.ts";
import { isDeviceFile, listDevices, loadDevice, normalDeviceName } from "../devices.ts";

/** Boards in one message. */
const MOST_BOARDS = 50;
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

  /** By id, name or alias, as tables write them. */
  find(name: string): Device | undefined {
    return this.#byName.get(normalDeviceName(name));
  }

  #nearest(name: string): string | undefined {
    const near = suggest(normalDeviceName(name), this.#byName.keys());
    return near === undefined ? undefined : this.#byName.get(near)!.id;
  }

  /**
   * Decides which of a table's boards are taken: a function from a board's name to its device, or to
   * the reason why its rows are left out.
   *
   * With one wanted board: its own rows, where the table has some; else all rows of a table of one
   * board, unless both it and the wanted one ship and are two boards.
   *
   * @param names the table's boards; undefined where it names none
   * @throws UserError where a table names no board, none that is known, or of several none that is
   * wanted
   */
  chooser(
    names: ReadonlySet<string> | undefined,
    file: string,
  ): (name: string | undefined) => Device | string {
    const wanted = this.#wanted;
    if (wanted === undefined) {
      if (names === undefined)
        throw new UserError(`${file} does not say which board it was measured on`, {
          hint: "give --device, or a column 'device'",
          exitCode: 2,
        });
      const unknown = (name: string): string => {
        const meant = this.#nearest(name);
        return `no device ${quote(name)}${meant === undefined ? "" : `, did you mean '${meant}'?`}`;
      };
      if (![...names].some((name) => this.find(name) !== undefined))
        throw new UserError(`${file}: ${[...names].slice(0, SHOWN).map(unknown).join("; ")}`, {
          hint: "`tidemark devices` lists the boards; --device DEVICE says which one a table is of",
          exitCode: 2,
        });
      return (name = "") => this.find(name) ?? unknown(name);
    }
    if (names === undefined) return () => wanted;
    const own = [...names].filter((name) => this.find(name)?.id === wanted.id);
    if (own.length > 0) {
      const taken = new Set(own);
      return (name = "") => (taken.has(name) ? wanted : `another board, ${quote(name)}`);
    }
    const [only] = names;
    const other = names.size === 1 ? this.find(only!) : undefined;
    // A device file of the user's own may go by any name; a board that ships goes by its own.
    if (names.size === 1 && (other === undefined || !this.#ships)) return () => wanted;
    throw new UserError(
      `${file} has no rows of ${wanted.id}: its boards are ${[...names]
        .slice(0, MOST_BOARDS)
        .map((name) => name.slice(0, 60))
        .join(", ")}${names.size > MOST_BOARDS ? ", …" : ""}`,
      {
        hint: "leave --device out to use the boards that ship, or keep one board's rows",
        exitCode: 2,
      },
    );
  }
}
