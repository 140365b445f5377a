/**
 * Imported before anything that describes data by zod: the page's policy allows no `eval`, and without
 * this zod tries, which the browser reports as an attack.
 */
import { config } from "zod";

config({ jitless: true });
