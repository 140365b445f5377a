/** What of an image was computed, region by region: what overlays are drawn from. */

export interface RegionMask {
  readonly region: string;
  /** Of blocks over the image. */
  readonly rows: number;
  readonly columns: number;
  /** 1 where the block was computed, row by row. */
  readonly active: Uint8Array;
}

export interface ImageMasks {
  /** Index of the exit that the image left at, the number of exits for the end. */
  readonly exit: number;
  /** Of regions that skip by position; none where the network has no such regions. */
  readonly masks: readonly RegionMask[];
}

/** @param images indices of samples, as the answers count them */
export type MasksOf = (
  images: readonly number[],
) => readonly ImageMasks[] | Promise<readonly ImageMasks[]>;
