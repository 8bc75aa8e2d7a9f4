import { mount } from 'svelte';
import App from './App.svelte';
import { setLanguage } from './i18n/index.svelte';
import type { Transport } from './ipc/transport';
import { Application } from './state/application.svelte';
import './styles/tokens.css';
import './styles/reset.css';

async function backend(): Promise<{ transport: Transport; language: string | null }> {
  // `--mode fake` alone brings the fake in; every other build leaves its code out.
  if (import.meta.env.MODE === 'fake') {
    const { fakeFromLocation } = await import('./ipc/fake');
    return fakeFromLocation(location);
  }
  const { tauri } = await import('./ipc/tauri');
  return { transport: tauri, language: null };
}

const { transport, language } = await backend();
setLanguage(language ?? 'system');
const app = new Application(transport);
const target = document.getElementById('app');
if (target) mount(App, { target, props: { app, language } });
void app.start();
