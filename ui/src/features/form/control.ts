/** What every control of a field is told, and tells. */
import type { Field } from '../../ipc/contract';

export interface ControlProps {
  field: Field;
  values: readonly string[];
  /** For the element that takes the focus. */
  id: string;
  /** Ids of what names it, where no label can. */
  labelledBy: string;
  describedBy: string | undefined;
  invalid: boolean;
  onchange: (values: string[]) => void;
}
