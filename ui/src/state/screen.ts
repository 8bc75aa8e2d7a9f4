/** Names the screen the window is on, as the settings keep its zoom: size and density as the webview tells them. */
export function screenKey(): string {
  const { screen, devicePixelRatio } = globalThis;
  return `${screen.width}x${screen.height}@${devicePixelRatio}`;
}
