/** The bytes of a `data:` URL; null where it is none. */
export function blobOf(url: string): Blob | null {
  const parts = /^data:([\w.+/-]*)[^,]*?(;base64)?,(.*)$/s.exec(url);
  if (!parts) return null;
  const [, type = '', base64, text = ''] = parts;
  try {
    const bytes = base64 ? atob(text) : decodeURIComponent(text);
    return new Blob([Uint8Array.from(bytes, (unit) => unit.charCodeAt(0))], { type });
  } catch {
    return null;
  }
}
