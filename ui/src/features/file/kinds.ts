/** A sign for each kind of file. */
import FileArchive from '@lucide/svelte/icons/file-archive';
import FileAudio from '@lucide/svelte/icons/file-music';
import FileImage from '@lucide/svelte/icons/file-image';
import FileText from '@lucide/svelte/icons/file-text';
import FileVideo from '@lucide/svelte/icons/file-play';
import FilePlain from '@lucide/svelte/icons/file';
import Folder from '@lucide/svelte/icons/folder';
import type { FileKind } from '../../ipc/contract';

const SIGNS: Record<FileKind, typeof FilePlain> = {
  image: FileImage,
  audio: FileAudio,
  video: FileVideo,
  archive: FileArchive,
  text: FileText,
  other: FilePlain,
};

export const signOf = (kind: FileKind, folder = false) => (folder ? Folder : SIGNS[kind]);
