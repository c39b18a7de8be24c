// The codes of the model that the page must know by number (model/codes.py; a test compares them).
export const Level = { CLEAR: 0, ADVISORY: 1, BLIND: 2, CAUTION: 3, WARNING: 4 } as const;
export const Kind = { DRONE: 0, AIRCRAFT: 1, HELICOPTER: 2, BIRD: 3, UNKNOWN: 4 } as const;
export const Hazard = { NONE: 0, DRONE: 1, RAID: 2, ZONE: 3, CLOSED_AREA: 4, GNSS: 5, BLIND: 6 } as const;
export const Option = { CONTINUE: 0, DELAY: 1, HOLD: 2, LEVEL: 3, REROUTE: 4, DIVERT: 5, LAND: 6, TURN_BACK: 7 } as const;
export const Integrity = { TRUSTED: 0, DOUBTFUL: 1, FALSE: 2 } as const;
export const PlanState = { UNKNOWN: 0, BEFORE: 1, ON_PLAN: 2, SHIFTED: 3, BROKEN: 4, ENDED: 5 } as const;
export const ACT_NAMES = ["seen", "told", "read_back"] as const;
export const TrackStatus = { TENTATIVE: 0, CONFIRMED: 1, COASTING: 2 } as const;

export type RGB = [number, number, number];

/** Colours that stay apart under the common colour-vision deficiencies; every use also has a word or a shape. */
export const LEVEL_RGB: Record<number, RGB> = {
  4: [255, 92, 74],
  3: [255, 180, 41],
  2: [196, 151, 255],
  1: [90, 180, 255],
  0: [122, 141, 156],
};
export const LEVEL_CLASS = ["clear", "advisory", "blind", "caution", "warning"];
export const HOSTILE: RGB = [255, 122, 89];
export const UNSURE: RGB = [232, 214, 150];
export const OWN: RGB = [214, 240, 255];
export const OTHER: RGB = [126, 148, 166];
