/** Zoom in the steps browsers use. */
const STEPS = [50, 67, 75, 80, 90, 100, 110, 125, 150, 175, 200];

export const larger = (zoom: number) => STEPS.find((step) => step > zoom) ?? 200;
export const smaller = (zoom: number) => STEPS.findLast((step) => step < zoom) ?? 50;
