/** What the search has found, handed down to every setting of the page. */
import { createContext } from 'svelte';
import type { SettingId } from './contents';

/** `null` where nothing is searched: everything shows. */
export const [useFound, provideFound] = createContext<() => ReadonlySet<SettingId> | null>();
