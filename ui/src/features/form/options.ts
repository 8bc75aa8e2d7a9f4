/** Names of what can be chosen. */
import type { Field } from '../../ipc/contract';

/** As the service calls it; else the value itself. */
export function optionName(field: Field, value: string): string {
  const option = field.options.find((item) => item.value === value);
  return option ? option.label || option.value : value;
}

/** So many stand side by side; more are chosen from a list that typing searches. */
export const RADIOS = 5;
export const CHECKS = 7;
/** Few short words make a row of buttons. */
export const inRow = (field: Field) =>
  field.options.length <= 3 && !field.open && field.options.every(({ label, value }) => (label || value).length <= 16);
