/** Files that are dragged over a conversation, or pasted into it. */
import { t } from '../../i18n/index.svelte';
import type { Staging } from '../../state/staging.svelte';

type Blobs = globalThis.File[];

/** What a clipboard holds of files, where it is not rather text: programs for writing put a picture of it beside. */
export function filesOf(data: DataTransfer | null): Blobs {
  if (!data) return [];
  const written = data.types.includes('text/html') && data.getData('text/plain').trim() !== '';
  return written ? [] : [...data.files];
}

/** Folders come as files that cannot be read. */
function folders(data: DataTransfer): Set<string> {
  const names = new Set<string>();
  for (const item of data.items ?? []) {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry?.() : null;
    if (entry?.isDirectory) names.add(entry.name);
  }
  return names;
}

export class Drop {
  /** Something that can be dropped is above. */
  over = $state(false);

  /** Every element that is entered is left again: only then is it gone. */
  #depth = 0;

  constructor(
    private readonly staging: Staging,
    private readonly welcome: () => boolean,
    private readonly ondropped: () => void,
  ) {}

  #carries(event: DragEvent): boolean {
    return this.welcome() && (event.dataTransfer?.types.includes('Files') ?? false);
  }

  /** Watches an element; answers what ends that. */
  attach = (node: HTMLElement): (() => void) => {
    const enter = (event: DragEvent) => {
      if (!this.#carries(event)) return;
      this.#depth += 1;
      this.over = true;
    };
    const leave = (event: DragEvent) => {
      if (!this.#carries(event)) return;
      this.#depth = Math.max(0, this.#depth - 1);
      this.over = this.#depth > 0;
    };
    const above = (event: DragEvent) => {
      if (!this.#carries(event) || !event.dataTransfer) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
    };
    const drop = (event: DragEvent) => {
      this.#depth = 0;
      this.over = false;
      if (!this.#carries(event) || !event.dataTransfer) return;
      event.preventDefault();
      this.#take(event.dataTransfer);
    };
    node.addEventListener('dragenter', enter);
    node.addEventListener('dragleave', leave);
    node.addEventListener('dragover', above);
    node.addEventListener('drop', drop);
    return () => {
      node.removeEventListener('dragenter', enter);
      node.removeEventListener('dragleave', leave);
      node.removeEventListener('dragover', above);
      node.removeEventListener('drop', drop);
    };
  };

  #take(data: DataTransfer): void {
    const refused = folders(data);
    const files = [...data.files].filter(({ name }) => !refused.has(name));
    void this.staging.bring(files, t('staging.nameless'));
    if (refused.size > 0) this.staging.refuseFolder();
    this.ondropped();
  }
}
