import type { SlicePlace } from './slice.ts';

/** What of ours carries the number of its format. */
export type Formatted = 'message' | 'part' | 'slice item' | 'ledger entry' | 'grant';

/**
 * A newer version of Rescind wrote this, in a format that this version does not know. Whoever meets
 * it leaves it exactly as it is; the version that wrote it, or any later one, goes on with it.
 */
export class Newer extends Error {
  override readonly name = 'Newer';
  readonly what: Formatted;
  /** Its format; undefined where that is not told. */
  readonly version: number | undefined;
  /** Which slice it belongs to, as far as it can be read. */
  readonly place: SlicePlace | undefined;

  constructor(what: Formatted, version?: number, place?: SlicePlace) {
    const format = version === undefined ? 'a newer format' : `format ${version}`;
    super(
      `this ${what} is of ${format}, which this version of Rescind does not know; deploy the version that wrote it, or a later one`,
    );
    this.what = what;
    this.version = version;
    this.place = place;
  }
}

/** What a log line tells of it. */
export const describeNewer = ({ what, version }: Newer, place: SlicePlace | undefined) => ({
  what,
  version,
  revocation: place?.revocation,
  slice: place?.slice,
});
