import { mount } from 'svelte';
import App from './App.svelte';
import { setLanguage } from './i18n/index.svelte';
import { tauri } from './ipc/tauri';
import type { Transport } from './ipc/transport';
import { Application } from './state/application.svelte';
import './styles/tokens.css';
import './styles/reset.css';

function begin(transport: Transport, language: string | null): void {
  setLanguage(language ?? 'system');
  const app = new Application(transport);
  // Asked before anything is drawn: the answers are on their way meanwhile.
  void app.start();
  const target = document.getElementById('app');
  if (target) mount(App, { target, props: { app, language } });
}

// `--mode fake` alone brings the fake in; every other build leaves its code out. Nothing is awaited by this module itself:
// what is imported here imports from the same file, and each would wait for the other.
if (import.meta.env.MODE === 'fake')
  void import('./ipc/fake').then(({ fakeFromLocation }) => {
    const { transport, language } = fakeFromLocation(location);
    begin(transport, language);
  });
else begin(tauri, null);
