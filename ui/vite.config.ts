/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  base: './',
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  build: {
    // The webviews we run in: WebKitGTK 2.44, WebView2 and WKWebView of the same age. Older targets would rewrite light-dark().
    target: ['es2022', 'safari17.5', 'chrome123'],
    outDir: mode === 'fake' ? 'dist-fake' : 'dist',
    // The polyfill would be inline code; the content security policy allows none.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: false,
    rolldownOptions: {
      output: {
        // Few files: what the first picture needs is one, what is opened later comes in four (src/features/window/parts.ts).
        codeSplitting: {
          groups: [
            { name: 'start', tags: ['$initial'], priority: 4 },
            { name: 'chat', test: /features[\\/](conversation|file|roster|palette|window)[\\/]/, priority: 3 },
            { name: 'account', test: /features[\\/]account[\\/]/, priority: 2 },
            { name: 'settings', test: /features[\\/](settings|shortcuts)[\\/]/, priority: 1 },
            { name: 'service', test: /features[\\/](form|service)[\\/]/, priority: 1 },
          ],
        },
      },
    },
  },
  // Without this vitest takes Svelte's server build.
  resolve: process.env['VITEST'] ? { conditions: ['browser'] } : {},
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/test-setup.ts'],
    env: { TZ: 'UTC' },
    // Whole windows are drawn and looked through; a machine that compiles beside it must not make that fail.
    testTimeout: 20_000,
  },
}));
