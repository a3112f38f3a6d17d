/** What a distance is, beside its value: where it is taken and how it changes. */

/**
 * Result of a distance: in metres, negative when the shapes overlap. `px`… is the point on the
 * first shape's axis, `qx`… the one on the second's; the distance changes at the rate
 * g · (velocity of p − velocity of q), both points moving with their shapes. g is 0 when the axes
 * meet: no direction leads out.
 */
export interface Distance {
  value: number;
  px: number;
  py: number;
  pz: number;
  qx: number;
  qy: number;
  qz: number;
  gx: number;
  gy: number;
  gz: number;
}

/** A new result to be written into. */
export function newDistance(): Distance {
  return { value: 0, px: 0, py: 0, pz: 0, qx: 0, qy: 0, qz: 0, gx: 0, gy: 0, gz: 0 };
}
