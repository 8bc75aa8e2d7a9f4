/** A host and its port, as they are typed: what has to be mended first. */
export const portWrong = (port: string) => port.trim() !== '' && !validPort(port);

export const hostMissing = (host: string, port: string) => host.trim() === '' && port.trim() !== '';

function validPort(text: string): boolean {
  const port = Number(text);
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}
