/** Which device a table's board is: one that ships, or the one that the user names. */
import { UserError } from "../../base/errors.ts";
import type { Device } from "../../gpu/device.ts";
import { isDeviceFile, listDevices, loadDevice, normalDeviceName } from "../devices.ts";

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

  /**
   * Decides which of a table's boards are taken: a function from a board's name to its device, or to
   * the reason why its rows are left out.
   *
   * With one wanted board: its own rows, where the table has some; else all rows of a table of one
   * board, unless both it and the wanted one ship and are two boards.
   *
   * @param names the table's boards; undefined where it names none
   * @throws UserError where a table of several boards has none that is wanted, or names none
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
      return (name = "") => this.find(name) ?? `no device '${name}'`;
    }
    if (names === undefined) return () => wanted;
    const own = [...names].filter((name) => this.find(name)?.id === wanted.id);
    if (own.length > 0) {
      const taken = new Set(own);
      return (name = "") => (taken.has(name) ? wanted : `another board, '${name}'`);
    }
    const [only] = names;
    const other = names.size === 1 ? this.find(only!) : undefined;
    // A device file of the user's own may go by any name; a board that ships goes by its own.
    if (names.size === 1 && (other === undefined || !this.#ships)) return () => wanted;
    throw new UserError(
      `${file} has no rows of ${wanted.id}: its boards are ${[...names].join(", ")}`,
      {
        hint: "leave --device out to use the boards that ship, or keep one board's rows",
        exitCode: 2,
      },
    );
  }
}
